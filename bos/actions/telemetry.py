"""Telemetry of flows: imports, upkeep, what there is, and which rows were not taken."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bos.actions.grounds import log_clock
from bos.actions.importing import start_import
from bos.actions.reading import note_read
from bos.actions.rejected_rows import harmless
from bos.actions.rights import permit_flow
from bos.actions.submission import missing
from bos.actions.upkeep import compact, retain
from bos.auth.policy import allow, reach
from bos.errors import NotFound, Unavailable
from bos.model.answers.page import Page
from bos.model.answers.telemetry import TelemetryStatus
from bos.store import documents, jobs, places
from bos.store.engine import reading
from bos.telemetry.ingest import BATCH
from bos.telemetry.lake import FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.auth.actor import Actor

__all__ = ["compact", "rejects", "retain", "start_import", "status", "statuses"]


def status(ctx: Context, actor: Actor, flow: str) -> TelemetryStatus:
    """Return what the lake holds for a flow.

    Raises:
        NotFound: there is no such flow.
        Unavailable: the lake cannot be read.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.read", flow)
        _known(connection, flow)
        origins = _origins(connection, flow)
    return _status(ctx, flow, origins)


def statuses(ctx: Context, actor: Actor) -> Page[TelemetryStatus]:
    """Return what the lake holds for every flow that has telemetry, in the order of their ids.

    Raises:
        Unavailable: the lake cannot be read.
    """
    allow(actor, "telemetry.read")
    flows = sorted({*ctx.lake.flows("events"), *ctx.lake.flows("metrics")})
    with reading(ctx.engine) as connection:
        mine = places.flows_within(connection, flows, reach(actor, "telemetry.read"))
        known = documents.live(connection, [("template", flow) for flow in flows if flow in mine])
        origins = {flow: _origins(connection, flow) for flow in flows if ("template", flow) in known}
    return Page(items=tuple(_status(ctx, flow, found) for flow, found in origins.items()))


def rejects(ctx: Context, actor: Actor, flow: str, batch: str) -> Iterator[bytes]:
    """Return the rows of an import that were not taken, as a CSV file, piece by piece.

    Raises:
        NotFound: there is no such flow, or every row of the batch was taken.
        Unavailable: the file cannot be read.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        _known(connection, flow)
    path = ctx.rejects / flow / f"{batch}.csv"
    if not BATCH.fullmatch(batch) or not path.is_file():
        raise NotFound(
            f"The import {batch!r} of the flow {flow} has no rejected rows.",
            where=f"template/{flow}",
            hint="The job of the import says how many rows were rejected.",
        )
    try:
        stream = path.open(encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise Unavailable(f"The rejected rows cannot be read: {error.strerror}.", where=f"template/{flow}") from error

    note_read(ctx, actor, flow, {"what": "rejected rows", "batch": batch})

    def pieces() -> Iterator[bytes]:
        with stream:
            yield from harmless(stream)

    return pieces()


def _known(connection: Connection, flow: str) -> None:
    if "\x00" in flow or not FLOW.fullmatch(flow) or documents.head(connection, "template", flow) is None:
        raise missing("template", flow, documents.ids(connection, "template"))


def _origins(connection: Connection, flow: str) -> tuple[bool, bool]:
    """Return whether some of a flow's imports were of generated telemetry, and whether some were not."""
    return jobs.has_generated(connection, flow), jobs.has_recorded(connection, flow)


def _status(ctx: Context, flow: str, origins: tuple[bool, bool]) -> TelemetryStatus:
    table = ctx.lake.table(flow)
    events = table.logged()
    members = table.members(events.version) if events.version else []
    metrics = ctx.lake.status(flow, "metrics")
    harmed = table.damaged_now()
    return TelemetryStatus(
        flow=flow,
        snapshot=events.id if events.version else None,
        events=events.events,
        cases=None if harmed else _cases(events.id, events.files, ctx.settings.memory_limit),
        files=len(members) + len(metrics.snapshot.files),
        size_bytes=sum(member.size for member in members) + metrics.bytes,
        metric_points=metrics.snapshot.events,
        first=events.first,
        last=events.last,
        newest=None if harmed else log_clock(events, memory_limit=ctx.settings.memory_limit),
        watermark=events.watermark,
        generated=origins[0],
        recorded=origins[1],
        damaged=(*harmed, *ctx.lake.table(flow, "metrics").damaged_now()),
    )


class _Files(NamedTuple):
    id: str
    files: tuple[str, ...]


@lru_cache(maxsize=512)
def _cases(snapshot: str, files: tuple[str, ...], memory_limit: str) -> int:
    """Return how many cases a snapshot has; a snapshot never changes, so it is counted once a process."""
    if not files:
        return 0
    from bos.kpi.connection import opened  # noqa: PLC0415 - DuckDB is loaded only where something is counted

    with opened(_Files(snapshot, files), memory_limit=memory_limit) as cursor:
        found = cursor.execute("SELECT count(DISTINCT case_id) FROM events").fetchone()
    return int(found[0]) if found else 0
