"""How it goes with the connections: what was last heard of each, what waits for it, how far it was pulled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions import taken
from bos.actions.pieces import breaker_of
from bos.actions.pulled_signals import problem_of, rejected_of
from bos.actions.rights import UNTOLD, hears_systems, may_read_rows
from bos.auth.policy import allow
from bos.model.answers.connections import ConnectionHealth, ReceivedStanding
from bos.model.answers.page import Page
from bos.model.answers.pulls import SignalRejects
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import installed
from bos.store import connection_states, deliveries, documents, hooks, pulls, relations, taken_files
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.connections import BreakerWord, ConnectionStanding
    from bos.model.answers.files import FileStanding
    from bos.ports import Connector

FILES_SHOWN = 20
CHANGED = timedelta(days=7)
"""How long it is told that a file changed after it was taken, or that rows were not taken."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """What came over a connection: how far signals were pulled, files that something is to be said of, their rows.

    ``sent`` is what was sent to BOS over it; ``problems``: when signals could not be read, and why.
    """

    pulls: Sequence[Row[Any]]
    files: tuple[FileStanding, ...]
    rows: int
    earlier: int
    sent: Row[Any] | None
    reasons: Mapping[str, int]
    absent: tuple[str, ...]
    left_out: str
    rejected: tuple[SignalRejects, ...]
    problems: tuple[tuple[datetime | None, str], ...]

    @property
    def unread(self) -> int:
        """How many files are not taken, and deliveries and signals cannot be read."""
        return self.untaken + (self.sent.dead if self.sent is not None else 0) + len(self.broken)

    @property
    def broken(self) -> tuple[Row[Any], ...]:
        """The signals that the last pull could not read."""
        return tuple(pull for pull in self.pulls if pull.problem)

    @property
    def why(self) -> str:
        """Why the first of them could not be read."""
        return next((words for _, words in self.problems), "")

    @property
    def untaken(self) -> int:
        """How many files are not taken."""
        return sum(file.problem != "" for file in self.files)

    def upto(self, row: Row[Any] | None, connector: type[Connector] | None) -> datetime | None:
        """Return how far was read: of a folder, when the last look at it ended."""
        looked = [row.worked_at] if hasattr(connector, "arrivals") and row is not None and row.worked_at else []
        return min([*(pull.upto for pull in self.pulls), *looked], default=None)


@dataclass(frozen=True, slots=True)
class _Heard:
    """When a connection was last tried, worked and failed, and why; what was let in over it has worked.

    That somebody was turned away is no failure of one that lets others in: anybody can have that done.
    """

    tried: datetime | None
    worked: datetime | None
    failed: datetime | None = None
    reason: str = ""
    hint: str = ""

    @classmethod
    def of(cls, row: Row[Any] | None, sent: Row[Any] | None) -> _Heard:
        """Return it from what is kept of a connection, and of what was sent over it."""
        came = sent.at if sent is not None else None
        if row is None:
            return cls(came, came)
        tried, worked = _later(row.tried_at, row.refused_at, came), _later(row.worked_at, came)
        if row.refused_at is not None and worked is None and row.refused_at == tried:
            return cls(tried, worked, row.refused_at, row.refused_why, row.refused_hint)
        return cls(tried, worked, row.failed_at, row.reason or "", row.hint or "")

    def untold(self, problems: Sequence[tuple[datetime | None, str]]) -> _Heard:
        """Return it without what its system said, for who may not test it; what is wrong with signals is told."""
        own = next((words for at, words in problems if at == self.failed), UNTOLD)
        return replace(self, reason=own if self.reason else "", hint="")

    @property
    def failed_last(self) -> bool:
        """Whether the last piece of work failed: what was wrong before that is over."""
        return self.failed is not None and (self.worked is None or self.worked < self.failed)


def _later(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)


def health(ctx: Context, actor: Actor) -> Page[ConnectionHealth]:
    """Return how it goes with every connection that is not retired, by id."""
    allow(actor, "connection.read")
    hears = hears_systems(actor)
    now = datetime.now(UTC)
    with reading(ctx.engine) as session:
        names = [("connection", name) for name in documents.ids(session, "connection")]
        found = [Document.model_validate(one.doc) for one in documents.live(session, names).values()]
        states, counts = connection_states.every(session), deliveries.counts(session)
        left_out = deliveries.left_out(session)
        old, rows = taken.outdated(session), taken_files.rows(session)
        told = _told(session, now - CHANGED, old)
        pulled = {one.id: _pulled(session, one.id) for one in found}
        flows = {file.flow for file in told} | {pull.flow for every in pulled.values() for pull in every}
        flows |= {one.settings["flow"] for one in found if one.settings.get("flow")}
        open_to = {flow for flow in flows if may_read_rows(session, actor, flow)}
        now_of = taken.present(session, {(file.connection, file.flow) for file in told})
        files = [taken.standing_of(file, now_of, whole=file.flow in open_to) for file in told]
        sent, why = hooks.standing(session, now - CHANGED), hooks.reasons(session, now - CHANGED)
        lacking = hooks.absent(session, now - CHANGED)
        brought = {
            one.id: _Brought(
                pulled[one.id],
                tuple(file for file in files if file.connection == one.id),
                rows.get(one.id, 0),
                sum(row.many for row in old if row.connection == one.id),
                sent.get(one.id),
                why.get(one.id, {}) if one.settings.get("flow") in open_to else {},
                lacking.get(one.id, ()),
                left_out.get(one.id, ""),
                _rejected(pulled[one.id], open_to, now - CHANGED),
                _problems(pulled[one.id], open_to, hears=hears),
            )
            for one in found
        }
    items = [_health(one, states.get(one.id), counts, brought[one.id], now, hears=hears) for one in found]
    if not hears:
        items = [_plain(one) for one in items]
    return Page(items=tuple(sorted(items, key=lambda one: one.connection)))


def _told(session: Connection, since: datetime, old: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the files something is to be said of, at last those that were taken by another reading than now."""
    told = taken_files.told(session, since)
    seen = {(file.connection, file.flow, file.name) for file in told}
    earlier = (file for row in old for file in taken_files.read_by(session, row, limit=FILES_SHOWN))
    return [*told, *(file for file in earlier if (file.connection, file.flow, file.name) not in seen)]


