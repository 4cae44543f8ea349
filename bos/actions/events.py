"""The events of a flow as they were recorded, in the order of time, piece by piece."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import live_definitions
from bos.actions.question import Question
from bos.actions.reading import note_read
from bos.actions.rights import permit_flow
from bos.errors import NotFound, UsageError
from bos.kpi.suggest import choices
from bos.store import jobs
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import duckdb

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.telemetry.table import Snapshot

PIECE_ROWS = 20_000
COLUMNS = (
    "event_id", "case_id", "step", "event_time", "effective_date", "amount", "currency", "resource", "attributes",
)  # fmt: skip


def events(
    ctx: Context,
    actor: Actor,
    flow: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    steps: Sequence[str] = (),
    cases: Sequence[str] = (),
    columns: Sequence[str] = (),
    limit: int | None = None,
    snapshot: int | None = None,
) -> Iterator[bytes]:
    """Return events of a flow as an Arrow IPC stream, in the order of time (at one instant, of their ids).

    Its columns are those of the lake, or those of them that ``columns`` names: ``event_id``, ``case_id``, ``step`` (the
    recorded name), ``event_time`` (UTC), ``effective_date``, ``amount`` (exact), ``currency``, ``resource``,
    ``attributes``. The metadata of its schema say ``bos.flow``, ``bos.template_version``, ``bos.time_zone`` (of the
    flow), ``bos.snapshot``, ``bos.generated`` and ``bos.total``: how many events there are without the limit. The
    window is ``[start, end)`` (aware). ``steps`` are ids of steps or process signals of the flow, or recorded names;
    none are all. ``cases`` are ids of cases. ``snapshot`` is a version of the lake (``None``: the newest).

    Raises:
        NotFound: there is no such flow, snapshot or step.
        UsageError: a moment has no time zone, there is no such column, or the limit is not above zero.
        Unavailable: the lake cannot be read, or memory does not suffice.
    """
    window = Question(start=start, end=end)
    chosen = _Chosen(window.start, window.end, tuple(steps), tuple(cases), _columns(columns), limit)
    if limit is not None and limit < 1:
        raise UsageError(f"The limit is {limit}.", where="limit", hint="Ask for one event or more.")
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        found = live_definitions(connection, flow)
        generated = jobs.has_generated(connection, flow)
    held = ctx.lake.snapshot(flow, snapshot)
    told = {
        "bos.flow": flow,
        "bos.template_version": str(found.template.version),
        "bos.time_zone": found.doc["time_zone"],
        "bos.snapshot": held.id,
        "bos.generated": str(generated).lower(),
    }
    pieces = _pieces(held, found, chosen, told, ctx.settings.memory_limit)
    first = next(pieces)  # what is wrong is told before the answer begins
    asked = {"start": start and start.isoformat(), "end": end and end.isoformat(), "steps": list(steps), "limit": limit}
    asked |= {name: list(some) for name, some in (("cases", cases), ("columns", columns)) if some}
    note_read(ctx, actor, flow, {"what": "events", "snapshot": held.id, **asked})
    return chain([first], pieces)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which events are asked for, and which of their columns."""

    start: datetime | None
    end: datetime | None
    steps: tuple[str, ...]
    cases: tuple[str, ...]
    columns: tuple[str, ...]
    limit: int | None

    def tests(self, names: list[str] | None) -> dict[str, Any]:
        """Return by condition its value; ``names`` are the recorded names that are meant."""
        tests = {
            "event_time >= ?": self.start,
            "event_time < ?": self.end,
            "list_contains(?, step)": names,
            "list_contains(?, case_id)": list(self.cases) or None,
        }
        return {test: value for test, value in tests.items() if value is not None}


def _columns(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that are asked for, in the order asked."""
    unknown = next((name for name in wanted if name not in COLUMNS), None)
    if unknown is not None:
        raise UsageError(
            f"Events have no column {unknown!r}.", where="columns", hint=choices(unknown, COLUMNS, "Their columns are")
        )
    return tuple(dict.fromkeys(wanted)) or COLUMNS


def _pieces(
    held: Snapshot, found: Definitions, chosen: _Chosen, told: dict[str, str], memory_limit: str
) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415 - loaded only where events are read

    from bos.kpi.connection import opened  # noqa: PLC0415 - as above, with DuckDB

    with opened(held, memory_limit=memory_limit) as cursor:
        tests = chosen.tests(_recorded(cursor, found, chosen.steps))
        values = [*tests.values()]
        source = f"FROM events{' WHERE ' if tests else ''}{' AND '.join(tests)}"
        ((total,),) = cursor.execute(f"SELECT count(*) {source}", values).fetchall()
        sql = f"SELECT {', '.join(chosen.columns)} {source} ORDER BY event_time, event_id"
        if chosen.limit is not None:
            sql, values = f"{sql} LIMIT ?", [*values, chosen.limit]
        reader: pa.RecordBatchReader = cursor.sql(sql, params=values).to_arrow_reader(PIECE_ROWS)
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, reader.schema.with_metadata({**told, "bos.total": str(total)})) as writer:
            for batch in reader:
                writer.write_batch(batch)
                yield _taken(sink)
        yield _taken(sink)


def _taken(sink: io.BytesIO) -> bytes:
    """Return what was written, and forget it."""
    piece = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return piece


def _recorded(cursor: duckdb.DuckDBPyConnection, found: Definitions, steps: tuple[str, ...]) -> list[str] | None:
    """Return the recorded names that are meant; ``None`` for all.

    Raises:
        NotFound: one is no step, no process signal and no recorded name of the flow.
    """
    if not steps:
        return None
    bound, uses = found.bound(), found.doc["process_signals"]
    names: list[str] = []
    for wanted in steps:
        here = [bound[use["id"]].event for use in uses if use["step"] == wanted]
        here = here or [bound[use["id"]].event for use in uses if use["id"] == wanted]
        known = any(step["id"] == wanted for step in found.doc["flow"]["steps"])
        if not here and not known and not _is_recorded(cursor, wanted):
            every = [step["id"] for step in found.doc["flow"]["steps"]]
            raise NotFound(
                f"The flow {found.template.id} has no step {wanted!r}.",
                where="steps",
                hint=choices(wanted, every, "Its steps are"),
            )
        names += [name for name in here if name] if here or known else [wanted]
    return names


def _is_recorded(cursor: duckdb.DuckDBPyConnection, name: str) -> bool:
    return bool(cursor.execute("SELECT 1 FROM events WHERE step = ? LIMIT 1", [name]).fetchall())
