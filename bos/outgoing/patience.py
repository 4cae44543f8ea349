"""How long BOS waits for an answer over HTTP that comes bit by bit, and how much of it is read at once.

The timeout of a connection bounds a silence on the wire. What breaks it, such as a byte of a header now and then, would
else be waited for without end, and what comes fast and never ends would fill memory.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from bos.wire import MOST_AT_ONCE, too_long, unpacked

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

WHOLE = 600.0
"""Seconds in which an answer that is read whole has to come to its end."""
_KEPT = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=5.0)


@dataclass(slots=True)
class _Wait:
    """So many seconds from the first read after what was written last."""

    seconds: float
    until: float | None = None

    def left(self, timeout: float | None) -> float:
        """Return the seconds that a read may take. Raises httpcore.ReadTimeout where there are none left."""
        now = time.monotonic()
        if self.until is None:
            self.until = now + self.seconds
        if now >= self.until:
            raise httpcore.ReadTimeout
        return self.until - now if timeout is None else min(timeout, self.until - now)


_WAIT: ContextVar[_Wait | None] = ContextVar("wait", default=None)


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Bound all that a :class:`Transport` reads within the block, counted anew after each time it writes."""
    token = _WAIT.set(_Wait(seconds))
    try:
        yield
    finally:
        _WAIT.reset(token)


class Client(httpx.Client):
    """A client that says of a request whether its answer is read whole (``whole`` of its extensions).

    What is read whole is so long at most, unpacked, as BOS reads at once.
    """

    def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """Send a request.

        Raises:
            bos.errors.Invalid: its answer, read whole, is longer than BOS reads at once (``system.long``).
        """
        request.extensions = {**request.extensions, "whole": not stream}
        host = request.url.host
        response = super().send(request, stream=True, **options)
        return response if stream else _whole(response, host)


def _whole(response: httpx.Response, host: str) -> httpx.Response:
    pieces, size = list[bytes](), 0
    try:
        for piece in response.iter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > MOST_AT_ONCE:
                raise too_long(host)
    finally:
        response.close()
    return unpacked(response, b"".join(pieces))


class Transport(httpx.HTTPTransport):
    """One whose reads can be :func:`bounded`; no proxy, and no more than HTTP/1.1."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=_KEPT.max_connections,
            max_keepalive_connections=_KEPT.max_keepalive_connections,
            keepalive_expiry=_KEPT.keepalive_expiry,
            network_backend=_Backend(),
        )


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        wait = _WAIT.get()
        return self._stream.read(max_bytes, timeout if wait is None else wait.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if (wait := _WAIT.get()) is not None:
            wait.until = None
        self._stream.write(buffer, timeout)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
