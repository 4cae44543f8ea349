"""What is behind the numbers of a flow: cases, their events, broken rules, and why a number changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.client.documents import quoted
from bos.client.explained import Broken, Cases, Explained
from bos.client.given import filters_of, moment, names
from bos.client.moved import MovedKpi
from bos.client.objectives import Objectives
from bos.model.answers.cases import CaseEvents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class Behind(Objectives):
    """A flow whose numbers lead to what is behind them."""

    def cases(
        self,
        kpi: str,
        part: str = "counted",
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        filters: Mapping[str, Sequence[str | None]] | None = None,
        limit: int = 100,
    ) -> Cases:
        """Return the events or cases behind a KPI, the telling ones first, and how many there are in all.

        ``part`` is ``counted``, ``out_of`` (the other side of a ratio or a gap) or ``failed``. Raises Forbidden: you
        may not read single rows; UsageError: the KPI has no such cases. ``.df`` is a row a case.
        """
        params = {
            "part": part,
            "start": moment("start", start),
            "end": moment("end", end),
            **_narrowed(filters),
            "limit": limit,
        }
        return self._calls.ask(Cases, "GET", f"{self._path}/kpis/{quoted(kpi)}/cases", params=params)

    def case(self, kpi: str, case: str, *, limit: int = 1000, snapshot: int | None = None) -> CaseEvents:
        """Return the events of one case behind a KPI, in the order of time, by the titles of its signals and steps.

        ``snapshot`` is a version of the lake. Raises Forbidden: you may not read single rows; NotFound: there is no
        such case. As a table they are ``wb.flow(…).events(cases=…)``.
        """
        params = {"case": case, "limit": limit, "snapshot": snapshot}
        return self._calls.ask(CaseEvents, "GET", f"{self._path}/kpis/{quoted(kpi)}/cases/events", params=params)

    def broken(
        self,
        kpis: Sequence[str] | None = None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        snapshot: int | None = None,
        as_of: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Broken:
        """Return the cases that break the rules of KPIs, or of all KPIs, with the events that prove it.

        ``limit`` is how many are listed of each rule, the newest first; ``cursor`` is ``next`` of the page before.
        ``snapshot`` is a version of the lake, ``as_of`` takes the definitions of that moment. Raises Forbidden: you may
        not read single rows; UsageError: a KPI that is named has no rule. ``.df`` is a row a case.
        """
        params = {
            "kpi": names("kpis", kpis),
            "start": moment("start", start),
            "end": moment("end", end),
            "snapshot": snapshot,
            "as_of": moment("as_of", as_of),
            "cursor": cursor,
            "limit": limit,
        }
        return self._calls.ask(Broken, "GET", f"{self._path}/breaches", params=params)

    def explain(
        self,
        kpi: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        compare: str = "previous",
        dimension: str | None = None,
        run: str | None = None,
        filters: Mapping[str, Sequence[str | None]] | None = None,
    ) -> Explained:
        """Return why a KPI changed from an earlier period to ``[start, end)`` (aware), as parts that sum to the change.

        The earlier period is the ``previous`` one, or so much earlier (``1 year``), or the window of a ``run``, with
        the value it kept. ``dimension``: the first that the KPI declares where it is left out, none where it is empty.
        ``filters`` are fields and the values that count, ``None`` for what is not recorded, as of a dashboard.
        ``.df`` is a row a part. Raises NotExpressible: the KPI is no sum over parts.
        """
        params = {**_periods(start, end, compare, dimension), "run": run, **_narrowed(filters)}
        return self._calls.ask(Explained, "GET", f"{self._path}/kpis/{quoted(kpi)}/explanation", params=params)

    def movement(
        self,
        kpi: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        compare: str = "previous",
        dimension: str | None = None,
        filters: Mapping[str, Sequence[str | None]] | None = None,
    ) -> MovedKpi:
        """Return how a KPI moved that is no sum, such as a percentile: then and now, as a whole and by parts.

        Options are those of :meth:`explain`. ``.df`` is a row a part, what moved farthest first; they do not sum up.
        """
        params = {**_periods(start, end, compare, dimension), **_narrowed(filters)}
        return self._calls.ask(MovedKpi, "GET", f"{self._path}/kpis/{quoted(kpi)}/movement", params=params)


def _periods(start: datetime | None, end: datetime | None, compare: str, dimension: str | None) -> dict[str, Any]:
    return {
        "start": moment("start", start),
        "end": moment("end", end),
        "compare": compare,
        "dimension": dimension,
    }


def _narrowed(filters: Mapping[str, Sequence[str | None]] | None) -> dict[str, tuple[str, ...]]:
    """Return filters as parameters of a request."""
    kept = [(name, value) for name, values in filters_of(filters).items() for value in values]
    return {
        "filter": tuple(f"{name}={value}" for name, value in kept if value is not None),
        "missing": tuple(name for name, value in kept if value is None),
    }
