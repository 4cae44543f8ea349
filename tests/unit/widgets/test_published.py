"""The page of published numbers, as data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bos.model.answers.kpis import KpiRun, KpiValue, Restated, RestatedValue, RunDifference
from bos.model.answers.people import SessionAnswer
from widgets.published.runs import Again, Frozen, of_kpis, told_by_kpis
from widgets.published.values import bucket, span
from widgets.published.view import State, view

AT = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
HASH = "0123456789abcdef" * 4
HOSTILE = "<script>alert(1)</script>"


def run(*values, **options):
    return KpiRun(
        run="r1", flow="f", at=AT, author="ana", template_version=3, snapshot="f@2", engine="duckdb 2.0.0",
        options=options, values=values, result_hash=HASH,
    )  # fmt: skip


def session(*may):
    return SessionAnswer(
        person="ana", display="Ana", roles=(), may=may, signed_in="ana", acting_as=None, demo=False, sample_people=(),
        expires_at=AT,
    )  # fmt: skip


def shown(made, *items, **more):
    told = told_by_kpis(made, "Europe/Paris")
    found = Restated(
        run="r1", flow="f", then_snapshot="f@2", now_snapshot="f@5", template_version=3, live_version=4,
        compared=len(made.values), items=items,
    )  # fmt: skip
    given = {"found": found, "session": session("kpi.evaluate"), "runs": (of_kpis(made),), **more}
    return view(State("f", "Flow", "Europe/Paris", {"k": "Kept", "a": "Amount"}, told=told, **given))


def tables(page):
    boxes = [one for part in page["body"] for one in part.get("children", ())]
    return [one for one in boxes if one.get("t") == "table"]


def text(cell):
    return cell["text"] if isinstance(cell, dict) else cell


VALUES = (KpiValue(kpi="a", value=58, unit="USD", n=3), KpiValue(kpi="k", value=0.5, unit="ratio", n=4))
LATE = RestatedValue(
    kpi="k", unit="ratio", then=0.5, then_n=4, now=0.6, now_n=5, difference=0.1, live=0.6,
    words=("Arrived since: 1 Returned.",),
)  # fmt: skip


def test_what_was_told_stands_beside_what_it_is_now_with_the_cause_the_restated_first():
    page = shown(run(*VALUES), LATE)
    (values, runs) = tables(page)
    assert [[text(cell) for cell in row] for row in values["rows"]] == [
        ["Kept", "50.0\u202f%", "60.0\u202f%", "+10.0 points", "Restated", "Arrived since: 1 Returned."],
        ["Amount", "USD 58.00", "USD 58.00", "\N{EN DASH}", "Stands", ""],
    ]
    said = json.dumps(page, ensure_ascii=False)
    assert "1 of 2 values stand." in said
    assert "Read from f@2 then, from f@5 now" in said
    assert "no end" in said
    (row,) = runs["rows"]
    assert row[:3] == ["KPI run", "2\u00a0Mar\u00a02026\u00a015:30", "ana"]
    assert (row[7]["summary"], row[7]["children"][0]["text"]) == ("0123456789ab…", HASH)
    assert page["location"] == "?flow=f&run=r1"


def test_another_definition_is_no_restatement_and_is_told():
    other = LATE.model_copy(
        update={"now": 0.5, "difference": 0, "live": 0.7, "words": ("Template version 4 defines it otherwise.",)}
    )
    page = shown(run(*VALUES), other)
    row = next(row for row in tables(page)[0]["rows"] if row[0] == "Kept")
    assert [text(cell) for cell in row[1:5]] == ["50.0\u202f%", "50.0\u202f%", "\N{EN DASH}", "Defined otherwise"]
    assert row[5] == "Template version 4 defines it otherwise. By today's definition: 70.0\u202f%."
    assert "2 of 2 values stand." in json.dumps(page)


def test_the_choices_narrow_the_values_and_stand_in_the_address():
    page = shown(run(*VALUES), LATE, only=True, kpi="k")
    assert [row[0] for row in tables(page)[0]["rows"]] == ["Kept"]
    assert page["location"] == "?flow=f&run=r1&kpi=k&only=restated"
    nothing = shown(run(*VALUES), only=True)
    assert "Every value stands" in json.dumps(nothing)
    assert len(tables(nothing)) == 1


def test_values_by_buckets_name_their_period_and_their_part():
    start = datetime(2026, 1, 31, 23, tzinfo=UTC)
    value = KpiValue(
        kpi="k", bucket_start=start, dimensions={"channel": HOSTILE, "code": None}, value=None, unit="ratio"
    )
    page = shown(run(value, by="month"))
    assert tables(page)[0]["rows"][0][:3] == [f"Kept · {HOSTILE}, not recorded", "Feb 2026", "No data"]


def test_who_may_not_compute_sees_what_was_told_and_no_button():
    page = shown(run(*VALUES), found=None, session=session("kpi.read"))
    assert [text(cell) for cell in tables(page)[0]["rows"][0][:3]] == ["Amount", "USD 58.00", "\N{EN DASH}"]
    said = json.dumps(page)
    assert "not computed for your role" in said
    assert "Run it again" not in said


def test_a_run_that_comes_out_the_same_says_so_and_another_says_why_not():
    same = shown(run(*VALUES), done={"r1": Again(same=True, hash=HASH)}, newest="r1")
    assert same["banners"][0]["children"][0]["text"] == "The run of 2 Mar 2026 15:30 comes out the same, byte for byte."
    damaged = Again(same=False, hash=None, reasons=("The snapshot f@2 (events) is not as it was: part-1 is missing.",))
    said = json.dumps(shown(run(*VALUES), done={"r1": damaged}, newest="r1")["banners"])
    assert "part-1 is missing." in said
    assert "Nothing could be computed." in said
    other = Again(same=False, hash="f" * 64, differences=(RunDifference(where="k", then=1, now=2),))
    (banner,) = shown(run(*VALUES), done={"r1": other}, newest="r1")["banners"]
    assert banner["children"][-1]["rows"] == [["k", "1", "2"]]


def test_while_one_run_is_computed_none_can_be_started():
    made = of_kpis(run(*VALUES))
    second = Frozen("r2", "report", AT, "ana", "weekly 2026-W09", HASH)
    page = shown(run(*VALUES), runs=(made, second), busy=made)
    first, other = (row[-1]["children"] for row in tables(page)[1]["rows"])
    assert [one["text"] for one in first] == ["Being computed again …"]
    assert [(one["label"], bool(one["why"])) for one in other] == [("Check the file", True)]
    assert "is being computed again" in page["status"]


@pytest.mark.parametrize(
    ("by", "words"),
    [("hour", "1 Apr 2026 00:00"), ("day", "1 Apr 2026"), ("week", "Week from 1 Apr 2026"), ("month", "Apr 2026"),
     ("quarter", "Quarter 2 of 2026")],
)  # fmt: skip
def test_a_bucket_is_called_by_its_start_on_the_clock_of_its_zone(by, words):
    assert bucket(datetime(2026, 3, 31, 22, tzinfo=UTC), by, "Europe/Paris") == words


def test_a_period_names_days_and_open_ends():
    first, last = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 8, 30, tzinfo=UTC)
    assert span(first, last, "Europe/Paris") == "1 Feb 2026 00:00 \u2013 28 Feb 2026 09:30"
    assert span(first, None, "Europe/Paris") == "From 1 Feb 2026"
    assert span(None, last, "Europe/Paris") == "Before 28 Feb 2026 09:30"
    assert span(None, None, "Europe/Paris") == "All that was recorded"


def test_runs_of_the_same_kpis_are_told_apart_by_their_period():
    told = {"start": "2026-01-31T23:00:00+00:00", "end": "2026-02-28T23:00:00+00:00"}
    february, ever = (of_kpis(run(*VALUES, **options)) for options in (told, {}))
    made = run(*VALUES)
    listed = tables(shown(made, runs=(february, replace(ever, run="r2")), more=False))[-1]
    words = [text(row[3]) for row in listed["rows"]]
    assert words == ["Amount, Kept: 1 Feb \u2013 28 Feb 2026", "Amount, Kept: All that was recorded"]


def test_runs_of_the_same_kpis_are_told_apart_by_their_period_and_what_they_are_split_by():
    start, end = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    window = {"start": start.isoformat(), "end": end.isoformat()}
    made = [
        run(*VALUES, by=by, **window, **more).model_copy(update={"run": f"r{n}"})
        for n, (by, more) in enumerate([(None, {}), ("day", {}), ("week", {"dimensions": ["sent_by"]})], 1)
    ]
    page = shown(made[0], runs=tuple(of_kpis(one) for one in made))
    words = [f"Amount, Kept{by}: 1 Feb \N{EN DASH} 28 Feb 2026" for by in ("", ", by day", ", by week, sent by")]
    assert [text(row[3]) for row in tables(page)[1]["rows"]] == words
    said = json.dumps(page, ensure_ascii=False)
    assert all(f'"KPI run of 2 Mar 2026 15:30: {what}"' in said for what in words)
