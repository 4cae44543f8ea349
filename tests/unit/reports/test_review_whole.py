"""Weeks and months of a pack that are not whole: they make no limits, and are told and drawn as what they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.actions import behaviours
from bos.look.course import Course
from bos.reports import weekly

COUNTED = ("sent_count", "count(sent)")
MEASURED = ("waited", "sum(latency)", "seconds")
NEW_YORK = ZoneInfo("America/New_York")
HALF_AN_HOUR = timedelta(minutes=30)


def monday(week):
    """Return when a week of 2026 begins in New York, by its number."""
    return datetime.fromisocalendar(2026, week, 1).replace(tzinfo=NEW_YORK).astimezone(UTC)


def daily(start, end):
    """Return a moment on each day from one moment to before another, at the hour of the first."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1) if start + timedelta(days=n) < end]


def sent(*moments):
    return [(f"c{at:%m%d%H%M}", "sent", at.isoformat()) for at in moments]


def latency(*moments):
    return [("latency", at.isoformat(), 3) for at in moments]


def behaves(small, kpi, week):
    """Return how a KPI behaves up to the end of a week, by the action that ``bos kpi behaviour`` calls."""
    found = behaviours.behaviour(small.ctx, small.ana, "payments", kpi, by="week", end=monday(week + 1))
    return found.limits, found.points[-1].rules


def in_pack(small, kpi, week):
    return small.kpis(f"2026-W{week:02d}")[kpi]


def same(small, kpi, week):
    """Assert that a pack judges a week by the same weeks as the chart of behaviour, and return its KPI."""
    row, (usual, fired) = in_pack(small, kpi, week), behaves(small, kpi, week)
    judged = row.behaviour
    assert (judged.points, judged.centre, judged.lower, judged.upper) == pytest.approx(
        (usual.points, usual.centre, usual.lower, usual.upper)
    )
    assert judged.rules == fired
    return row


def test_a_constant_flow_that_began_within_a_week_is_no_exception(small):
    small.make(small.outcome(*COUNTED))
    begun = monday(2) + timedelta(days=3, hours=8)  # on a Thursday
    small.add(*sent(*daily(begun, monday(13))))
    row = same(small, "sent_count", 12)
    assert (row.behaviour.points, row.behaviour.centre, row.exception, row.reasons) == (10, 7, False, ())
    assert in_pack(small, "sent_count", 11).behaviour is None, "nine whole weeks are too few"
    first, second = (in_pack(small, "sent_count", week) for week in (2, 3))
    assert [(point.label, point.value, point.part) for point in second.weeks] == [("W02", 4, "in part"), ("W03", 7, "")]
    assert (first.value, first.weeks[0].part) == (4, "in part")
    assert second.before == "4 in part"
    assert second.change == "Nothing to compare with: the data began in the week before"
    assert in_pack(small, "sent_count", 4).change == "Unchanged against the week before"


def test_a_week_that_left_what_whole_weeks_make_usual_is_an_exception(small):
    small.make(small.outcome(*COUNTED))
    begun, many = monday(2) + timedelta(days=3), monday(13) - timedelta(hours=12)
    small.add(*sent(*daily(begun, monday(13)), *(many + timedelta(minutes=n) for n in range(40))))
    row = same(small, "sent_count", 12)
    assert (row.behaviour.points, row.exception) == (10, True)
    assert "lies outside its natural limits" in row.reasons
    html = weekly.exceptions(small.review("2026-W12")).html
    assert "from 10 whole weeks" in html


@pytest.mark.parametrize(("events", "points"), [(0, 2), (3, 0)], ids=["points later", "events later"])
def test_what_points_measure_is_judged_from_when_points_are_known(small, events, points):
    """The first of either lies so many days after the Monday of week 2: half an hour after it where none."""
    small.make(small.outcome(*COUNTED), small.outcome(*MEASURED))
    begun = [monday(2) + (timedelta(days=days) if days else HALF_AN_HOUR) for days in (events, points)]
    first = [] if events else [monday(2)]  # with the week itself: an event half an hour later leaves a part out
    small.add(*sent(*first, *daily(begun[0], monday(14))))
    small.points(*latency(*daily(begun[1], monday(14))))
    counted, waited = (same(small, kpi, 13) for kpi in ("sent_count", "waited"))
    assert (counted.behaviour.points, waited.behaviour.points) == (12 if events == 0 else 11, 11 if points else 12)
    assert not waited.exception
    early = {kpi: in_pack(small, kpi, 3).weeks[0].part for kpi in ("sent_count", "waited")}
    assert early == {"sent_count": "in part" if events else "", "waited": "in part" if points else ""}