def _plain(one: ConnectionHealth) -> ConnectionHealth:
    """Return how it goes with a connection without what its system said of messages, for who may not test it."""
    left_out = f"It went without something. {UNTOLD}" if one.left_out else ""
    received = one.received
    if received is not None and received.refused:
        received = received.model_copy(update={"refused": UNTOLD})
    return one.model_copy(update={"left_out": left_out, "received": received})


def _problems(
    pulled: Sequence[Row[Any]], open_to: Container[str], *, hears: bool
) -> tuple[tuple[datetime | None, str], ...]:
    """Return when signals could not be read, and why, as far as the actor may know it."""
    return tuple(
        (one.failed_at, f"{one.signal} of {one.flow}: {problem_of(one, hears=hears, whole=one.flow in open_to)}")
        for one in pulled
        if one.problem
    )


def _rejected(pulled: Sequence[Row[Any]], open_to: Container[str], since: datetime) -> tuple[SignalRejects, ...]:
    """Return which rows could not be taken, since a moment, or are to be read again."""
    told = []
    for one in pulled:
        rows = rejected_of(one, whole=one.flow in open_to)
        if rows is not None and (rows.since is not None or rows.at >= since):
            told.append(SignalRejects(flow=one.flow, signal=one.signal, **rows.model_dump()))
    return tuple(told)


def _pulled(session: Connection, connection: str) -> list[Row[Any]]:
    signals = [id_ for kind, id_ in relations.users(session, "connection", connection) if kind == "signal"]
    found = pulls.of_signals(session, signals)
    flows = documents.live(session, [("template", pull.flow) for pull in found])  # of retired ones nothing is pulled
    return [pull for pull in found if ("template", pull.flow) in flows]


def _health(
    one: Document,
    row: Row[Any] | None,
    counts: dict[tuple[str, str], tuple[int, datetime]],
    brought: _Brought,
    now: datetime,
    *,
    hears: bool,
) -> ConnectionHealth:
    connector, breaker = installed().get(one.connector), breaker_of(row)
    heard = _Heard.of(row, brought.sent)
    heard = heard if hears else heard.untold(brought.problems)
    waiting, oldest = counts.get((one.id, "waiting"), (0, None))
    upto = brought.upto(row, connector)
    return ConnectionHealth(
        connection=one.id,
        title=one.title,
        connector=one.connector,
        system=connector.title if connector else "",
        unproven=connector.unproven if connector else "",
        state=_state(one, breaker.state(now), heard, here=connector is not None, unread=brought.unread),
        tells=one.tells,
        pull_every=one.pull_every,
        breaker=breaker.state(now),
        open_until=breaker.open_until,
        failures=breaker.failures,
        tried_at=heard.tried,
        worked_at=heard.worked,
        failed_at=heard.failed,
        reason=heard.reason if heard.failed_last else brought.why,
        hint=heard.hint if heard.failed_last else "",
        waiting=waiting,
        waiting_since=oldest,
        dead=counts.get((one.id, "dead"), (0, None))[0],
        sent=counts.get((one.id, "sent"), (0, None))[0],
        left_out=brought.left_out,
        upto=upto,
        lag_seconds=round((now - upto).total_seconds()) if upto else None,
        rows=sum(pull.added for pull in brought.pulls) + brought.rows,
        untaken=brought.untaken,
        earlier=brought.earlier,
        files=brought.files[:FILES_SHOWN],
        rejected=brought.rejected,
        received=_received(row, heard, brought, now - CHANGED) if hasattr(connector, "accept") else None,
    )


def _received(row: Row[Any] | None, heard: _Heard, brought: _Brought, since: datetime) -> ReceivedStanding:
    """Return what came of what was sent; who was turned away is told of since a moment, or since nobody was let in."""
    told: dict[str, Any] = {"at": heard.worked}
    if row is not None and row.refused_at is not None and (heard.worked is None or row.refused_at >= since):
        told |= {"refused_at": row.refused_at, "refused": f"{row.refused_why} {row.refused_hint}".strip()}
    sent = brought.sent
    if sent is None:
        return ReceivedStanding(**told)
    told |= {name: int(getattr(sent, name)) for name in ("waiting", "done", "dead", "added", "read", "rejected")}
    told |= {"reasons": taken.commonest(brought.reasons), "absent": brought.absent}
    return ReceivedStanding(**told)


def _state(one: Document, breaker: BreakerWord, heard: _Heard, *, here: bool, unread: int) -> ConnectionStanding:
    """Return how it stands in one word: what keeps it from working comes first."""
    said: tuple[tuple[bool, ConnectionStanding], ...] = (
        (not one.enabled, "off"),
        (not here, "absent"),
        (heard.tried is None, "untried"),
        (breaker == "open", "paused"),
        (heard.failed_last or unread > 0, "failing"),
    )
    return next((word for holds, word in said if holds), "well")
