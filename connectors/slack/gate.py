"""The only way that Slack's own client has: a proxy in this process that leads where BOS may go, and nowhere else.

The client opens its own sockets, follows redirects and reads the proxies of the environment. Told of a proxy, it asks
that for every connection; and its TLS, which nobody but Slack ends, begins on a connection to that proxy alone.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import select
import socket
import socketserver
import ssl
import threading
import time
from typing import TYPE_CHECKING, cast

from bos.errors import BosError, Unavailable
from bos.wire import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Collection

    from bos.ports import Target

_HEAD, _PIECE = 8192, 65_536
_PORT = 443
_WAITS = 2
"""A connection ends after this many times the timeout, however slowly something still comes."""


class Gate(socketserver.ThreadingTCPServer):
    """A proxy on the loopback that tunnels to some hosts (name, port), for whoever knows its password."""

    daemon_threads = True

    def __init__(self, target: Target, hosts: Collection[tuple[str, int]]) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        password = secrets.token_urlsafe(24)
        self.target = target
        self.hosts = frozenset(hosts)
        self.proof = "Basic " + base64.b64encode(f"bos:{password}".encode()).decode()
        self.proxy = f"http://bos:{password}@127.0.0.1:{self.server_address[1]}"
        self._trouble: BosError | None = None
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def tls(self) -> ssl.SSLContext:
        """Return the TLS of the target, on connections through this gate alone."""
        address, note = self.server_address, self.note

        class Through(ssl.SSLSocket):
            def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as Python calls it
                if self.getpeername() != address:
                    note(
                        Unavailable(
                            "The environment leads around the way out of BOS.",
                            hint="Take Slack out of NO_PROXY where BOS runs.",
                            code="system.elsewhere",
                        )
                    )
                    raise ssl.SSLError("the connection is none of the gate")
                super().do_handshake(block)

        context = self.target.tls()
        context.sslsocket_class = Through
        return context

    def note(self, error: BosError) -> None:
        """Keep why a connection was not made, or ended."""
        self._trouble = error

    def trouble(self) -> BosError | None:
        """Return what went wrong since this was asked last."""
        found, self._trouble = self._trouble, None
        return found

    def close(self) -> None:
        """Let nobody through any more."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Tunnel(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        gate, near = cast("Gate", self.server), cast("socket.socket", self.request)
        near.settimeout(gate.target.timeout)
        try:
            host, port = self._asked(gate, near)
            number = gate.target.numeric(host, port)
            far = socket.create_connection((number, port), timeout=gate.target.timeout)
        except BosError as error:
            gate.note(error)
            near.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        except OSError:
            gate.note(Unavailable("Slack does not answer.", hint="Try again later.", code="system.silent"))
            near.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        else:
            with far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._pass(gate, near, far)

    @staticmethod
    def _asked(gate: Gate, near: socket.socket) -> tuple[str, int]:
        """Return where somebody who knows the password wants to go."""
        head = b""
        while not head.endswith(b"\r\n\r\n") and len(head) < _HEAD:
            piece = near.recv(_HEAD)
            if not piece:
                break
            head += piece
        first, *rest = head.decode("latin-1").split("\r\n")
        proof = next((line.partition(":")[2].strip() for line in rest if line.lower().startswith("proxy-auth")), "")
        method, _, where = first.partition(" ")
        host, _, port = where.partition(" ")[0].rpartition(":")
        goes = (host.lower(), int(port) if port.isdigit() else 0)
        if method != "CONNECT" or goes not in gate.hosts or not hmac.compare_digest(proof, gate.proof):
            raise Unavailable(
                "Slack sends BOS to another address, and BOS follows none.",
                hint="Check the address of the connection.",
                code="system.elsewhere",
            )
        return goes

    @staticmethod
    def _pass(gate: Gate, near: socket.socket, far: socket.socket) -> None:
        """Hand on what either side sends, until one of them ends, the time is over, or Slack sends too much."""
        until, came = time.monotonic() + _WAITS * gate.target.timeout, 0
        other = {near: far, far: near}
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([near, far], [], [], left)
            for side in ready:
                try:
                    piece = side.recv(_PIECE)
                    other[side].sendall(piece)
                except OSError:
                    return
                if not piece:
                    return
                came += len(piece) if side is far else 0
            if came > MOST_AT_ONCE:
                words = "Slack does not come to the end of an answer."
                gate.note(Unavailable(words, hint="Try again later.", code="system.slow"))
                return
        gate.note(Unavailable("Slack does not answer in time.", hint="Try again later.", code="system.slow"))


def hosts_of(address: str, *more: str) -> set[tuple[str, int]]:
    """Return the host of an address, and others on the port of HTTPS."""
    host, _, port = address.partition("://")[2].partition("/")[0].lower().partition(":")
    return {(host, int(port or _PORT)), *((name, _PORT) for name in more)}
