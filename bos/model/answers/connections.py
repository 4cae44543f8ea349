"""Answers about connectors, the secrets of connections and what a look at a connected system found."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bos.model.answers.files import FileStanding
from bos.model.answers.page import Answer
from bos.model.answers.pulls import SignalRejects

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


class Want(Answer):
    """A setting or a secret that a connector asks for.

    ``label`` is what a form calls it, ``default`` what holds where it is left out, ``choices`` all it may be, where
    that is a few words; ``kind`` says what is written there: text, a whole number, the id of a flow, a time zone, a
    currency, or which column is which. What is not ``needed`` always is where every setting in ``needed_where``
    is so (``*``: given, whatever it is; an empty text: left out) and ``instead``, another secret, is not there.
    """

    name: str
    help: str
    needed: bool
    example: str = ""
    label: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    kind: Literal["text", "number", "flow", "zone", "currency", "mapping"] = "text"
    needed_where: tuple[tuple[str, str], ...] = ()
    instead: str = ""

    def asked(self, settings: Mapping[str, str], given: Container[str]) -> bool:
        """Return whether it is needed beside these settings, usual ones among them, and the secrets that are given."""
        if self.needed or not self.needed_where or self.instead in given:
            return self.needed
        return all(
            bool(settings.get(name)) if value == "*" else settings.get(name, "") == value
            for name, value in self.needed_where
        )


Way = Literal["pull", "folder", "receive", "tell", "place"]


class ConnectorAnswer(Answer):
    """A connector that is installed: what it speaks to, and what it wants to know of a connection.

    ``unproven`` says what of it met only a double so far. ``reads``: telemetry comes from the system; ``tells``: it can
    be told something, or be given dashboards. ``ways`` says which: telemetry is pulled, files are taken from a folder,
    it sends to BOS, it is told what happens, dashboards are placed there. ``purpose`` is one line, ``example`` an
    address; either may be empty. ``problem`` says why one is left out: ``title`` is then what its entry point leads to,
    and no connection can use it.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    settings: tuple[Want, ...]
    secrets: tuple[Want, ...]
    unproven: str
    reads: bool
    tells: bool
    ways: tuple[Way, ...] = ()
    purpose: str = ""
    example: str = ""
    problem: str = ""


class SecretRow(Answer):
    """That a connection has a secret; its text is told by nobody. Times are UTC.

    It is sent to ``origin`` alone (scheme, host and port of the address it was given for): ``good`` says whether that
    is still the connection's address and the key it was encrypted with is here.
    """

    connection: str
    name: str
    origin: str
    good: bool
    by: str
    at: datetime


class SecretTaken(Answer):
    """A secret that was taken away."""

    connection: str
    name: str


class Resealed(Answer):
    """How many secrets were encrypted anew, and the name of the key they are encrypted with now."""

    secrets: int
    key: str


class FindingRow(Answer):
    """One thing that was looked at in a connected system."""

    what: str
    ok: bool
    words: str
    hint: str = ""


class Diagnosis(Answer):
    """What a look at a connected system found; nothing there was changed. ``seconds`` is how long it took."""

    connection: str
    connector: str
    unproven: str
    well: bool
    findings: tuple[FindingRow, ...]
    at: datetime
    seconds: float


ConnectionStanding = Literal["well", "failing", "paused", "untried", "off", "absent"]
BreakerWord = Literal["closed", "open", "half-open"]


class ReceivedStanding(Answer):
    """What came over a connection that receives.

    ``at`` (UTC) is when the last delivery came; nothing where none has. Of those of the last 30 days ``waiting`` are
    to be read yet, ``done`` were read and brought ``added`` rows, ``dead`` could not be read. Of the ``read`` rows
    that came in the last week so many were ``rejected``; ``reasons`` has of each reason how many, the commonest first,
    five at most; ``absent`` are the fields that the mapping names and none of these rows had. ``refused_at`` (UTC) is
    when somebody who sent was last turned away, within the week or before anybody was let in, ``refused`` why and what
    to do, for whoever may test connections. ``reasons`` are for who may read single rows of the flow.
    """

    at: datetime | None = None
    waiting: int = 0
    done: int = 0
    dead: int = 0
    added: int = 0
    read: int = 0
    rejected: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    refused_at: datetime | None = None
    refused: str = ""


