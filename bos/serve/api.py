"""The API process of ``bos up``: serves on the sockets its supervisor listens on.

The sockets outlive a crash of this process, so a caller waits for the restart instead of being refused. What runs on
this machine comes by the one; browsers of others by the other, which speaks TLS.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from bos.api.app import create_app
from bos.serve.child import GRACE_SECONDS
from bos.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Second(uvicorn.Server):
    """A server that leaves the signals to the first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class First(uvicorn.Server):
    """A server that stops the second as well."""

    def __init__(self, config: uvicorn.Config, second: Second) -> None:
        super().__init__(config)
        self._second = second

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop both."""
        super().handle_exit(sig, frame)
        self._second.should_exit = True


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", required=True)
    parser.add_argument("--socket", required=True, type=int)
    parser.add_argument("--public-socket", type=int)
    options = parser.parse_args()
    settings = Settings.load(home=options.home)
    app = create_app(settings)
    proxies = settings.trusted_proxies or ""
    with socket.socket(fileno=options.socket) as listener:
        if options.public_socket is None:
            uvicorn.Server(_config(app, proxies)).run(sockets=[listener])
            return
        tls = {"ssl_certfile": settings.tls_certificate, "ssl_keyfile": settings.tls_key}
        with socket.socket(fileno=options.public_socket) as public:
            asyncio.run(_serve_both(app, listener, public, tls, proxies))


async def _serve_both(
    app: Any, listener: socket.socket, public: socket.socket, tls: dict[str, Any], proxies: str
) -> None:
    second = Second(_config(app, proxies, lifespan="off", **tls))
    first = First(_config(app, proxies), second)
    await asyncio.gather(first.serve([listener]), second.serve([public]))


def _config(app: Any, proxies: str, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=int(GRACE_SECONDS) - 1,
        **more,
    )


if __name__ == "__main__":
    main()
