"""The seams: what a connector, a job and a clock offer to the rest.

A connector speaks to one kind of system. Its class is a :class:`Connector`, named by an entry point of the group
``bos.connectors``; BOS makes one for each piece of work, hands it a :class:`Target`, and closes it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import httpx
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
    """A setting or a secret that a connector asks of a connection; what is not ``needed`` may be left out.

    Attributes:
        name: as documents spell it.
        help: what it says, in a sentence or a few words.
        example: something to write there.
        label: what a form calls it; the name in words where it is empty.
        default: what holds where it is left out.
        choices: all that it may be, where that is a few words.
        kind: ``text`` (one line), ``number`` (a whole one, not negative), ``flow`` (the id of one), or what BOS reads
            itself: ``zone`` (of the IANA list), ``currency`` (ISO 4217), ``mapping`` (as imports have it).
        reads: what reads a setting, as the connector does: it raises :class:`bos.errors.Invalid` or ``ValueError``,
            in words, for a text that the connector cannot use. Left out, or empty where it is not needed, it is not
            read. :mod:`bos.reads` has some.
        needed_where: of a setting or secret that is needed beside some settings alone: what all of these must be, by
            their names; ``*``: anything, an empty text: left out.
        instead: of such a secret, another one that does as well.

    Raises:
        ValueError: there is no such kind, or the default is none of the choices.
    """

    name: str
    help: str
    needed: bool = False
    example: str = ""
    label: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    kind: Literal["text", "number", "flow", "zone", "currency", "mapping"] = "text"
    needed_where: tuple[tuple[str, str], ...] = ()
    instead: str = ""
    reads: Callable[[str], object] | None = None

    def __post_init__(self) -> None:
        """Refuse what no form could show."""
        if self.kind not in {"text", "number", "flow", "zone", "currency", "mapping"}:
            raise ValueError(f"{self.name}: there is no kind {self.kind!r}")
        if self.choices and self.default and self.default not in self.choices:
            raise ValueError(f"{self.name}: the default {self.default!r} is none of the choices")

    @property
    def called(self) -> str:
        """What a form calls it."""
        return self.label or self.name.replace("_", " ").replace("-", " ").capitalize()


def of_rows(mapping: str, example: str) -> tuple[Wanted, ...]:
    """Return the settings of a connector that brings files or rows, as BOS reads them; ``mapping`` says of what."""
    money = "Currency of amounts without one; the template's where left out."
    return (
        Wanted("map", mapping, example=example, label="Mapping", kind="mapping"),
        Wanted("time_zone", "Zone of times without offset; the template's where left out.", example="UTC", kind="zone"),
        Wanted("currency", money, example="EUR", kind="currency"),
    )


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

    For the form that people make a connection with, it may have ``purpose`` (one line: what it is for), ``example``
    (an address) and ``ports`` (scheme → port, of addresses without one).

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
    It may have ``unseen(query)``: sentences about what the connector cannot see of a query, asking the system nothing.
    """

    def read(self, query: str, *, start: datetime, end: datetime) -> Iterator[pa.RecordBatch]:
        """Return the native answer to ``query`` over ``[start, end)`` (UTC), batch by batch; whole, or an error.

        A batch without rows says that nothing has come yet: whoever reads may then give up, as when a job is cancelled.

        A point that covers a span, such as a minute, belongs to the window that its span begins in.
        """


class Stepped(Source, Protocol):
    """A source whose points cover spans, each known only when it is over, such as the calls of an hour.

    Nothing is read beyond :meth:`whole`, and the next pull begins there: so no span is stored before it is over, and
    none is left out. A source without it is read up to any moment.
    """

    def whole(self, query: str, moment: datetime) -> datetime:
        """Return the end of the last span that is over at ``moment``, which itself where what it reads has no spans.

        It asks the system nothing, and says the same whenever it is asked.

        Raises:
            bos.errors.Invalid: a setting or the query is wrong.
        """


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole file that can be taken: its name, its size in bytes, and what tells it from every other.

    ``problem`` says why it cannot be read now; nothing but its name is known then.
    """

    name: str
    size: int
    sha256: str
    problem: str = ""


class Depot(Connector, Protocol):
    """Where whole files arrive. Nothing there is changed; BOS knows by their SHA-256 which ones it took."""

    def arrivals(self) -> Iterator[Arrived]:
        """Yield the files that are whole, and with their problem those that cannot be read.

        Raises:
            bos.errors.Unavailable: none of them can be looked at.
        """

    def fetch(self, arrived: Arrived, into: Path) -> None:
        """Copy one, whole and the same.

        Raises:
            bos.errors.Unavailable: it cannot be read now, or is not any more what it was.
        """


@dataclass(frozen=True, slots=True)
class Call:
    """What somebody sent to BOS: headers by their names in small letters, the bytes, the last part of the address."""

    headers: Mapping[str, str]
    body: bytes
    key: str
    at: datetime


class Receiver(Connector, Protocol):
    """A system that sends to BOS. It may have ``proof()``: how its sender proves who it is, in sentences."""

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
    """A file that goes with a message; ``alt`` says in words what a picture shows."""

    name: str
    media_type: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What a system is told, in no system's language: all of it plain text, which a sink escapes for its system.

    Attributes:
        kind: what happened: ``kpi.state``, ``feedback``, ``pack``, ``signature.waits``, or ``test`` of a person who
            tries a connection.
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
    """What a system made of a message: its name there, and where a person sees it; either may be empty.

    ``left_out`` says what of the message is not there, and why, where the rest was told without it.
    """

    reference: str
    link: str = ""
    left_out: str = ""


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
    """A dashboard as a system takes it: its name, its content as an export has it, and why it is put there.

    ``name`` is the id in the export, or the flow's where the export has none; a system may spell it in its own letters.
    """

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
