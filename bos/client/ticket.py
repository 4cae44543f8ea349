"""The ticket of a kernel: traded once for a token that is kept in memory and renewed unseen."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from bos.client.http import httpx
from bos.client.transport import TIMEOUT, Calls
from bos.errors import BosError, Unauthenticated
from bos.logs import to_file
from bos.model.answers.people import Access

if TYPE_CHECKING:
    from collections.abc import Generator

VARIABLE = "BOS_TICKET"
LOG = "BOS_PAGE_LOG"
"""The log that the faults of a page belong into."""
_EARLY = 0.25  # of its life: a token is renewed before it expires


class Pass(httpx.Auth):
    """Signs the requests of a kernel with its token, and renews it while the session of its page lives."""

    def __init__(self, url: str, ticket: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._access = self._ask("exchange", {"ticket": ticket})
        self._got = time.time()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request; where the token turns out to be stale, renew it and ask again."""
        token = self._fresh(None)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        again = response.status_code == httpx.codes.UNAUTHORIZED and isinstance(request.stream, httpx.ByteStream)
        if again and (newer := self._fresh(token)) != token:
            request.headers["Authorization"] = f"Bearer {newer}"
            yield request

    def _fresh(self, refused: str | None) -> str:
        """Return a token that is not about to expire, and is not the one that was refused; the old one if need be."""
        with self._lock:
            age, life = time.time() - self._got, self._access.seconds
            if self._access.token == refused or not 0 <= age < life * (1 - _EARLY):
                try:
                    self._access = self._ask("renew", {"token": self._access.token})
                    self._got = time.time()
                except BosError:
                    return self._access.token  # the call itself is then told why
            return self._access.token

    def _ask(self, what: str, body: dict[str, str]) -> Access:
        verify = self._url.startswith("https://")
        calls = Calls(httpx.Client(base_url=self._url, timeout=TIMEOUT, trust_env=False, verify=verify), patient=True)
        try:
            return calls.ask(Access, "POST", f"/api/v1/tickets/{what}", json=body)
        finally:
            calls.close()


_PASSES: dict[str, Pass] = {}
_LOCK = threading.Lock()


def pass_of(url: str) -> Pass | None:
    """Return the pass of this kernel for a server: the ticket in the environment is traded, and gone from there.

    Later calls get the same pass. Nothing outside a kernel of the apps.

    Raises:
        Unauthenticated: the ticket is not good.
        Unavailable: the server does not answer.
    """
    with _LOCK:
        ticket = os.environ.pop(VARIABLE, None)
        if log := os.environ.pop(LOG, None):
            to_file(log)
        if ticket is not None:
            try:
                _PASSES[url] = Pass(url, ticket)
            except Unauthenticated:
                _PASSES.pop(url, None)
                raise
        return _PASSES.get(url)
