"""What analysts ask for most, by the id of a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.client.boards import Dashboard
    from bos.client.evaluation import Evaluation
    from bos.client.events import Events
    from bos.client.named import Flows


class Asking:
    """Numbers, events and dashboards of flows: short for the same methods of ``wb.flow(id)``, which say more."""

    flow: Flows

    def kpi(
        self,
        flow: str,
        *kpis: str,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        dimensions: Sequence[str] | None = None,
        compare: str | None = None,
        snapshot: int | None = None,
        as_of: datetime | None = None,
    ) -> Evaluation:
        """Compute KPIs of a flow, all when none are named: ``wb.flow(flow).evaluate``."""
        return self.flow(flow).evaluate(
            kpis or None,
            start=start,
            end=end,
            by=by,
            dimensions=dimensions,
            compare=compare,
            snapshot=snapshot,
            as_of=as_of,
        )

    def events(
        self,
        flow: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        steps: Sequence[str] | str | None = None,
        cases: Sequence[str] | str | None = None,
        columns: Sequence[str] | None = None,
        limit: int | None = None,
        snapshot: int | None = None,
    ) -> Events:
        """Return recorded events of a flow in the order of time: ``wb.flow(flow).events``."""
        return self.flow(flow).events(
            start=start, end=end, steps=steps, cases=cases, columns=columns, limit=limit, snapshot=snapshot
        )

    def dashboard(
        self,
        flow: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        split: str = "",
        compare: str = "previous",
    ) -> Dashboard:
        """Build the dashboard of a flow and keep it as a run: ``wb.flow(flow).dashboard``."""
        return self.flow(flow).dashboard(start=start, end=end, by=by, filters=filters, split=split, compare=compare)
