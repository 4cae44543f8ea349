"""Numbers of ports for servers that take no listening socket: each process of the tests has its own to choose from."""

from __future__ import annotations

import os
import socket
from itertools import cycle

FIRST, EACH = 20_000, 1_500
"""Below those of outgoing connections (from 32,768 on), one of which may take a port before a server does."""
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_numbers = cycle(range(FIRST + _worker * EACH + os.getpid() % 500, FIRST + (_worker + 1) * EACH))


def free_port() -> int:
    """Return a port on which nobody listens, another one each time.

    Raises:
        OSError: there is none.
    """
    for number, _ in zip(_numbers, range(EACH), strict=False):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", number))
            except OSError:
                continue
        return number
    raise OSError("no port is free")
