"""Dashboards: built, listed, and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.client.boards import Dashboard
from bos.client.documents import quoted
from bos.client.given import filters_of, moment, run_of
from bos.client.jobs import wait
from bos.model.answers.connections import PlacedDashboard
from bos.model.answers.dashboards import DashboardRunRow
from bos.model.answers.jobs import Job
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.client.transport import Calls


def build(
    calls: Calls,
    flow: str,
    *,
    start: datetime | None,
    end: datetime | None,
    by: str | None,
    filters: Mapping[str, Sequence[str | None]] | None,
    split: str,
    compare: str,
) -> Dashboard:
    """Return a new run of a flow's dashboard."""
    body = {
        "start": moment("start", start),
        "end": moment("end", end),
        "by": by,
        "filters": filters_of(filters) or None,
        "split": split,
        "compare": compare,
    }
    return calls.ask(Dashboard, "POST", f"/api/v1/flows/{quoted(flow)}/dashboard", json=body)


def runs(calls: Calls, flow: str) -> Iterator[DashboardRunRow]:
    """Yield the dashboard runs of a flow, newest first."""
    return calls.pages(Page[DashboardRunRow], f"/api/v1/flows/{quoted(flow)}/dashboard-runs")


def run(calls: Calls, name: str) -> Dashboard:
    """Return a run as it was kept."""
    return calls.ask(Dashboard, "GET", f"/api/v1/dashboard-runs/{run_of(name)}")


def html(calls: Calls, name: str, part: str) -> str:
    """Return a run as one HTML file, or what stands in it."""
    return calls.send("GET", f"/api/v1/dashboard-runs/{run_of(name)}/html", params={"part": part}).decode("utf-8")


def place(
    calls: Calls, name: str, connection: str, *, overwrite: bool, progress: Callable[[Job], None] | None
) -> PlacedDashboard:
    """Put a run into the system of a connection, and wait until it is there."""
    body = {"connection": connection, "overwrite": overwrite}
    job = calls.ask(Job, "POST", f"/api/v1/dashboard-runs/{run_of(name)}/placements", json=body)
    return PlacedDashboard.model_validate(wait(calls, job, progress, f"Publishing to {connection}").result)
