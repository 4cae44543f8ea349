"""Events that no signal of a flow names: recorded, and counted by no KPI."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from bos.actions.definitions import live_definitions
from bos.errors import NotFound
from bos.model.answers.telemetry import Unread
from bos.store.engine import reading
from bos.telemetry.mapping import storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.actions.context import Context

_log = logging.getLogger(__name__)
T = TypeVar("T")


def unread(ctx: Context, flow: str) -> list[Unread]:
    """Return the kinds of event in a flow's newest snapshot that no process signal names, the commonest first.

    Each is spelt as a database takes it: rows of before a NUL was refused may have one.

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
    return [Unread(step=storable(step), events=count) for step, count in rows if step not in named]


def afterwards(ask: Callable[[], T]) -> T | None:
    """Return what ``ask`` tells of an import; since its rows are in the lake, what goes wrong here does not fail it."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 - whatever it is, the import is done
        _log.exception("of an import that is done a part is not told")
        return None
