"""BOS inside this process: the same application as the server's, called without a socket.

The application runs in an event loop of its own thread, so that it works in scripts, in threads and inside a running
kernel alike. Uploads and answers are streamed. It is closed with the client, or when the main thread ends.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from bos.client.http import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.settings import Settings

_START_SECONDS = 60.0


class LocalTransport(httpx.BaseTransport):
    """Hands requests to the application on the home of ``settings``."""

    def __init__(self, settings: Settings) -> None:
        from bos.api.app import create_app  # noqa: PLC0415 - the server's parts, only where there is no server

        self._app: Any = create_app(settings, inline_jobs=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="bos-local")
        self._thread.start()
        threading.Thread(target=self._close_with_main, name="bos-local-end", daemon=True).start()
        self._started.wait(_START_SECONDS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer once it has begun; its body comes as it is read."""
        if self._loop is None or not self._thread.is_alive():
            raise httpx.ConnectError("The workbench is closed.", request=request)
        exchange = _Exchange(request, self._loop)
        asyncio.run_coroutine_threadsafe(exchange.run(self._app), self._loop)
        return exchange.response()

    def close(self) -> None:
        """Stop the application; long work that runs here goes on the next time it is asked about."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._app.router.lifespan_context(self._app):
            self._started.set()
            await self._stop.wait()

    def _close_with_main(self) -> None:
        """Close when the main thread ends: worker threads would keep the process from ending."""
        threading.main_thread().join()
        self.close()


class _Exchange(httpx.SyncByteStream):
    """One request and its answer, between the caller's thread and the application's loop."""

    def __init__(self, request: httpx.Request, loop: asyncio.AbstractEventLoop) -> None:
        self._request = request
        self._loop = loop
        self._body: Iterator[bytes] | None = iter(request.stream)  # type: ignore[arg-type] # a synchronous client's
        self._messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._left = asyncio.Event()

    async def run(self, app: Any) -> None:
        """Let the application answer. What it raises it has logged; the caller sees an answer that breaks off."""
        try:
            with suppress(Exception):
                await app(self._scope(), self._receive, self._send)
        finally:
            self._messages.put(None)

    def response(self) -> httpx.Response:
        """Return the answer as soon as its head is there."""
        start = self._messages.get()
        if start is None:
            raise httpx.RemoteProtocolError("The application gave no answer.", request=self._request)
        return httpx.Response(start["status"], headers=start["headers"], stream=self, request=self._request)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the body as it comes."""
        while True:
            message = self._messages.get()
            if message is None:
                raise httpx.RemoteProtocolError("The answer broke off.", request=self._request)
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                return

    def close(self) -> None:
        """Tell the application that nobody reads any more; one that has ended need not hear it."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._left.set)

    def _scope(self) -> dict[str, Any]:
        url = self._request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(key.lower(), value) for key, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port or 80),
            "client": ("127.0.0.1", 0),
            "root_path": "",
            "state": {},
        }

    async def _receive(self) -> dict[str, Any]:
        if self._body is None:
            await self._left.wait()
            return {"type": "http.disconnect"}
        chunk = await anyio.to_thread.run_sync(next, self._body, None)
        if chunk is None:
            self._body = None
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def _send(self, message: Any) -> None:
        self._messages.put(message)
