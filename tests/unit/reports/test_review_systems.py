"""System signals in the weekly review: a small log by hand, and the planted incidents against pandas."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from bos.reports import weekly

ZONE = "America/New_York"


@pytest.fixture
def flow(small):
    """Return the small flow with an event every day of weeks 1 to 12."""
    small.make(small.outcome("sent_count", "count(sent)"))
    small.add(*((f"{w}-{d}", "sent", f"{small.day(w, d)}T15:00:00Z") for w in range(1, 13) for d in range(1, 8)))
    return small


def hourly(signal, first, days, value):
    start = datetime.combine(first, datetime.min.time(), UTC) + timedelta(hours=5)  # midnight in New York in winter
    return [(signal, (start + timedelta(hours=n)).isoformat(), value(n)) for n in range(days * 24)]


def test_a_system_signal_shows_its_week_against_the_one_before_under_its_steps(flow):
    flow.points(*hourly("latency", flow.day(8, 1), 7, lambda n: 1 + n % 2))
    flow.points(*hourly("latency", flow.day(9, 1), 7, lambda n: 40 if n == 100 else 2))
    flow.points(*hourly("gateway.errors", flow.day(9, 1), 3, lambda _: 0.01))
    errors, latency = flow.review("2026-W09").systems
    assert [errors.steps, latency.steps] == [("Take in", "Post"), ("Post",)]  # the first step of the flow comes first
    assert (latency.points, latency.low, latency.high) == (168, 2, 40)
    assert latency.mean == pytest.approx((167 * 2 + 40) / 168, abs=1e-6)
    assert latency.before.startswith("1.5 s (1 s")
    assert latency.change.startswith("\N{BLACK UP-POINTING TRIANGLE} 726 ms against the week before")
    assert latency.freshness == "Data to 1 Mar 2026 23:00"
    assert (latency.owner, latency.title, latency.fresh) == ("process_owner", "Latency", True)
    assert errors.mean == pytest.approx(0.01)
    assert errors.freshness == "No data since 25 Feb 2026 23:00, before the week ends"
    assert not errors.fresh


def test_a_silent_system_signal_has_no_numbers_and_says_since_when(flow):
    flow.points(*hourly("latency", flow.day(8, 1), 7, lambda _: 1))
    review = flow.review("2026-W10")
    errors, latency = review.systems
    assert (latency.mean, latency.low, latency.high, latency.points) == (None, None, None, 0)
    assert (latency.shown, latency.extent, latency.before) == ("No data", "No data", "No data")
    assert latency.freshness == "No data since 22 Feb 2026 23:00"
    assert errors.freshness == "No data was recorded yet"
    assert review.missing == ("No data was recorded yet: Errors.", "No data since 22 Feb 2026 23:00: Latency.")
    assert any("find the missing data of Errors, Latency" in text for text in review.act)
    html = weekly.systems(review).html
    assert html.count("<table") == 1
    assert html.count('scope="rowgroup"') == 2
    assert html.index("Can break: Take in, Post") < html.index("Can break: Post<")
    assert ">0<" not in html


def test_a_week_outside_the_usual_range_is_named_on_page_one(flow):
    for week in range(1, 12):
        flow.points(*hourly("latency", flow.day(week, 1), 7, lambda n, week=week: 1 + week % 2 / 10 + n % 3 / 10))
    flow.points(*hourly("latency", flow.day(12, 1), 6, lambda n: 30 if n < 40 else 1))
    review = flow.review("2026-W12")
    latency = review.systems[1]
    assert latency.exception
    assert "A system signal is unusual: Latency." in review.changed
    assert any("explain Latency" in text for text in review.act)
    assert latency.reasons == ("its mean left its natural limits", "a point lies far outside all earlier weeks")
    assert not flow.review("2026-W11").systems[1].exception


@pytest.mark.full
@pytest.mark.parametrize("incident", ["gateway_outage", "account_file", "posting_backlog"])
def test_a_planted_incident_is_visible_in_the_system_signals_that_show_it(pilot, wb, incident):
    review = wb.flow("loan-payment-processing").weekly_review(pilot.week_of(incident))
    planted = next(one for one in pilot.manifest.incidents if one.id == incident)
    rows = {row.signal: row for row in review.systems}
    assert {name for name, row in rows.items() if row.exception} == set(planted.signals)
    for name in planted.signals:
        points = _week(pilot, name, review)
        row = rows[name]
        assert row.points == len(points)
        assert row.mean == pytest.approx(points.mean(), abs=1e-6)
        assert (row.low, row.high) == (points.min(), points.max())
        side = "low" if name == "gateway_availability" else "high"
        usual = _usual(pilot, name, side)
        assert abs(getattr(row, side) - usual) > abs(usual) * 0.3, name
    assert any("system signals are unusual" in text for text in review.changed)


def test_the_order_is_that_of_the_steps_and_the_same_each_time(pilot, wb):
    week = pilot.week_of("posting_backlog")
    review = wb.flow("loan-payment-processing").weekly_review(week)
    template = wb.templates.get("loan-payment-processing").document
    places = {step["id"]: n for n, step in enumerate(template["flow"]["steps"])}
    keys = {use["id"]: sorted(places[s] for s in use["affects"]) or [math.inf] for use in template["system_signals"]}
    found = [keys[row.signal] for row in review.systems]
    assert found == sorted(found)
    assert len(found) == len(template["system_signals"])
    assert wb.flow("loan-payment-processing").weekly_review(week).systems == review.systems


def _frame(pilot, name):
    frame = pd.read_csv(pilot.metrics)
    frame = frame[frame.signal == name]
    return frame.set_index(pd.to_datetime(frame.time, utc=True)).value.sort_index()


def _week(pilot, name, review):
    course = _frame(pilot, name)
    return course[(course.index >= review.start) & (course.index < review.end)]


def _usual(pilot, name, side):
    """Return the median of the weekly extremes of a signal."""
    course = _frame(pilot, name).tz_convert(ZONE).tz_localize(None)
    weekly = course.resample("W-SUN").min() if side == "low" else course.resample("W-SUN").max()
    return weekly.median()
