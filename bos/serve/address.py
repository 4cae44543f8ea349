"""The address BOS listens on: taken before anything starts, and kept while the API restarts."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import socket

from bos.errors import Conflict, Unavailable, UsageError

BACKLOG = 128
_PROBE_SECONDS = 1.0  # the socket listens before the API runs, so an early question waits in vain


def listen(host: str, port: int, *, option: str = "--port", others: bool = False) -> socket.socket:
    """Return a socket that listens on ``host`` and ``port``; 0 picks a free port.

    ``option`` is the one an error tells people to use; with ``others``, the host may be one that other machines reach.

    Raises:
        UsageError: the host is no address, or not one of this machine's loopback.
        Conflict: the port is taken.
        Unavailable: the port may not be used.
    """
    address = "127.0.0.1" if host == "localhost" else host
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        ip = None
    if ip is None or not (ip.is_loopback or others):
        raise UsageError(
            f"BOS listens on this machine only, and {host!r} is not a loopback address.",
            where="BOS_HOST",
            hint="Leave it at 127.0.0.1, or set up the sign-on and TLS, without which BOS lets nobody else in.",
        )
    listener = socket.socket(socket.AF_INET6 if ip.version == 6 else socket.AF_INET)  # noqa: PLR2004 - IPv6
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refusal(error, port, option) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the address of a listening socket as people type it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def answers(listener: socket.socket, path: str) -> bool:
    """Return whether what serves ``listener`` answers a GET of ``path`` with 200."""
    host, port = listener.getsockname()[:2]
    connection = http.client.HTTPConnection(host, port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _refusal(error: OSError, port: int, option: str) -> Conflict | Unavailable:
    variable = f"BOS_{option.removeprefix('--').replace('-', '_').upper()}"
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} is taken by another program.",
            hint=f"Choose another one with {option} (or {variable}); {option} 0 picks a free one.",
        )
    return Unavailable(f"Port {port} cannot be used: {error.strerror}.", hint=f"Choose another one with {option}.")