class ConnectionHealth(Answer):
    """How it goes with a connection. Times are UTC.

    ``state``: ``well``; ``failing`` (the last piece of work failed, or a file or a delivery of it cannot be read);
    ``paused`` (it is left alone until ``open_until``); ``untried``; ``off`` (switched off); ``absent`` (its connector
    is not installed here). ``reason`` and ``hint`` are of the last failure, in words of the system for whoever may test
    connections; ``failures`` counts those in a row. Where the system sends to BOS, a delivery that was let in is a
    success, one that was turned away a failure until one is, and ``received`` says what became of them.
    ``waiting``, ``dead`` and ``sent`` count messages; ``upto`` is how far the signal that was pulled least far was
    read, of a folder when the last look at it ended, ``lag_seconds`` how long ago that is, ``rows`` what pulls and
    files brought. ``files`` are those of a folder that cannot be taken, and those of the last week that changed
    after they were taken, 20 at most; ``untaken`` counts the former, ``earlier`` those that were taken with another
    mapping, zone, currency or signal than is said now. ``rejected`` has of each signal which rows pulls could not take
    in the last week, or which are to be read again; why, for who may read single rows of the flow.
    ``unproven`` says what of the connector met only a double so far, ``left_out`` what the newest message that was
    sent went without (its chart, say), and why.
    """

    connection: str
    title: str
    connector: str
    system: str
    unproven: str
    state: ConnectionStanding
    tells: dict[str, tuple[str, ...]]
    pull_every: str | None
    breaker: BreakerWord
    open_until: datetime | None
    failures: int
    tried_at: datetime | None
    worked_at: datetime | None
    failed_at: datetime | None
    reason: str
    hint: str
    waiting: int
    waiting_since: datetime | None
    dead: int
    sent: int
    left_out: str = ""
    upto: datetime | None
    lag_seconds: int | None
    rows: int
    untaken: int = 0
    earlier: int = 0
    files: tuple[FileStanding, ...] = ()
    rejected: tuple[SignalRejects, ...] = ()
    received: ReceivedStanding | None = None


class Tried(Answer):
    """What came of trying a connection: a test message was ``told``, so much of ``[start, end)`` was ``read``."""

    connection: str
    told: bool
    reference: str = ""
    link: str = ""
    read: bool = False
    rows: int = 0
    columns: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


class PlacedDashboard(Answer):
    """A run of a dashboard that was put into a system: its version there, and where a person sees it."""

    flow: str
    run: str
    connection: str
    version: str
    link: str


class ReadAgain(Answer):
    """What came of a file that was read again: the rows it had brought were ``withdrawn`` for those it has now.

    Of the ``read`` rows so many are there now by it (``added``), were there by another (``duplicates``), could not be
    read (``rejected``, by five ``reasons`` at most). ``snapshot`` is the version that has it; nothing changed where it
    is that of before.
    Of what the file had said before, rows whose ids come again were withdrawn, too; so many others are ``staying``.
    ``short`` are names of what came later and may have had some of the withdrawn rows, too: each is to be read again,
    or sent, pulled or imported again where it is no file.
    """

    flow: str
    connection: str
    name: str
    batch: str
    snapshot: str | None
    withdrawn: int
    read: int
    added: int
    duplicates: int
    rejected: int
    unread_columns: tuple[str, ...] = ()
    reasons: dict[str, int] = Field(default_factory=dict)
    staying: int = 0
    short: tuple[str, ...] = ()


class Received(Answer):
    """That what was sent is kept, and will be read; ``known``: it came before, and changes nothing."""

    delivery: str
    known: bool


class Reception(Answer):
    """Where a system sends to, over a connection, and how it proves who it is."""

    connection: str
    address: str
    proof: str


class IncomingRow(Answer):
    """What became of a delivery: ``waiting``, ``done`` or ``dead``, with the ``problem``. ``at`` is UTC.

    Of its ``read`` rows so many were ``rejected``: ``reasons`` says of each reason how many, the commonest first, five
    at most, for who may read single rows; ``reject_file`` is where the API serves them. ``absent`` are the fields of
    the mapping that no row had. Of the new rows ``ahead`` lie more than a day in the future, the latest at
    ``farthest``.
    """

    delivery: str
    at: datetime
    state: Literal["waiting", "done", "dead"]
    problem: str = ""
    added: int
    read: int = 0
    rejected: int = 0
    reasons: dict[str, int] = Field(default_factory=dict)
    reject_file: str | None = None
    absent: tuple[str, ...] = ()
    ahead: int = 0
    farthest: datetime | None = None


class Incoming(Answer):
    """What reading a delivery came to; of the new rows ``ahead`` lie in the future, the latest at ``farthest``."""

    connection: str
    delivery: str
    state: Literal["done", "dead"]
    problem: str = ""
    added: int = 0
    rejected: int = 0
    ahead: int = 0
    farthest: datetime | None = None
