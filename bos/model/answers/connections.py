"""Answers about connectors, the secrets of connections and what a look at a connected system found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer


class Want(Answer):
    """A setting or a secret that a connector asks for."""

    name: str
    help: str
    needed: bool
    example: str = ""


class ConnectorAnswer(Answer):
    """A connector that is installed: what it speaks to, and what it wants to know of a connection.

    ``unproven`` says what of it met only a double so far. ``reads``: telemetry comes from the system; ``tells``: it can
    be told something, or be given dashboards.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    settings: tuple[Want, ...]
    secrets: tuple[Want, ...]
    unproven: str
    reads: bool
    tells: bool


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


class PullRow(Answer):
    """A signal that is pulled: over which connection, by which query, and how far it was.

    ``upto`` (UTC, not included) is where the next pull begins; nothing where it was never pulled. ``added`` are the
    events or points it brought in all.
    """

    signal: str
    connection: str
    query: str
    upto: datetime | None = None
    at: datetime | None = None
    added: int = 0


class PulledSignal(Answer):
    """What a pull brought of one signal, of the moments ``[start, end)`` (UTC).

    ``told``: what the system said beside, such as a warning; it was no error.
    """

    signal: str
    connection: str
    start: datetime
    end: datetime
    read: int
    added: int
    rejected: int
    told: tuple[str, ...] = ()


class Pulled(Answer):
    """What a pull brought."""

    flow: str
    signals: tuple[PulledSignal, ...]


ConnectionStanding = Literal["well", "failing", "paused", "untried", "off", "absent"]
BreakerWord = Literal["closed", "open", "half-open"]


class ConnectionHealth(Answer):
    """How it goes with a connection. Times are UTC.

    ``state``: ``well``; ``failing`` (the last piece of work failed); ``paused`` (it is left alone until
    ``open_until``); ``untried``; ``off`` (switched off); ``absent`` (its connector is not installed here). ``reason``
    and ``hint`` are of the last failure, ``failures`` counts those in a row. ``waiting``, ``dead`` and ``sent`` count
    messages; ``upto`` is how far the signal that was pulled least far was read, ``lag_seconds`` how long ago that is,
    ``rows`` what pulls brought.
    ``unproven`` says what of the connector met only a double so far.
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
    upto: datetime | None
    lag_seconds: int | None
    rows: int


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


class TakenFile(Answer):
    """What came of a file: ``taken``, ``known`` since it was taken before, or ``refused``, with the ``problem``."""

    name: str
    sha256: str
    state: Literal["taken", "known", "refused"]
    problem: str = ""
    read: int
    added: int
    rejected: int


class TakenFiles(Answer):
    """What came of the files that had arrived over a connection."""

    flow: str
    connection: str
    files: tuple[TakenFile, ...]


class Received(Answer):
    """That what was sent is kept, and will be read; ``known``: it came before, and changes nothing."""

    delivery: str
    known: bool


class IncomingRow(Answer):
    """What became of a delivery: ``waiting``, ``done`` or ``dead``, with the ``problem``. ``at`` is UTC."""

    delivery: str
    at: datetime
    state: Literal["waiting", "done", "dead"]
    problem: str = ""
    added: int


class Incoming(Answer):
    """What reading a delivery came to."""

    connection: str
    delivery: str
    state: Literal["done", "dead"]
    problem: str = ""
    added: int = 0
    rejected: int = 0
