"""The seams: what a connector, a job and a clock offer to the rest.

A connector speaks to one kind of system. Its class is a :class:`Connector`, named by an entry point of the group
``bos.connectors``; BOS makes one for each piece of work, hands it a :class:`Target`, and closes it afterwards.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from bos.errors import Unavailable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa


class Progress(Protocol):
    """Told how far a long piece of work is.

    Raises:
        bos.errors.Cancelled: when the person who started the work cancelled it.
    """

    def __call__(self, done: int, total: int | None = None, message: str = "") -> None:
        """Report ``done`` of ``total`` units (``None``: unknown) and a sentence for a person."""


def silent(done: int, total: int | None = None, message: str = "") -> None:
    """Report progress to nobody."""
    del done, total, message


@dataclass(frozen=True, slots=True)
class Wanted:
    """A setting or a secret that a connector asks of a connection; what is not ``needed`` may be left out."""

    name: str
    help: str
    needed: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check of a connected system found: one line for a person, and what to do where it is not well."""

    what: str
    ok: bool
    words: str
    hint: str = ""


class Target(Protocol):
    """One system as BOS hands it to a connector: where it answers, with what, and the only way out of BOS.

    A connector opens no connection of its own: ``http`` for what speaks HTTP, ``numeric`` and ``tls`` for a client that
    opens its own sockets. Both go to hosts alone that the operator of the home allows, and follow no redirect.
    """

    address: str
    settings: Mapping[str, str]
    timeout: float

    def secret(self, name: str, *, needed: bool = True) -> str | None:
        """Return a secret of the connection; one that is not ``needed`` may be nothing.

        Raises:
            bos.errors.Invalid: nobody gave one that is needed, or it was given for another address.
        """

    def http(self) -> httpx.Client:
        """Return a client of ``address``, to be closed; TLS is verified, timeouts are set, nothing is retried."""

    def folder(self) -> Path:
        """Return the folder of a ``file`` address, every link on the way followed.

        Raises:
            bos.errors.Forbidden: the operator allows no reading there.
            bos.errors.Invalid: the address is none of a folder. bos.errors.Unavailable: the folder is not there.
        """

    def numeric(self, host: str, port: int) -> str:
        """Return the IP address to connect to.

        Raises:
            bos.errors.Forbidden: the operator allows no connection to this host, or not to where its name leads.
            bos.errors.Unavailable: the name leads nowhere.
        """

    def tls(self) -> ssl.SSLContext:
        """Return how certificates are verified: always, against the authorities of the machine or the connection's."""


class Connector(Protocol):
    """What speaks to one kind of system.

    Attributes:
        name: as the entry point and the documents of connections spell it.
        title: as people call the system.
        schemes: what its addresses may begin with, such as ``https``.
        settings: what it wants to know besides the address.
        secrets: the secrets it uses.
        unproven: what of it met only a double so far, in a sentence; empty where all of it met the real system.
    """

    name: str
    title: str
    schemes: Sequence[str]
    settings: Sequence[Wanted]
    secrets: Sequence[Wanted]
    unproven: str

    def __init__(self, target: Target) -> None:
        """Begin to speak to a system; asks it nothing yet."""

    def doctor(self) -> Iterator[Finding]:
        """Look at the system without changing anything: does it answer, is the secret good, what may it do?

        The first finding is whether it answers; a system that does not answer is a finding, not an error.
        """

    def close(self) -> None:
        """Give back what is open."""


class Source(Connector, Protocol):
    """A system that telemetry is pulled from.

    It reads points (columns ``time``, ``value``, ``labels``) or rows of text, which the mapping of a signal makes
    events, or points. It may have ``columns``, what that mapping is where a signal says nothing (field of the lake →
    column of its rows), and ``told``: sentences for people about what it read, such as a warning that was no error.
    """

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the native answer to ``query`` over ``[start, end)`` (UTC), batch by batch; whole, or an error."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole file that can be taken: its name, its size in bytes, and what tells it from every other."""

    name: str
    size: int
    sha256: str


class Depot(Connector, Protocol):
    """Where whole files arrive. Nothing there is changed; BOS knows by their SHA-256 which ones it took."""

    def arrivals(self) -> Iterator[Arrived]:
        """Yield the files that are whole."""

    def fetch(self, arrived: Arrived, into: Path) -> None:
        """Copy one; whole, and the same, or an error."""


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody sent to BOS: headers by their names in small letters, the bytes, the last part of the address."""

    headers: Mapping[str, str]
    body: bytes
    key: str
    at: datetime


class Receiver(Connector, Protocol):
    """A system that sends to BOS."""

    def accept(self, call: Call) -> str:
        """Return the id of a delivery that is let in, the same whenever it is sent again; it reads no further.

        Raises:
            bos.errors.Unauthenticated: it is not from who it must be.
        """

    def rows(self, call: Call) -> list[dict[str, Any]]:
        """Return what a delivery says, an object for each event or point.

        Raises:
            bos.errors.Invalid: it cannot be read.
        """

    def usual(self) -> dict[str, str]:
        """Return which field of these is which of the lake, where the connection does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What a system is told, in no system's language: all of it plain text, which a sink escapes for its system.

    Attributes:
        kind: what happened: ``kpi.state``, ``feedback``, ``pack``, or ``test`` of a person who tries a connection.
        flow: the id of the flow it is about.
        title: one line.
        paragraphs: what there is to say, each without markup.
        facts: label and value, such as ("Owner", "Payments operations").
        links: label and absolute address of a page of BOS.
        thread: what belongs together, such as a flow and its week; a system that has threads keeps it in one.
        attachments: files; the first picture is the one to show where one can be shown.
    """

    kind: str
    flow: str
    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    thread: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a system made of a message: its name there, and where a person sees it; either may be empty."""

    reference: str
    link: str = ""


