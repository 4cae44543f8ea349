"""The head of a dashboard lists what has no verdict and what has no value, each once, those of one reason in a line."""

from __future__ import annotations

from datetime import UTC, datetime

from bos.dashboards.page import body_of
from bos.model.answers.dashboards import DashboardRun, DashboardWindow, HiddenPanel, Panel

SILENT = "No data since 14 Feb 2026 12:00: Returned"
ENDED = "Nothing of Returned since 14 Feb 2026 12:00"


def tile(name, words, status="no_data", value=None, shown="No data", **more):
    own = {"summary": "", "owner": "sre", "period": "", "unit": "count", "value": value, "shown": shown}
    return Panel(id=name, kind="kpi", title=name.title(), status=status, status_words=words, **own, **more)


def head_of(panels, hidden=()):
    run = DashboardRun(
        run="r", dashboard="d", dashboard_version=1, flow="f", title="T", template_version=1, snapshot="f@1",
        at=datetime(2026, 3, 1, tzinfo=UTC), author="ana", as_of=datetime(2026, 3, 1, tzinfo=UTC), result_hash="",
        window=DashboardWindow(start=None, end=None, by="week", time_zone="UTC", words="All"),
        status="no_data", status_words="3 without a value", panels=panels, hidden=hidden,
    )  # fmt: skip
    return body_of(run).partition('<div class="bos-banner"')[2].partition("</div>")[0]


def test_both_kinds_are_listed_and_one_silent_signal_is_one_line():
    panels = (
        tile("back", SILENT),
        tile("rate", SILENT),
        tile("cost", "Withheld: in two currencies", status="withheld", shown="Withheld"),
        tile("out", ENDED, value=14, shown="14"),
        tile("sent", "On target", status="ok", value=9, shown="9"),
        tile("none", "No case", status="none", shown="No case"),
    )
    hidden = (HiddenPanel(id="away", kind="kpi", title="Away", shown="No data", status="no_data", status_words=SILENT),)
    head = head_of(panels, hidden)
    assert f'<li><a href="#back">Back</a>, <a href="#rate">Rate</a>: {SILENT}</li>' in head
    assert '<li><a href="#cost">Cost</a>: Withheld: in two currencies</li>' in head
    assert f'<li><a href="#out">Out</a>: 14 · {ENDED}</li>' in head
    assert head.count("<li>") == 4
    assert head.count("Away") == 1
