"""One flow: its telemetry and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.client import dashboards, feedback, reports
from bos.client.behind import Behind
from bos.client.documents import quoted
from bos.client.evaluation import Evaluation
from bos.client.given import moment, names
from bos.client.listing import Listing
from bos.client.named import Kpis
from bos.client.watching import Watch
from bos.model.answers.budgets import ErrorBudget
from bos.model.answers.kpis import KpiPreview, KpiQuery, KpiRow, KpiRun
from bos.model.answers.page import Page
from bos.model.answers.reports import Pack, WeeklyReview

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.client.boards import Dashboard
    from bos.model.answers.dashboards import DashboardRunRow
    from bos.model.answers.feedback import FeedbackAnswer


class Flow(Behind):
    """A flow, by the id of its template. Long work shows a bar; ``progress`` is told instead where it is given."""

    def __repr__(self) -> str:
        """Return what this is and how to see more."""
        return f"<flow {self.id}: .kpis, .evaluate(), .import_events(path), .status()>"

    def _repr_html_(self) -> str:
        return self.kpis._repr_html_()

    @property
    def kpis(self) -> Kpis:
        """The KPIs as they are defined now: ``kpis()`` lists them, ``kpis["id"]`` and ``kpis.id`` are one."""
        return Kpis(self, lambda: self._calls.pages(Page[KpiRow], f"{self._path}/kpis"))

    def evaluate(
        self,
        kpis: Sequence[str] | str | None = None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        dimensions: Sequence[str] | str | None = None,
        compare: str | None = None,
        snapshot: int | None = None,
        as_of: datetime | None = None,
    ) -> Evaluation:
        """Compute KPIs (all when none are named) and keep the result as a run.

        The window is ``[start, end)`` (aware); ``end`` alone asks for the value at that moment. ``by`` is ``hour``,
        ``day``, ``week``, ``month`` or ``quarter`` of the flow's time zone. ``compare`` holds each value against
        ``previous``, the period or bucket before, or so much earlier, such as ``4 weeks`` or ``1 year``.
        """
        body = {
            "kpis": None if kpis is None else names("kpis", kpis),
            "start": moment("start", start),
            "end": moment("end", end),
            "by": by,
            "dimensions": None if dimensions is None else names("dimensions", dimensions),
            "compare": compare,
            "snapshot": snapshot,
            "as_of": moment("as_of", as_of),
        }
        return Evaluation(self._calls.ask(KpiRun, "POST", f"{self._path}/runs", json=body))

    @property
    def watch(self) -> Watch:
        """The KPIs that are looked at regularly: how they stand, who looks after them, who hears of changes."""
        return Watch(self._calls, self.id)

    def budgets(self, *, at: datetime | None = None) -> Listing[ErrorBudget]:
        """Return the error budgets: what is used up, how fast they burn, how long they last.

        ``at`` (aware) is the first instant not looked at; by default just after the clock of the log.
        """
        params = {"at": moment("at", at)} if at else None
        return Listing(self._calls.ask(Page[ErrorBudget], "GET", f"{self._path}/budgets", params=params).items)

    def query(
        self,
        kpi: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        dimensions: Sequence[str] = (),
        language: str = "duckdb",
    ) -> KpiQuery:
        """Return the SQL that computes a KPI, and its formula; or its query in ``spl``, ``promql`` or ``adql``."""
        params = {
            "language": None if language == "duckdb" else language,
            "start": moment("start", start),
            "end": moment("end", end),
            "by": by,
            "dimensions": names("dimensions", dimensions),
        }
        return self._calls.ask(KpiQuery, "GET", f"{self._path}/kpis/{quoted(kpi)}/query", params=params)

    def preview(self, document: Mapping[str, Any], kpi: str, *, by: str | None = "week") -> KpiPreview:
        """Return what a KPI comes to as an unfinished template (``document``) defines it; nothing is kept."""
        body = {"document": dict(document), "kpi": kpi, "by": by}
        return self._calls.ask(KpiPreview, "POST", f"{self._path}/preview", json=body)

    def runs(self) -> Iterator[KpiRun]:
        """Yield the runs, newest first."""
        return self._calls.pages(Page[KpiRun], f"{self._path}/runs")

    def dashboard(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        filters: Mapping[str, Sequence[str | None]] | None = None,
        split: str = "",
        compare: str = "previous",
    ) -> Dashboard:
        """Build the dashboard and keep it as a run.

        ``filters`` name dimensions of KPIs and the values that count, ``None`` for what is not recorded. ``split`` is
        a dimension by whose values the KPIs that declare it are shown, too.

        The window is ``[start, end)`` (aware); without it, that of the definition, else all that was recorded. KPIs are
        held against the ``previous`` period, or so much earlier, such as ``1 year``. ``.df`` is a row a tile.
        """
        return dashboards.build(
            self._calls, self.id, start=start, end=end, by=by, filters=filters, split=split, compare=compare
        )

    def dashboard_runs(self) -> Iterator[DashboardRunRow]:
        """Yield the runs of the dashboard, newest first."""
        return dashboards.runs(self._calls, self.id)

    def feedback(self, *, status: str | None = None) -> Listing[FeedbackAnswer]:
        """Return what people said about the flow, newest first; ``status`` is open, planned, done or declined."""
        return feedback.listed(self._calls, self.id, status)

    def give_feedback(
        self,
        text: str,
        *,
        type: str = "question",  # noqa: A002 - the name of the field
        panel: str = "",
        run: str = "",
        template_version: int | None = None,
        key: str | None = None,
    ) -> FeedbackAnswer:
        """Say something about the flow, or a panel of its dashboard; the same ``key`` keeps it once.

        ``type`` is question, problem, idea or praise; ``run`` a run of the dashboard.
        """
        body = {"text": text, "type": type, "panel": panel, "run": run, "template_version": template_version}
        return feedback.give(self._calls, self.id, body, key=key)

    def weekly_review(self, week: str) -> WeeklyReview:
        """Return the data of the weekly review of an ISO week, such as ``2026-W10``; nothing is kept."""
        return reports.review(self._calls, self.id, week)

    def packs(self) -> Listing[Pack]:
        """Return the reports that were archived for this flow, newest first."""
        return reports.packs(self._calls, self.id)

    def report(self, name: str = "weekly", *, period: str | None = None) -> Pack:
        """Make a report and archive it: ``weekly`` of a week (the last that is over), or ``dashboard``."""
        return self._result(Pack, reports.start(self._calls, self.id, name, period), None, f"Report of {self.id}")