class Sink(Connector, Protocol):
    """A system that is told something."""

    def send(self, message: Message, *, key: str) -> Receipt:
        """Deliver a message once: a ``key`` that was delivered before changes nothing and gives its receipt again.

        ``key`` is at most 64 letters, digits and hyphens, and stays the same however often the delivery is tried, also
        after a process was killed between the delivery and its record. Where the system has no key of its own, the
        connector writes it where it can look for it.

        Raises:
            bos.errors.Unavailable: it was not delivered, or nobody can say; trying again with the same key is right.
            bos.errors.Invalid: it can never be delivered like this; trying again is of no use.
        """


@dataclass(frozen=True, slots=True)
class State:
    """How far something is that a sink made: the system's own word for it, and whether that means it is done."""

    name: str
    done: bool


class Tracker(Sink, Protocol):
    """A sink whose receipts live on: people work on what it made."""

    def states(self, references: Sequence[str]) -> Mapping[str, State]:
        """Return how far what receipts refer to is, by reference; what is gone, or not shown, is left out.

        Raises:
            bos.errors.Unavailable: the system does not say.
        """


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard as a system takes it: its name there, its content as an export has it, and why it is put there."""

    name: str
    content: Mapping[str, Any]
    message: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What a system made of a dashboard: its version there, and where a person sees it."""

    version: str
    link: str = ""


class Wall(Connector, Protocol):
    """A system that dashboards are put into. ``takes`` are the exports it can take."""

    takes: Sequence[str]

    def shape(self) -> str:
        """Return which of them the system that is connected takes."""

    def place(self, board: Board, *, known: str, key: str, overwrite: bool) -> Placed:
        """Put a dashboard there, in the place of the one of its name; the same ``key`` again changes nothing.

        ``known`` is the version BOS left there, empty where it left none.

        Raises:
            bos.errors.Conflict: somebody changed it there since (``drift``), which stays unless ``overwrite``.
            bos.errors.Invalid: it can never be put there like this.
            bos.errors.Unavailable: it was not put there, or nobody can say.
        """


_REFUSED = (401, 403)
_ABSENT = (404, 410)
_BUSY = (408, 429, 503)
_AGAIN = "Try again later."
_LONGEST = 16 << 20
_PATIENCE = 30.0
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")
_QUOTED = 300


def answered(response: httpx.Response, system: str) -> httpx.Response:
    """Return an answer of a system that is one; ``system`` is what people call it.

    Raises:
        bos.errors.Unavailable: it refuses (``system.refused``), knows no such address (``system.absent``), is busy
            (``system.busy``; ``details.retry_after`` are the seconds it asks for, if any), sends BOS elsewhere
            (``system.elsewhere``), or fails (``system.failed``).
    """
    status = response.status_code
    if response.is_success:
        return response
    if response.is_redirect:
        raise Unavailable(
            f"{system} sends BOS to another address, and BOS follows none.",
            hint="Write the address it leads to into the connection, if that is right.",
            code="system.elsewhere",
        )
    if status in _REFUSED:
        raise Unavailable(
            f"{system} does not let BOS in (HTTP {status}).",
            hint="Give the connection a secret that is good, with the rights its page lists.",
            code="system.refused",
        )
    if status in _ABSENT:
        raise Unavailable(
            f"{system} knows nothing at this address (HTTP {status}).",
            hint="Check the address of the connection.",
            code="system.absent",
        )
    if status in _BUSY:
        raise Unavailable(
            f"{system} is busy (HTTP {status}).",
            hint=_AGAIN,
            code="system.busy",
            details={"retry_after": retry_after(response.headers.get("Retry-After"), datetime.now(UTC))},
        )
    raise Unavailable(f"{system} fails (HTTP {status}).", hint="Ask those who run it.", code="system.failed")


def exchange(client: httpx.Client, request: httpx.Request, system: str) -> httpx.Response:
    """Return the whole answer to a request, whatever its status; for the short answers that sinks get.

    Raises:
        Unavailable: it is longer than 16 MB, or still comes after twice the timeout of a single read.
    """
    patience = (client.timeout.read or _PATIENCE) * 2
    until = time.monotonic() + patience
    response = client.send(request, stream=True)
    try:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > _LONGEST or time.monotonic() > until:
                raise Unavailable(f"{system} does not come to the end of an answer.", hint=_AGAIN, code="system.slow")
    except httpx.DecodingError:
        raise Unavailable(f"{system} sends an answer that cannot be read.", hint=_AGAIN, code="system.failed") from None
    finally:
        response.close()
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WIRE]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=request)


def quoted(text: str, *hidden: str | None) -> str:
    """Return what a system says, for a hint: one line of at most 300 characters, without secrets it may repeat."""
    for secret in hidden:
        text = text.replace(secret, "…") if secret else text
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"


def json_of(response: httpx.Response, system: str) -> Any:
    """Return the JSON of an answer.

    Raises:
        bos.errors.Unavailable: as ``answered``; or it is no JSON.
    """
    try:
        return answered(response, system).json()
    except ValueError:
        raise strange(system) from None


def words_of(response: httpx.Response) -> str:
    """Return what an answer says (``message``), such as why it is none; empty where it says nothing."""
    try:
        found = response.json()
    except ValueError:
        return ""
    return str(found.get("message") or "") if isinstance(found, dict) else ""


def strange(system: str) -> Unavailable:
    """Return the error of an answer that is not such as the system gives."""
    return Unavailable(
        f"It does not answer as {system} does.", hint="Check the address of the connection.", code="system.strange"
    )


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for (RFC 9110: seconds or a date), if it says either."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())