def test_the_week_in_which_points_began_makes_no_usual_mean_of_a_system_signal(small):
    small.make(small.outcome(*COUNTED))
    begun = monday(2) + timedelta(days=3, hours=8)
    small.add(*sent(*daily(monday(2), monday(14))))
    small.points(*((name, at, 90 if at < monday(3).isoformat() else value) for name, at, value in latency(
        *daily(begun, monday(14)))))  # fmt: skip
    told = {week: small.review(f"2026-W{week}").systems[1] for week in (11, 12)}
    assert {one.signal for one in told.values()} == {"latency"}
    assert [told[week].usual for week in (11, 12)] == ["", "3 s \N{EN DASH} 3 s"]


def test_a_month_that_the_pack_ends_in_is_told_and_drawn_as_not_whole(small):
    small.make(small.outcome(*COUNTED, target={"value": 1, "direction": "at_most"}))
    small.add(*sent(*daily(monday(3) + timedelta(days=3), monday(14))))
    review = small.review("2026-W11")  # it ends on 15 March
    (row,) = review.kpis
    assert [(point.label, point.value, point.part) for point in row.months] == [
        ("Jan", 17, "in part"), ("Feb", 28, ""), ("Mar", 15, "so far"),
    ]  # fmt: skip
    html = weekly.exceptions(review).html
    months = html.split("Last 3 months.")[0].rsplit("<figure>", 1)[1] + html.split("Last 3 months.")[1]
    assert "Jan 17 in part, Feb 28, Mar 15 so far." in months
    assert months.split("</svg>")[0].count("bos-chart__dot--part") == 2
    assert "Dotted: month so far or in part." in months
    assert "<td>15 so far</td>" in months
    whole = small.review("2026-W09").kpis[0]  # it ends on 1 March
    assert [(point.label, point.part) for point in whole.months[1:]] == [("Feb", ""), ("Mar", "so far")]


def test_the_chart_that_goes_with_a_pack_has_its_parts_told_apart(small):
    small.make(small.outcome(*COUNTED, target={"value": 1, "direction": "at_most"}))
    small.add(*sent(*daily(monday(9) + timedelta(days=3), monday(13))))
    (data,) = weekly.seal(small.review("2026-W11")).charts
    course = Course.of(data)
    assert course.part == (monday(9),)
    assert course.legend == [("line", "Value"), ("part", "Week in part")]
    assert course.picture(width=460, height=170).count("bos-chart__dot--part") == 1
    assert course.data() == data
    older = {name: value for name, value in data.items() if name not in {"part", "part_words"}}
    assert Course.of(older).part == (), "packs of before have none"


def test_weeks_that_an_outage_reaches_into_make_no_limits_and_are_held_against_nothing(small):
    small.make(small.outcome(*COUNTED))
    out, back = monday(6) + timedelta(days=4, hours=8), monday(7) + timedelta(days=1, hours=8)  # Saturday to Monday
    small.add(*sent(*daily(monday(2), out), *daily(back, monday(16))))
    row = same(small, "sent_count", 15)
    assert (row.behaviour.points, row.behaviour.centre, row.exception) == (12, 7, False)
    seen = in_pack(small, "sent_count", 8)
    assert {point.label: (point.value, point.part) for point in seen.weeks} == {
        **{f"W{week:02d}": (7, "") for week in (3, 4, 5, 8)},
        "W06": (5, "with data missing"),
        "W07": (6, "with data missing"),
    }
    assert (seen.before, seen.change) == (
        "6 with data missing",
        "Nothing to compare with: data is missing from the week before",
    )
    assert in_pack(small, "sent_count", 7).behaviour is None
