"""The page of calendars without a browser, against the real API."""

from __future__ import annotations

import pytest

from widgets.calendars import Calendars
from widgets.calendars.form import CalendarForm
from widgets.calendars.messages import TEXT

GOOD = {"title": "Desk", "time_zone": "Europe/Amsterdam", "opens": "09:00", "closes": "17:30", "why": "New."}


def typed(change, days=("monday",)):
    return CalendarForm(None, values=GOOD | change, days=list(days))


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", TEXT["name_missing"]),
        ({"time_zone": "Mars/Olympus"}, "time_zone", TEXT["zone_wrong"]),
        ({"time_zone": "../etc"}, "time_zone", TEXT["zone_wrong"]),
        ({"time_zone": "localtime"}, "time_zone", TEXT["zone_wrong"]),
        ({"time_zone": "posix/Europe/Paris"}, "time_zone", TEXT["zone_wrong"]),
        ({"opens": "9"}, "opens", TEXT["hour_wrong"]),
        ({"closes": "24:00"}, "closes", TEXT["hour_wrong"]),
        ({"closes": "09:00"}, "closes", TEXT["closes_wrong"]),
        ({"cut_off": "18:00"}, "cut_off", TEXT["cut_off_wrong"]),
        ({"holidays": "2026-12-25\n2026-02-30"}, "holidays", "“2026-02-30” is not a day; write 2026-12-25, one a line"),
        ({"why": ""}, "why", TEXT["why_missing"]),
    ],
)
def test_what_cannot_be_is_told_at_its_field(change, field, words):
    form = typed(change)
    assert not form.check()
    assert form.errors == {field: words}


def test_a_calendar_without_working_days_is_refused():
    form = typed({}, days=())
    assert not form.check()
    assert form.errors == {"days": TEXT["days_missing"]}


@pytest.fixture
def page(wb):
    return Calendars(wb)


def act(page, action, value=""):
    page._receive({"type": "action", "action": action, "value": value})
    return page.surface.view


def put(page, **values):
    for rev, (name, value) in enumerate(values.items(), start=1):
        page._receive({"type": "field", "field": f"{page.state.form.prefix}{name}", "value": value, "rev": rev})


def test_holidays_of_a_market_are_added_and_saved(page, wb):
    act(page, "new")
    put(
        page,
        **GOOD,
        days=["friday", "monday", "noday"],
        holidays="2026-12-24",
        source="XECB",
        first="2026",
        last="2026",
    )
    act(page, "fill")
    assert page.surface.view["status"] == "Added 6 days to the list below. Look at them, then save."
    assert page.state.form.added[:2] == ("Thu 01 Jan 2026: New Year's Day", "Fri 03 Apr 2026: Good Friday")
    assert page.state.form.lines("holidays") == [
        "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-24", "2026-12-25", "2026-12-26",
    ]  # fmt: skip
    act(page, "fill")
    assert page.surface.view["status"] == TEXT["added_none"]
    act(page, "save")
    assert page.state.told[0] == "Saved: version 1 of Desk."
    clock = wb.calendars.get("desk").document["clock"]
    assert (clock["working_days"], clock["closes"], clock["cut_off"]) == (["monday", "friday"], "17:30:00", None)
    rows = page.surface.view["body"][0]["children"][0]["rows"]
    words = next(row["words"] for row in rows if row["title"] == "Desk")
    assert words.startswith("Mon, Fri, 09:00 to 17:30 Europe/Amsterdam; 7 holidays, the last on 26 Dec 2026.")


def test_a_region_is_read_however_it_is_written_and_only_where_there_are_regions(page):
    act(page, "new")
    put(page, source="DE", part="augsburg", first="2026", last="2026")
    act(page, "fill")
    assert "2026-08-08" in page.state.form.lines("holidays")
    put(page, source="XFED")
    act(page, "fill")
    assert page.state.wrong == ""
    assert "2026-11-26" in page.state.form.lines("holidays")


@pytest.mark.parametrize(
    ("typed_", "errors", "wrong"),
    [
        ({"source": "", "first": "x", "last": "2026"}, {"source": "source_missing", "first": "year_wrong"}, ""),
        ({"source": "XFED", "first": "2027", "last": "2026"}, {}, "The years 2027 to 2026 cannot be looked up."),
        ({"source": "DE", "part": "zz", "first": "2026", "last": "2026"}, {}, "BOS knows no holidays of 'DE-zz'."),
    ],
)
def test_holidays_that_cannot_be_looked_up_change_nothing(page, typed_, errors, wrong):
    act(page, "change", "bank-us")
    before = page.state.form.lines("holidays")
    put(page, **typed_)
    act(page, "fill")
    assert page.state.form.errors == {name: TEXT[words] for name, words in errors.items()}
    assert wrong in page.state.wrong
    assert page.state.form.lines("holidays") == before


def test_a_calendar_that_a_flow_counts_by_says_so_and_what_was_not_changed_stays(page, wb):
    act(page, "change", "bank-us")
    assert "1 flow counts by this calendar" in str(page.surface.view["body"][0])
    before = wb.calendars.get("bank-us").document
    put(page, why="Nothing.")
    act(page, "save")
    assert page.state.form.errors == {"why": TEXT["unchanged"]}
    put(page, cut_off="16:30")
    act(page, "save")
    after = wb.calendars.get("bank-us").document
    assert after == {**before, "clock": {**before["clock"], "cut_off": "16:30:00"}}
