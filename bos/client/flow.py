"""One flow: its telemetry and its numbers."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from bos.client import dashboards, events, feedback, reports
from bos.client.documents import quoted
from bos.client.evaluation import Evaluation
from bos.client.jobs import wait
from bos.client.listing import Listing, html_table
from bos.errors import InputError
from bos.model.answers.jobs import Job
from bos.model.answers.kpis import KpiQuery, KpiRow, KpiRun
from bos.model.answers.page import Page
from bos.model.answers.reports import Pack, WeeklyReview
from bos.model.answers.telemetry import Imported, Kept, TelemetryStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from bos.client.transport import Calls
    from bos.model.answers.dashboards import DashboardRun, DashboardRunRow
    from bos.model.answers.feedback import FeedbackAnswer

R = TypeVar("R", bound=BaseModel)
CHUNK = 1024 * 1024


class Flow:
    """A flow, by the id of its template. Long work shows a bar; ``progress`` is told instead where it is given."""

    def __init__(self, calls: Calls, id: str) -> None:  # noqa: A002 - the word everywhere
        self.id = id
        self._calls = calls
        self._path = f"/api/v1/flows/{quoted(id)}"

    def __repr__(self) -> str:
        """Return what this is and how to see more."""
        return f"<flow {self.id}: .kpis(), .evaluate(), .import_events(path), .status()>"

    def _repr_html_(self) -> str:
        return html_table(self.kpis(), caption=f"KPIs of {self.id}")

    def kpis(self) -> Listing[KpiRow]:
        """Return the KPIs as they are defined now."""
        return Listing(self._calls.pages(Page[KpiRow], f"{self._path}/kpis"))

    def evaluate(
        self,
        kpis: Sequence[str] | None = None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        dimensions: Sequence[str] | None = None,
        snapshot: int | None = None,
        as_of: datetime | None = None,
    ) -> Evaluation:
        """Compute KPIs (all when none are named) and keep the result as a run.

        The window is ``[start, end)`` (aware); ``end`` alone asks for the value at that moment. ``by`` is ``hour``,
        ``day``, ``week``, ``month`` or ``quarter`` of the flow's time zone.
        """
        body = {
            "kpis": None if kpis is None else list(kpis),
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "by": by,
            "dimensions": None if dimensions is None else list(dimensions),
            "snapshot": snapshot,
            "as_of": as_of and as_of.isoformat(),
        }
        return Evaluation(self._calls.ask(KpiRun, "POST", f"{self._path}/runs", json=body))

    def query(
        self,
        kpi: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        dimensions: Sequence[str] = (),
    ) -> KpiQuery:
        """Return the SQL that computes a KPI, and its formula."""
        params = {
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "by": by,
            "dimensions": tuple(dimensions),
        }
        return self._calls.ask(KpiQuery, "GET", f"{self._path}/kpis/{quoted(kpi)}/query", params=params)

    def runs(self) -> Iterator[KpiRun]:
        """Yield the runs, newest first."""
        return self._calls.pages(Page[KpiRun], f"{self._path}/runs")

    def dashboard(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        by: str | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> DashboardRun:
        """Build the dashboard and keep it as a run; ``filters`` name dimensions of KPIs and the values that count.

        The window is ``[start, end)`` (aware); without it, that of the definition, else all that was recorded.
        """
        return dashboards.build(self._calls, self.id, start=start, end=end, by=by, filters=filters)

    def dashboard_runs(self) -> Iterator[DashboardRunRow]:
        """Yield the runs of the dashboard, newest first."""
        return dashboards.runs(self._calls, self.id)

    def import_events(
        self,
        path: Path | str,
        *,
        map: Mapping[str, str] | None = None,  # noqa: A002 - the option's name everywhere
        format: str | None = None,  # noqa: A002 - as above
        time_zone: str | None = None,
        currency: str | None = None,
        generated: bool = False,
        progress: Callable[[Job], None] | None = None,
    ) -> Imported:
        """Add the events of a file (XES, CSV, Parquet); what is not said is taken from the template.

        Raises:
            InputError: the file cannot be read, or no row of it can be taken. Nothing was added.
        """
        job = self.start_import(
            path, map=map, format=format, time_zone=time_zone, currency=currency, generated=generated
        )
        return self._result(Imported, job, progress, f"Importing {Path(path).name}")

    def import_metrics(
        self,
        path: Path | str,
        *,
        map: Mapping[str, str] | None = None,  # noqa: A002 - as above
        signal: str | None = None,
        time_zone: str | None = None,
        generated: bool = False,
        progress: Callable[[Job], None] | None = None,
    ) -> Imported:
        """Add the metric points of a CSV file; ``signal`` names the one signal of a file that has no such column."""
        job = self.start_import(path, what="metrics", map=map, signal=signal, time_zone=time_zone, generated=generated)
        return self._result(Imported, job, progress, f"Importing {Path(path).name}")

    def events(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        steps: Sequence[str] | str | None = None,
        limit: int | None = None,
        snapshot: int | None = None,
    ) -> pd.DataFrame:
        """Return recorded events in the order of time: times aware (UTC), amounts ``Decimal``, attributes a dict each.

        The window is ``[start, end)`` (aware). ``steps`` are ids of steps or process signals, or recorded names.
        ``snapshot`` is a version of the lake. ``.attrs`` says ``flow``, ``snapshot`` and ``generated``.
        """
        params = {
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "steps": [steps] if isinstance(steps, str) else steps and list(steps),
            "limit": limit,
            "snapshot": snapshot,
        }
        return events.frame(self._calls, f"{self._path}/events", params)

    def start_import(
        self,
        path: Path | str,
        *,
        what: str = "events",
        map: Mapping[str, str] | None = None,  # noqa: A002 - as above
        format: str | None = None,  # noqa: A002 - as above
        time_zone: str | None = None,
        currency: str | None = None,
        signal: str | None = None,
        generated: bool = False,
    ) -> Job:
        """Send a file and return the job that imports it."""
        import json  # noqa: PLC0415 - beside its one use

        source = Path(path)
        if not source.is_file():
            what = "It is no file that can be read." if source.exists() else "There is no such file."
            raise InputError(what, where=str(path), hint="Check the path.")
        params = {
            "name": source.name,
            "what": what,
            "map": json.dumps(dict(map)) if map else None,
            "format": format,
            "time_zone": time_zone,
            "currency": currency,
            "signal": signal,
            "generated": generated or None,
        }
        headers = {"Idempotency-Key": uuid.uuid4().hex, "Content-Type": "application/octet-stream"}
        return self._calls.ask(
            Job, "POST", f"{self._path}/imports", params=params, headers=headers, upload=lambda: _chunks(source)
        )

    def rejects(self, batch: str) -> Iterator[bytes]:
        """Yield the CSV file of the rows an import did not take."""
        return self._calls.stream(f"{self._path}/imports/{quoted(batch)}/rejects")

    def status(self) -> TelemetryStatus:
        """Return what the lake holds for this flow."""
        return self._calls.ask(TelemetryStatus, "GET", f"{self._path}/telemetry")

    def compact(self, *, progress: Callable[[Job], None] | None = None) -> Kept:
        """Join the small files of the flow's events; no row changes."""
        job = self._calls.ask(Job, "POST", f"{self._path}/compactions")
        return self._result(Kept, job, progress, f"Compacting {self.id}")

    def retain(self, before: datetime, *, rationale: str, progress: Callable[[Job], None] | None = None) -> Kept:
        """Leave events before a moment (aware) out of the newest snapshot."""
        body = {"before": before.isoformat(), "rationale": rationale}
        job = self._calls.ask(Job, "POST", f"{self._path}/retentions", json=body)
        return self._result(Kept, job, progress, f"Retaining {self.id}")

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

    def _result(self, answer: type[R], job: Job, progress: Any, title: str) -> R:
        return answer.model_validate(wait(self._calls, job, progress, title).result)


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise InputError(f"The file cannot be read: {error.strerror}.", where=path.name) from error
