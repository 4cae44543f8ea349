"""The API process of ``bos up``: serves on the socket its supervisor listens on.

The socket outlives a crash of this process, so a caller waits for the restart instead of being refused.
"""

from __future__ import annotations

import argparse
import socket

import uvicorn

from bos.api.app import create_app
from bos.serve.child import GRACE_SECONDS
from bos.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", required=True)
    parser.add_argument("--socket", required=True, type=int)
    options = parser.parse_args()
    settings = Settings.load(home=options.home)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(GRACE_SECONDS) - 1,
    )
    with socket.socket(fileno=options.socket) as listener:
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
