"""What was told before: values that earlier runs kept of the KPIs, the period and the filters of a dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bos.actions import dashboards
from bos.actions.evaluation import exact, plain
from bos.model.answers.kpis import Published
from bos.model.answers.page import Page
from bos.store import kpis as stored
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor


def published(ctx: Context, actor: Actor, name: str) -> Page[Published]:
    """Return of each KPI of a dashboard run the value that was told first, where the run has another one.

    It was told by the first run of the same period and filters that was made once the period was over: a run of the
    dashboard or, without filters, of KPIs without buckets and dimensions. A period without an end is never over.

    Raises:
        NotFound: there is no such run.
    """
    run = dashboards.run(ctx, actor, name)
    window = run.window
    if window.end is None:
        return Page(items=())
    with reading(ctx.engine) as connection:
        asked: dict[str, Any] = {"start": window.start, "end": window.end, "before": run.at}
        boards = stored.told_by_dashboards(connection, run.flow, filters=run.filters, **asked)
        alone = [] if run.filters else stored.told_by_kpis(connection, run.flow, **asked)
    first: dict[str, Published] = {}
    for one in sorted((*_told(boards, "dashboard"), *_told(alone, "kpi")), key=lambda one: (one.at, one.run)):
        first.setdefault(one.kpi, one)
    now = {panel.id: panel.value for panel in run.panels if panel.kind == "kpi" and panel.value is not None}
    pairs = ((first[kpi], exact(first[kpi].value), exact(value)) for kpi, value in now.items() if kpi in first)
    return Page(
        items=tuple(
            one.model_copy(update={"now": now[one.kpi], "difference": plain(new - old)})
            for one, old, new in pairs
            if old is not None and new is not None and old != new
        )
    )


def _told(rows: list[Row[Any]], kind: Literal["kpi", "dashboard"]) -> Iterator[Published]:
    """Yield the values that runs kept, those that are numbers."""
    name = "kpi" if kind == "kpi" else "id"
    for row in rows:
        for one in row.told:
            if one["value"] is not None:
                yield Published(kpi=one[name], unit=one["unit"], value=one["value"], run=row.run, kind=kind, at=row.at)
