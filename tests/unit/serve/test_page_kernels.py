"""Kernels of pages: reached by their owner alone, and never waited for without end."""

import asyncio
import os
import shutil
import signal
import stat
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from jupyter_server import CallContext
from tornado.web import HTTPError
from traitlets.config import Config

from bos.serve.apps import kernels
from bos.serve.apps.config import over_sockets
from bos.serve.apps.identity import Visitor
from bos.sockets import KERNEL_BYTES, PATH_BYTES, private_folder

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
HANGS = "import time\ntime.sleep(600)\n"
ENDS = "import os\nos._exit(1)\n"


@pytest.fixture
def manager(monkeypatch, tmp_path):
    """A context, asynchronous, with kernels for a visitor who is there."""

    async def ticket(*_):
        return {"ticket": "of-a-test"}

    monkeypatch.setattr(kernels, "ask_api", ticket)

    @asynccontextmanager
    async def started(**over):
        folder = private_folder(KERNEL_BYTES)
        visitor = Visitor(username="robin", session="of-robin", signed_in="robin", cookie="none")
        CallContext.set(CallContext.JUPYTER_HANDLER, SimpleNamespace(current_user=visitor))
        config = Config()
        over_sockets(config)
        base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **over.pop("base", {})}
        made = kernels.OwnedKernels(
            config=config,
            connection_dir=str(folder),
            root_dir=str(tmp_path),
            kernel_spec_manager=kernels.OwnKernel(),
            base=base,
            **over,
        )
        try:
            yield made
        finally:
            await made.shutdown_all(now=True)
            shutil.rmtree(folder)

    return started


def process_of(made, kernel):
    return psutil.Process(made.get_kernel(kernel).provisioner.process.pid)


async def warmed(made):
    """Start the kernels that are to wait; return the first."""
    made.fill()
    await asyncio.gather(*made._tasks)
    return made._pool[0]


def sockets_of(folder):
    """The sockets of a folder, and what other accounts may do with it."""
    found = {path.name for path in Path(folder).iterdir() if stat.S_ISSOCK(path.stat().st_mode)}
    return found, Path(folder).stat().st_mode & 0o077


def test_a_kernel_is_reached_by_sockets_of_a_folder_that_only_its_owner_opens(manager):
    async def seen():
        async with manager(waiting=0) as made:
            info = made.get_kernel(await made.start_kernel()).get_connection_info()
            return info, *sockets_of(made.connection_dir)

    info, found, others = asyncio.run(seen())
    assert (info["transport"], others, len(found)) == ("ipc", 0, 5)
    assert found == {f"{Path(info['ip']).name}-{info[f'{name}_port']}" for name in CHANNELS}


def test_a_page_gets_another_kernel_where_the_one_that_waited_does_not_answer(manager):
    async def seen():
        async with manager(waiting=1, answer_seconds=15) as made:
            waited = await warmed(made)
            process = process_of(made, waited)
            process.send_signal(signal.SIGSTOP)
            got = await made.start_kernel()
            return got != waited, waited in made, process.is_running(), await made._run(got, "1", 20)

    assert asyncio.run(seen()) == (True, False, False, True)


@pytest.mark.parametrize(("code", "seconds"), [(HANGS, 1), (ENDS, 300)])
def test_a_page_whose_kernels_do_not_answer_or_end_is_told_to_wait_and_leaves_none(manager, tmp_path, code, seconds):
    (tmp_path / "sitecustomize.py").write_text(code)

    async def seen():
        async with manager(waiting=0, answer_seconds=seconds, base={"PYTHONPATH": str(tmp_path)}) as made:
            with pytest.raises(HTTPError) as refused:
                await made.start_kernel()
            return refused.value.status_code, refused.value.reason, made.list_kernel_ids(), made._owners

    assert asyncio.run(seen()) == (503, "slow", [], {})


def test_sockets_lie_in_tmp_where_the_path_of_temporary_files_is_too_long_for_them(monkeypatch, tmp_path):
    long = tmp_path / ("l" * PATH_BYTES)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    folder = private_folder(KERNEL_BYTES)
    try:
        assert folder.parent == Path("/tmp")  # noqa: S108 - where it has to be
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(long.iterdir()) == []
    finally:
        folder.rmdir()
