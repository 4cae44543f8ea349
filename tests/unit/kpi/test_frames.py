"""Cumulative KPIs: what a frame covers, worked out by hand, and when they are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bos.errors import FormulaError, Invalid, UsageError
from bos.kpi import BoundSignal, KpiSpec, check, engine, parse
from bos.kpi.engine import evaluate

pytestmark = pytest.mark.usefixtures("each_engine")

SIGNALS = {"paid": BoundSignal("paid", "P"), "back": BoundSignal("back", "B")}
EVENTS = [
    # case, step, time, amount: two payments in January, one on 1 February, one late on 2 March; one comes back
    ("c1", "P", "2026-01-10T10:00Z", 10),
    ("c2", "P", "2026-01-31T22:00Z", 20),
    ("c3", "P", "2026-02-01T10:00Z", 40),
    ("c1", "B", "2026-02-03T10:00Z", 10),
    ("c4", "P", "2026-03-02T23:30Z", 80),
]


@pytest.fixture
def held(snapshot):
    return snapshot(
        [
            {"case_id": case, "step": step, "event_time": datetime.fromisoformat(at), "amount": Decimal(amount),
             "currency": "EUR"}
            for case, step, at, amount in EVENTS
        ]
    )  # fmt: skip


def series(held, formula, anchor="event", **options):
    return [row.value for row in evaluate(held, [KpiSpec("k", formula, anchor)], SIGNALS, **options)]


@pytest.mark.parametrize(
    ("frame", "by", "zone", "expected"),
    [
        ("", "month", "UTC", [30, 70, 150]),
        ("", None, "UTC", [150]),
        (", window = 31 days", "month", "UTC", [30, 60, 140]),  # from 1 January, 29 January, 30 January 23:30
        (", grain_to_date = month", "month", "UTC", [30, 40, 80]),
        (", grain_to_date = quarter", "month", "UTC", [30, 70, 150]),
        (", grain_to_date = year", None, "UTC", [150]),
        (", grain_to_date = month", None, "Asia/Kolkata", [80]),
        ("", "month", "Asia/Kolkata", [10, 70, 150]),  # 31 January 22:00 is February in Kolkata
        (", grain_to_date = month", "quarter", "UTC", [80]),
    ],
)
def test_a_frame_covers_what_a_person_works_out(held, frame, by, zone, expected):
    found = series(held, f"cumulative(sum(paid.amount){frame})", by=by, time_zone=zone)
    assert found == [Decimal(value) for value in expected]


def test_a_window_shows_its_buckets_and_counts_what_came_before(held):
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert series(held, "cumulative(count(paid))", by="month", start=start, end=end) == [3]
    assert series(held, "count(paid)", by="month", start=start, end=end) == [1]
    assert series(held, "cumulative(count(paid))", start=start, end=end) == [3]


def test_a_rate_of_sixty_days_is_placed_by_origination(held):
    formula = "cumulative(ratio(count(back), count(paid)), window = 60 days)"
    assert series(held, formula, "paid", by="month") == pytest.approx([0.5, 1 / 3, 1 / 4])


def test_days_of_a_span_are_those_of_the_calendar(snapshot):
    moments = ("2026-03-27T23:30+01:00", "2026-03-29T12:00+02:00")
    held = snapshot(
        [{"case_id": at, "step": "P", "event_time": datetime.fromisoformat(at), "amount": Decimal(1)} for at in moments]
    )
    counted = {
        span: series(held, f"cumulative(count(paid), window = {span})", by="day", time_zone="Europe/Amsterdam")
        for span in ("1 day", "24 hours", "2 days", "48 hours")
    }
    assert counted == {"1 day": [1, 0, 1], "24 hours": [1, 0, 1], "2 days": [1, 1, 2], "48 hours": [1, 1, 2]}
    whole = {"end": datetime.fromisoformat("2026-03-30T00:00+02:00"), "time_zone": "Europe/Amsterdam"}
    assert series(held, "cumulative(count(paid), window = 2 days)", **whole) == [1]
    assert series(held, "cumulative(count(paid), window = 48 hours)", **whole) == [2], "the day before has 23 hours"


def test_an_empty_log_and_an_empty_frame_count_nothing(held, no_files):
    assert series(no_files, "cumulative(count(paid))") == [0]
    assert series(no_files, "cumulative(count(paid))", by="day") == []
    assert series(no_files, "cumulative(sum(paid.amount), window = 1 day)") == [None]
    before = {"start": datetime(2025, 1, 1, tzinfo=UTC), "end": datetime(2025, 3, 1, tzinfo=UTC)}
    assert series(held, "cumulative(count(paid))", by="month", **before) == [0, 0]


def test_what_would_take_too_long_is_refused_with_what_to_do(held, monkeypatch):
    monkeypatch.setattr(engine, "MOST_LOOKS", 100)
    assert series(held, "cumulative(count(paid))", by="month") == [2, 3, 4]
    for frame in ("", ", grain_to_date = year", ", window = 60 days"):
        with pytest.raises(UsageError, match="too many events") as caught:
            series(held, f"cumulative(count(paid){frame})", by="hour")
        assert "longer buckets" in caught.value.hint
    assert len(series(held, "cumulative(count(paid), window = 2 hours)", by="day")) == 52
    both = [KpiSpec("wide", "cumulative(count(paid))"), KpiSpec("plain", "count(paid)")]
    wide, *plain = evaluate(held, both, SIGNALS, by="hour", withhold=True)
    assert (wide.value, wide.bucket_start) == (None, None)
    assert "longer buckets" in wide.withheld_reason
    assert sum(row.value for row in plain) == 4


def test_a_kpi_that_cannot_be_computed_keeps_no_other_number_back(held):
    asked = [
        KpiSpec("good", "count(paid)"),
        KpiSpec("bad", "sum(paid.colour)"),
        KpiSpec("unread", "count("),
        KpiSpec("on_it", "derived(good / bad)"),
    ]
    with pytest.raises(Invalid, match="ends too early"):
        evaluate(held, [KpiSpec("unread", "count(")], SIGNALS)
    rows = {row.kpi: row for row in evaluate(held, asked, SIGNALS, withhold=True)}
    assert (rows["good"].value, rows["good"].withheld_reason) == (4, None)
    assert {name: row.value for name, row in rows.items() if row.withheld_reason} == dict.fromkeys(
        ("bad", "unread", "on_it")
    )
    assert "has no field 'colour'" in rows["on_it"].withheld_reason
    assert rows["unread"].withheld_reason.startswith("It cannot be computed: ")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("cumulative(derived(a + b))", "plain measure, a ratio or a gap"),
        ("cumulative(cumulative(count(paid)))", "plain measure, a ratio or a gap"),
        ("ratio(cumulative(count(paid)), count(paid))", "two plain measures"),
        ("cumulative(count(paid), window = 1 day, grain_to_date = month)", "not both"),
        ("cumulative(count(paid), window = 1 day, window = 2 days)", "twice"),
        ("cumulative(count(paid), grain_to_date = day)", "week, month, quarter or year"),
        ("cumulative(count(paid), window = 0 days)", "1 to 99999"),
    ],
)
def test_what_is_written_wrongly_is_told(formula, words):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_what_is_inside_is_checked():
    (problem,) = check(KpiSpec("k", "cumulative(count(payd))"), SIGNALS)
    assert (problem.code, problem.hint) == ("unknown-signal", "Did you mean paid?")
