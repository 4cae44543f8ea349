"""The kernels of the pages: each belongs to one session, knows no secret but its ticket, and ends when it is idle."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from contextlib import suppress
from queue import Empty
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server import CallContext
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Dict, Integer, List, Set, Unicode

from bos.client.ticket import LOG
from bos.serve.apps.identity import ask_api

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_client.manager import AsyncKernelManager

    from bos.serve.apps.identity import Visitor

PASSED = (
    "PATH", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR",
    "SSL_CERT_FILE",
)  # fmt: skip
"""What a kernel gets of the server's environment; nothing else of it reaches a kernel."""
REQUEST = ("QUERY_STRING", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT")
"""What a kernel is told of the request its page came with."""
KERNEL = "python3"
REFILL_SECONDS = 4.0
"""A page that was just opened is loading: its successor waits so long before it starts."""
LEFT_SECONDS = 20.0
"""A page that no browser is connected to so long after it was opened has been left."""
READY_SECONDS = 120.0
"""How long a kernel that is to wait may take for its imports: nobody waits for it."""
TRIES = 2
"""How many kernels are started for a page before it is told to wait: one may be ended by the machine."""
_LOOK_SECONDS = 0.5
"""How often is looked whether a kernel that does not answer still runs."""
_log = logging.getLogger(__name__)


class OwnKernel(KernelSpecManager):
    """Knows one kernel: this Python. What else is installed on the machine does not run pages."""

    kernel_dirs = List(Unicode(), [])
    allowed_kernelspecs = Set(Unicode(), {KERNEL})
    ensure_native_kernel = True


class Owner(NamedTuple):
    """Whose kernel it is: one session may use it, and it counts for the person whose session that is."""

    session: str
    person: str


class OwnedKernels(AsyncMappingKernelManager):
    """Starts kernels for visitors, or hands out one that waits started, with everything imported.

    A waiting kernel knows nobody. What makes it a visitor's own, ticket and request, is told to it as it is handed out.
    """

    api_url = Unicode(config=True, help="Address of the API.")
    base = Dict(config=True, help="Environment of every kernel.")
    imports = Unicode("", config=True, help="What a waiting kernel imports.")
    waiting = Integer(2, config=True, help="How many kernels wait.")
    most = Integer(24, config=True, help="How many kernels there may be that visitors use.")
    most_each = Integer(8, config=True, help="How many of them may be one person's.")
    answer_seconds = Integer(30, config=True, help="How long a kernel may take to answer; a page waits twice as long.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._owners: dict[str, Owner] = {}
        self._given: dict[str, float] = {}
        self._pool: list[str] = []
        self._warming = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    def is_owner(self, kernel: str, visitor: Visitor) -> bool:
        """Return whether a kernel belongs to the session of a visitor; one that waits belongs to nobody."""
        owner = self._owners.get(kernel)
        return owner is not None and owner.session == visitor.session

    async def start_kernel(self, *, kernel_name: str | None = None, path: str | None = None, **kwargs: Any) -> str:
        """Return the id of a kernel that belongs to the visitor of the present request.

        Raises:
            HTTPError: nobody asks (403), or too many kernels run already or none that was started answers (503).
        """
        del kernel_name, path
        handler = CallContext.get(CallContext.JUPYTER_HANDLER)
        visitor = getattr(handler, "current_user", None)
        if visitor is None:
            raise HTTPError(403, "a kernel needs somebody it belongs to")
        owner = Owner(visitor.session, visitor.signed_in)
        await self._make_room(owner)
        self._refuse_too_many(owner)
        reserved = f"(starting) {id(handler)}"
        self._owners[reserved] = owner  # counts from here on, so that a burst cannot pass the limit
        try:
            try:
                ticket = (await ask_api(self.api_url, "POST", "/api/v1/tickets", visitor.cookie))["ticket"]
            except PermissionError:
                raise HTTPError(401, "the session has ended") from None
            env = kwargs.get("env") or {}
            told = {name: env[name] for name in REQUEST if name in env} | {"BOS_TICKET": ticket}
            until = time.monotonic() + 2 * self.answer_seconds
            kernel = await self._handed_out(told) or await self._started(told, until)
            self._owners[kernel] = owner
            self._given[kernel] = time.monotonic()
        finally:
            del self._owners[reserved]
        self.fill(delay=REFILL_SECONDS)
        return kernel

    def fill(self, *, delay: float = 0.0) -> None:
        """Start as many kernels as are to wait, one after the other, in the background."""
        task = asyncio.get_running_loop().create_task(self._fill(delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Forget a kernel."""
        self._owners.pop(kernel_id, None)
        self._given.pop(kernel_id, None)
        with suppress(ValueError):
            self._pool.remove(kernel_id)
        return super().remove_kernel(kernel_id)

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that nobody has used for a while; those that wait are left."""
        if kernel_id not in self._pool and kernel_id in self._owners:
            await super().cull_kernel_if_idle(kernel_id)

    async def shutdown_all(self, now: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of the base class
        """End every kernel."""
        self._stopping = True
        for task in tuple(self._tasks):
            task.cancel()
        await super().shutdown_all(now=now)

    async def _make_room(self, owner: Owner) -> None:
        """End the pages of a person that no browser is connected to, when the next page would be one too many."""
        if sum(other.person == owner.person for other in self._owners.values()) < self.most_each:
            return
        before = time.monotonic() - LEFT_SECONDS
        for kernel, given in tuple(self._given.items()):
            left = given < before and not self._kernel_connections.get(kernel)
            if left and kernel in self._owners and self._owners[kernel].person == owner.person:
                await self.shutdown_kernel(kernel, now=True)

    def _refuse_too_many(self, owner: Owner) -> None:
        if len(self._owners) >= self.most:
            raise HTTPError(503, "too many pages are open", reason="busy")
        if sum(other.person == owner.person for other in self._owners.values()) >= self.most_each:
            raise HTTPError(503, "this person has too many pages open", reason="yours")

    async def _fill(self, delay: float) -> None:
        await asyncio.sleep(delay)
        while not self._stopping and len(self._pool) + self._warming < self.waiting:
            self._warming += 1
            try:
                kernel = await super().start_kernel(kernel_name=KERNEL, cwd=self.root_dir, env=dict(self.base))
                if not await self._run(kernel, self.imports, READY_SECONDS):
                    await self._end(kernel)
                    return
                self._pool.append(kernel)
            except Exception:  # noqa: BLE001 - pages start a kernel of their own then
                _log.exception("a kernel could not be made ready")
                return
            finally:
                self._warming -= 1

    async def _handed_out(self, told: Mapping[str, str]) -> str | None:
        """Return a kernel that waited and now knows whose it is, or nothing; one that waited answers soon."""
        while self._pool:
            kernel = self._pool.pop(0)
            if kernel not in self:
                continue
            code = f"import os; os.environ.update({dict(told)!r}); del os"
            if await self._run(kernel, code, self.answer_seconds / 3):
                return kernel
            await self._end(kernel)
        return None

    async def _started(self, told: Mapping[str, str], until: float) -> str:
        """Return a kernel that was started for the visitor and answers by a moment (of the monotonic clock)."""
        for _ in range(TRIES):
            kernel = await super().start_kernel(kernel_name=KERNEL, cwd=self.root_dir, env={**self.base, **told})
            seconds = min(self.answer_seconds, until - time.monotonic())
            if await self._run(kernel, "", seconds):
                return kernel
            _log.warning("a kernel that was started ended, or did not answer within %.0f s", seconds)
            await self._end(kernel)
        raise HTTPError(503, "no kernel answers", reason="slow")

    async def _end(self, kernel: str) -> None:
        """End a kernel that is of no use; one that ended by itself may be forgotten already."""
        if kernel in self:
            await self.shutdown_kernel(kernel, now=True)

    async def _run(self, kernel: str, code: str, seconds: float) -> bool:
        """Run code in a kernel without a trace; return whether it went well, while the kernel runs and in time."""
        manager = cast("AsyncKernelManager", self.get_kernel(kernel))
        client = manager.client()
        client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        try:
            async with asyncio.timeout(seconds):
                sent = client.execute(code, silent=True, store_history=False)
                while await manager.is_alive():
                    with suppress(Empty):
                        reply = await client.get_shell_msg(timeout=_LOOK_SECONDS)
                        if reply["parent_header"].get("msg_id") == sent:
                            return bool(reply["content"]["status"] == "ok")
        except TimeoutError:
            return False
        finally:
            client.stop_channels()
        return False


def environment(url: str, folder: Path, log: Path) -> dict[str, str]:
    """Return the environment of every kernel: what is passed on, the API, its log, a folder for what libraries leave.

    The folder stands for the user's own, so that a kernel neither reads nor writes settings of a person.
    """
    passed = {name: os.environ[name] for name in PASSED if os.environ.get(name)}
    own = {
        "BOS_URL": url,
        LOG: str(log),
        "BOS_HOME": str(folder / "bos"),
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYTHONNOUSERSITE": "1",
    }
    return {**passed, **own}
