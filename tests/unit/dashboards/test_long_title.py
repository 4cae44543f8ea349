"""A title that is one long word, as a name of a system may be, leaves a page as wide as its window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bos.dashboards import figures
from bos.dashboards.page import page_of
from bos.model.answers.dashboards import DashboardRun, DashboardWindow, HiddenPanel, Panel

AT = datetime(2026, 3, 1, tzinfo=UTC)
LONG = "N_" + "received_and_posted" * 10


def panel(kind, name, **more):
    own = {"summary": f"Of {LONG}.", "owner": "sre", "period": "", "unit": "count", "value": 3, "shown": "3"}
    return Panel(id=name, kind=kind, title=LONG, **{**own, **more})


def trend():
    points = [(AT - timedelta(weeks=week), week) for week in range(6, 0, -1)]
    figure = figures.over_time(points, name=LONG, unit="count", lines={}, title=LONG, part={})
    rows = tuple((moment.isoformat(), value, 10) for moment, value in points)
    return panel("trend", "trend.n", figure=figure, columns=("Week from", LONG, "Rests on"), rows=rows)


def made():
    """Return the page of a run all titles of which are one long word, or words of it."""
    silent = f"No data since 14 Feb 2026 12:00: {LONG}"
    panels = (
        panel("kpi", "n", status="breach", status_words="Breach: above 2"),
        panel("kpi", "away", status="no_data", status_words=silent, value=None, shown="No data"),
        trend(),
    )
    hidden = (HiddenPanel(id="x", kind="kpi", title=LONG, shown="No data", status="no_data", status_words=silent),)
    return page_of(
        DashboardRun(
            run="r", dashboard="d", dashboard_version=1, flow="f", title=LONG, template_version=1, snapshot="f@1",
            at=AT, author="ana", as_of=AT, result_hash="", status="breach", status_words="1 in breach",
            window=DashboardWindow(start=None, end=None, by="week", time_zone="UTC", words="All"),
            panels=panels, hidden=hidden, attention=("n", "x"),
        )
    )  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
def test_a_long_title_without_a_blank_breaks_and_leaves_nothing_off_the_window(chromium, width):
    shown = chromium.new_page(viewport={"width": width, "height": 900})
    shown.set_content(made())
    over = shown.evaluate(
        """width => [...document.querySelectorAll("body *")]
            .filter(one => !one.closest("svg, .bos-table-box") && one.getBoundingClientRect().right > width + 1)
            .map(one => one.className || one.tagName)""",
        width,
    )
    assert (shown.evaluate("document.documentElement.scrollWidth"), over) == (width, [])
    shown.close()
