"""Events that no signal of a flow names: recorded, and counted by no KPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.definitions import live_definitions
from bos.errors import NotFound
from bos.model.answers.telemetry import Unread
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context


def unread(ctx: Context, flow: str) -> list[Unread]:
    """Return the kinds of event in a flow's newest snapshot that no process signal names, the commonest first.

    Raises:
        Unavailable: the lake cannot be read.
    """
    from bos.kpi.connection import opened  # noqa: PLC0415 - DuckDB loads where something is computed

    snapshot = ctx.lake.snapshot(flow)
    if snapshot.last is None:
        return []
    try:
        with reading(ctx.engine) as connection:
            signals = live_definitions(connection, flow).bound()
    except NotFound:
        return []
    named = {signal.event for signal in signals.values() if signal.bound}
    with opened(snapshot, memory_limit=ctx.settings.memory_limit) as cursor:
        rows = cursor.execute("SELECT step, count(*) FROM events GROUP BY step ORDER BY 2 DESC, 1").fetchall()
    return [Unread(step=step, events=count) for step, count in rows if step not in named]
