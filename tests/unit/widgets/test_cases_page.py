"""The page of cases says how late a case is on the clock that counts, and has no column of nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from bos.model.answers.cases import CaseList, CaseRow, Evidence
from widgets.cases.app import CasesPage
from widgets.cases.view import State, view

WHY = "“Received” on 9 January 2026 at 05:00; no “Posted” by the end of 12 January 2026."


def told(**found):
    row = found.pop("row")
    listed = CaseList(flow="f", kpi="k", part="failed", time_zone="UTC", total=1, items=(row,), snapshot="f@1", **found)
    return json.dumps(view(State(flow="f", kpi="k", found=listed)), ensure_ascii=False)


def row(**what):
    return CaseRow(case="1", at=datetime(2026, 1, 9, 5, tzinfo=UTC), late=2_779_772.0, **what)


def test_lateness_in_working_time_is_told_in_hours_after_a_whole_sentence():
    why = Evidence(rule="followed_by", events=(), words=WHY)
    page = told(row=row(note="breaks", evidence=why), late_unit="business seconds")
    assert f"{WHY} Late by 772 h 10 min working time." in page
    assert "Cost" not in page
    assert "days" not in page


def test_lateness_on_the_wall_is_told_after_a_word():
    page = told(row=row(note="dropped", shown="USD 4.50"), late_unit="seconds", values="cost", unit="USD")
    assert "Dropped, late by 32 d 4 h" in page
    assert "Cost" in page


def test_days_of_the_address_are_a_window_in_the_time_zone_of_the_kpi():
    asked, document = [], {
        "title": "Flow",
        "time_zone": "UTC",
        "outcomes": [{"id": "k", "title": "K", "measure": {"time_zone": "Europe/Paris"}}],
    }  # fmt: skip

    def cases(kpi, part, **how):
        asked.append((kpi, part, how["start"], how["end"]))
        return CaseList(flow="f", kpi=kpi, part=part, time_zone="UTC", total=0, items=(), snapshot="f@1")

    wb = SimpleNamespace(
        session=lambda: None,
        templates=SimpleNamespace(get=lambda _: SimpleNamespace(document=document)),
        flow=lambda _: SimpleNamespace(cases=cases),
    )
    CasesPage(wb, {"flow": ["f"], "kpi": ["k"], "part": ["counted"], "from": ["2026-03-28"], "to": ["2026-03-29"]})
    paris = ZoneInfo("Europe/Paris")
    assert asked == [("k", "counted", datetime(2026, 3, 28, tzinfo=paris), datetime(2026, 3, 30, tzinfo=paris))]
    page = CasesPage(wb, {"flow": ["f"], "kpi": ["k"], "from": ["yesterday"]})
    assert len(asked) == 1
    assert "is no day" in json.dumps(page.surface.view)
