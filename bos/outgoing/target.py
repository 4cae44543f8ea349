"""One system as a connector gets it: its address, its settings, its secrets, and the way there."""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

import httpx

from bos.errors import Invalid, Unavailable
from bos.outgoing.folders import Folders
from bos.outgoing.patience import WHOLE, Client, Transport, bounded
from bos.wire import strange, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bos.outgoing.allowed import Allowed

_PORTS = {"http": 80, "https": 443}
_AGENT = "BOS"
_PACKED = ("gzip", "deflate")
_OTHERS = frozenset({"br", "compress", "zstd"})
"""Other ways to pack an answer that are registered with IANA."""
_UNPACKED_AT_ONCE = 16_384
"""Bytes that are unpacked in one go: they become a thousand times as many at most."""
for _name in ("httpx", "httpcore"):  # they write whole addresses, and headers of answers: either may be a secret
    logging.getLogger(_name).setLevel(logging.WARNING)
E = TypeVar("E", bound=BaseException)
_LATER = "Check the address of the connection, and whether the system runs."


class Guarded(httpx.BaseTransport):
    """Connects to where the operator allows: the name is looked up once, and what it led to is connected to.

    Each host has connections of its own, so that none that was made for one is used for another at the same address.
    """

    def __init__(self, allowed: Allowed, tls: ssl.SSLContext) -> None:
        self._allowed = allowed
        self._tls = tls
        self._hosts: dict[str, Transport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the address its host leads to; name and certificate stay those of the host.

        Headers have to be there within twice the timeout of a read, and so each piece of the body; a body that is read
        whole has to end within ten minutes.

        Raises:
            Unavailable: it does not answer in time, or as BOS can read.
        """
        host = request.url.host
        number = self._allowed.numeric(host, request.url.port or _PORTS[request.url.scheme])
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=number)
        if host not in self._hosts:
            self._hosts[host] = Transport(self._tls)
        patience = 2 * (request.extensions.get("timeout", {}).get("read") or WHOLE)
        with _told(host), bounded(patience):
            response = self._hosts[host].handle_request(request)
        if not _readable(response.headers.get("Content-Encoding", "")):
            response.close()
            raise strange(host, "packs its answer twice, or in a way that BOS did not ask for")
        whole = WHOLE if request.extensions.get("whole") else None
        body = _Body(host, cast("httpx.SyncByteStream", response.stream), patience, whole)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=body, extensions=response.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        for transport in self._hosts.values():
            transport.close()


def _readable(coding: str) -> bool:
    """Return whether an answer is packed once at most, as it was asked to be; words that name no way say nothing."""
    ways = [way for part in coding.split(",") if (way := part.strip().lower()) in {*_PACKED, *_OTHERS}]
    return len(ways) <= 1 and _OTHERS.isdisjoint(ways)


class _Body(httpx.SyncByteStream):
    """The rest of an answer, which may break off as its beginning may."""

    def __init__(self, host: str, stream: httpx.SyncByteStream, patience: float, whole: float | None) -> None:
        self._host = host
        self._stream = stream
        self._patience, self._whole = patience, whole

    def __iter__(self) -> Iterator[bytes]:
        until = None if self._whole is None else time.monotonic() + self._whole
        pieces = iter(self._stream)
        with _told(self._host):
            while True:
                with bounded(self._patience):
                    piece = next(pieces, None)
                if piece is None:
                    return
                for at in range(0, len(piece), _UNPACKED_AT_ONCE):
                    yield piece[at : at + _UNPACKED_AT_ONCE]
                if until is not None and time.monotonic() > until:
                    raise httpx.ReadTimeout("It does not come to its end.")

    def close(self) -> None:
        """Give the connection back."""
        self._stream.close()


@contextmanager
def _told(host: str) -> Iterator[None]:
    """Tell what goes wrong on the way to a host in BOS's words."""
    try:
        yield
    except httpx.TimeoutException:
        raise Unavailable(f"{host} does not answer in time.", hint=_LATER, code="system.slow") from None
    except httpx.TransportError as error:
        if (reason := _certificate(error)) is not None:
            raise Unavailable(
                f"The certificate of {host} is not trusted: {reason}.",
                hint="Check the address, and the authorities that sign certificates here.",
                code="system.certificate",
            ) from None
        if isinstance(error, httpx.ConnectError) and _caused(error, ssl.SSLError) is not None:
            raise Unavailable(
                f"{host} does not speak TLS there, or none that BOS speaks.",
                hint="Check the port of the address, and whether the system has TLS switched on.",
                code="system.tls",
            ) from None
        raise Unavailable(f"{host} does not answer.", hint=_LATER, code="system.silent") from None


def _certificate(error: BaseException | None) -> str | None:
    """Return why a certificate was not trusted, where that is what went wrong."""
    found = _caused(error, ssl.SSLCertVerificationError)
    return None if found is None else found.verify_message


def _caused(error: BaseException | None, kind: type[E]) -> E | None:
    """Return the error of a kind that led to another, or is it."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


@dataclass(slots=True)
class Reached:
    """A target (``bos.ports.Target``) of a connection.

    ``secrets`` gives a secret by its name; nothing of it is ever shown.
    """

    connection: str
    address: str
    settings: Mapping[str, str]
    timeout: float
    allowed: Allowed = field(repr=False)
    secrets: Callable[[str], str | None] = field(repr=False)
    ca_file: Path | None = None
    folders: Folders = field(default_factory=Folders, repr=False)
    _told: set[str] = field(default_factory=set, init=False, repr=False)

    def secret(self, name: str, *, needed: bool = True) -> str | None:
        """Return a secret of the connection."""
        found = self.secrets(name)
        if found is None and needed:
            raise Invalid(
                f"The connection has no {name} that is good for this address.",
                where=name,
                hint=f"Give it on the page Connections, or with: bos connection secret {self.connection} {name}.",
                code="connection.secret",
            )
        if found is not None:
            self._told.add(found)
        return found

    def without(self, text: str) -> str:
        """Return a text without the secrets that were told of the connection, however they are written, to be kept."""
        return without(text, *self._told)

    def http(self) -> httpx.Client:
        """Return a client of the address."""
        return Client(
            base_url=self.address,
            transport=Guarded(self.allowed, self.tls()),
            timeout=self.timeout,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": _AGENT, "Accept-Encoding": ", ".join(_PACKED)},
        )

    def folder(self) -> Path:
        """Return the folder of the address."""
        return self.folders.real(self.address)

    def numeric(self, host: str, port: int) -> str:
        """Return the IP address to connect to."""
        return self.allowed.numeric(host, port)

    def tls(self) -> ssl.SSLContext:
        """Return how certificates are verified. Raises as :func:`trusting`."""
        return trusting(self.ca_file)


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Return how certificates are verified: by the authorities of the machine, and those of a file (PEM).

    Raises:
        Unavailable: the file cannot be read, or has no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        why = "It has no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise Unavailable(
            f"The file of authorities {ca_file} that BOS_OUTGOING_CA_FILE names cannot be used: {why}.",
            where="outgoing_ca_file",
            hint="Name a file of certificates in PEM that BOS may read, or leave the setting out.",
            code="authorities",
        ) from None
    return context
