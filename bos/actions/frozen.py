"""Frozen runs by their names, whatever they are of: KPIs or a dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions import dashboards, kpis
from bos.errors import NotFound
from bos.store import kpis as stored
from bos.store.engine import reading

if TYPE_CHECKING:
    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.model.answers.dashboards import DashboardRun
    from bos.model.answers.kpis import KpiRun


def frozen(ctx: Context, actor: Actor, name: str) -> KpiRun | DashboardRun:
    """Return a run of KPIs or of a dashboard exactly as it was kept, to whoever may see it.

    Raises:
        NotFound: there is no such run.
    """
    with reading(ctx.engine) as connection:
        known = "\x00" not in name
        kpi = stored.find(connection, name) if known else None
        dashboard = stored.find(connection, name, kind=dashboards.KIND) if known and kpi is None else None
    if kpi is not None:
        return kpis.run(ctx, actor, name)
    if dashboard is not None:
        return dashboards.run(ctx, actor, name)
    raise NotFound(f"There is no run {name!r}.", where=name, hint="`bos kpi runs FLOW` lists the runs of a flow.")
