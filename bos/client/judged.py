"""How the KPIs of a flow behave, and what thresholds of them would have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.documents import quoted
from bos.client.given import moment, number
from bos.client.telemetry import Telemetry
from bos.model.answers.backtests import BackTest
from bos.model.answers.behaviour import KpiBehaviour

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.model.incidents import Incident


class Judged(Telemetry):
    """A flow whose KPIs are judged by their own past."""

    def behaviour(
        self,
        kpi: str,
        *,
        by: str = "week",
        start: datetime | None = None,
        end: datetime | None = None,
        baseline: tuple[datetime, datetime] | None = None,
    ) -> KpiBehaviour:
        """Return the process behaviour chart (XmR) of a KPI over ``[start, end)`` (aware): limits, exceptional points.

        The limits come of all points, or of those in ``baseline`` (its start, and its end).
        """
        first, last = baseline or (None, None)
        moments = {"start": start, "end": end, "baseline_start": first, "baseline_end": last}
        params = {"by": by, **{name: moment(name, value) for name, value in moments.items()}}
        return self._calls.ask(KpiBehaviour, "GET", f"{self._path}/kpis/{quoted(kpi)}/behaviour", params=params)

    def backtest(
        self,
        kpi: str,
        *,
        breach: Sequence[float] = (),
        warning: Sequence[float] = (),
        direction: str | None = None,
        by: str = "day",
        hold: int = 1,
        start: datetime | None = None,
        end: datetime | None = None,
        incidents: Sequence[Incident] = (),
    ) -> BackTest:
        """Return what thresholds of a KPI would have done over ``[start, end)`` (aware), beside its current ones.

        ``breach`` and ``warning`` are the values to try, ``direction`` their side (``at_most``, ``at_least``) where
        not the KPI's own; ``hold`` buckets in a row must lie beyond. ``incidents`` are labelled windows, as
        ``bos.model.incidents.read_incidents`` reads them from a file.
        """
        levels = [*(("breach", one) for one in breach), *(("warning", one) for one in warning)]
        body = {
            "thresholds": [{"level": level, "value": number(level, value)} for level, value in levels],
            "direction": direction,
            "by": by,
            "hold": hold,
            "start": moment("start", start),
            "end": moment("end", end),
            "incidents": [one.model_dump(mode="json") for one in incidents],
        }
        return self._calls.ask(BackTest, "POST", f"{self._path}/kpis/{quoted(kpi)}/backtest", json=body)
