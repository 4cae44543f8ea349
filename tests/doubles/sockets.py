"""A server on a socket that answers each caller as a test says, byte by byte."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager


@contextmanager
def answering(answer):
    """Serve on a port of this machine, each caller in a thread by ``answer(peer)``; gives the address."""

    def accept():
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(peer,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://localhost:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
