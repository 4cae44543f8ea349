"""The compiled SQL, kept as files.

Renew them with ``BOS_TEST_RENEW_GOLDEN=1 make test ARGS="-k golden_sql"`` and read the difference.
"""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bos.kpi import BoundSeries, BoundSignal, BusinessClock, FieldBinding, KpiSpec, Place
from bos.kpi.costs import CostRule
from bos.kpi.engine import compile_sql

GOLDEN = Path(__file__).parents[2] / "golden" / "kpi"
CLOCK = BusinessClock(
    "bank-us", "America/New_York", (0, 1, 2, 3, 4), 28_800, 64_800, 61_200, (date(2026, 1, 19),),
    (BoundSignal("hold", "HLD"),), (BoundSignal("go", "GO"),),
)  # fmt: skip
WAYS = (("back", "sent"), ("matched", "back"), ("matched", "booked"), ("sent", "taken"), ("taken", "matched"))
SIGNALS = {
    "initiated": BoundSignal("initiated", "INI", fields={"channel": FieldBinding("ch")}, place=Place("sent", WAYS)),
    "received": BoundSignal(
        "received", "RCV", fields={"receipt_date": FieldBinding("rd", "date")}, clock=CLOCK, place=Place("taken", WAYS)
    ),
    "posted": BoundSignal(
        "posted", "PST", {"final": "yes"}, {"weight": FieldBinding("w", "number")}, place=Place("booked", WAYS)
    ),
    "returned": BoundSignal("returned", "RET", fields={"code": FieldBinding("code")}, place=Place("back", WAYS)),
}
SYSTEMS = {
    "latency": BoundSeries("latency", ("gateway.latency", "latency"), "seconds"),
    "ok": BoundSeries("ok", ("gateway.ok",)),
    "calls": BoundSeries("calls", ("gateway.calls",)),
    "control_total": BoundSeries("control_total", ("file.control-total", "control_total"), "USD"),
}
RULE = CostRule(
    "late", "USD", fixed=Decimal("1.50"), per_minute=Decimal("0.02"), tiers=((3_600, Decimal(5)), (7_200, Decimal(9))),
    most=Decimal(100),
)  # fmt: skip
SHARE = CostRule("share", "USD", rate=Decimal("0.015"), rated="amount")
KNOWN = (
    KpiSpec("paid", "sum(posted.amount)"),
    KpiSpec("times", "count(initiated)"),
    KpiSpec("in_time", "conversion(received -> posted, within = 2 hours)", cost_rule=RULE),
    KpiSpec("credited", "ratio(count(posted), count(received))", direction="at_least", cost_rule=SHARE),
)
MONTHS = {
    "by": "month",
    "time_zone": "America/New_York",
    "start": datetime(2026, 1, 1, 5, tzinfo=UTC),
    "end": datetime(2026, 4, 1, 4, tzinfo=UTC),
}
CASES = {
    "count": ("count(initiated)", "event", {}),
    "count_by_month": ("count(received where effective_date = receipt_date)", "event", MONTHS),
    "count_by_hour": ("count(received)", "event", {"by": "hour", "time_zone": "Asia/Kolkata"}),
    "sum_by_currency": ("sum(posted.amount where amount > 0.5)", "event", {"dimensions": ("currency",)}),
    "sum_of_numbers": ("sum(posted.weight)", "event", {}),
    "percentile": ("p95(received.amount)", "event", {}),
    "distinct": ("distinct(initiated.case where channel in ('ach', 'it''s'))", "event", {}),
    "ratio_by_origination": ("ratio(count(returned where code = 'R01'), count(initiated))", "initiated", MONTHS),
    "ratio_by_channel": ("ratio(count(returned), count(initiated))", "initiated", {"dimensions": ("channel",)}),
    "duration": ("p50(duration(received -> posted))", "event", {}),
    "working_time": ("p50(duration(received -> posted, clock = business))", "event", {}),
    "running_total": ("cumulative(sum(posted.amount))", "event", {}),
    "rolling_rate": (
        "cumulative(ratio(count(returned), count(initiated)), window = 60 days)",
        "initiated",
        {**MONTHS, "by": "day"},
    ),
    "month_to_date": ("cumulative(count(posted), grain_to_date = month)", "event", {"by": "hour"}),
    "conversion": ("conversion(received -> posted, within = 14 days, show = dropped)", "event", MONTHS),
    "precedes": ("conformance(precedes(received, posted))", "event", {}),
    "different_persons": ("conformance(different_persons(received, posted))", "start", MONTHS),
    "followed_by": ("conformance(followed_by(received, posted, within = 4 hours))", "event", MONTHS),
    "followed_by_in_working_days": (
        "conformance(followed_by(received, posted, within = 2 days, clock = business), show = pending)",
        "event",
        {},
    ),
    "exactly_one": ("conformance(exactly_one(posted, returned, ended = initiated), show = kept)", "event", {}),
    "never_twice": ("conformance(never_twice(initiated))", "event", {"dimensions": ("channel",)}),
    "must_end": ("conformance(must_end(initiated, returned))", "event", {}),
    "along_flow": (
        "conformance(along_flow(initiated, received, posted, returned where code = 'R01'))",
        "event",
        MONTHS,
    ),
    "derived": ("derived(paid / times)", "event", {}),
    "availability": ("availability(latency <= 0.5)", "event", MONTHS),
    "availability_of_counts": ("cumulative(availability(ok / calls), window = 30 days)", "event", {"by": "day"}),
    "open_amount": ("balance(received.amount -> posted)", "event", {**MONTHS, "dimensions": ("currency",)}),
    "age_in_working_time": ("p95(age(received -> posted, clock = business))", "event", {}),
    "newest_point": ("balance(latency)", "event", {"by": "day"}),
    "gap": ("gap(sum(control_total), sum(received.amount))", "event", MONTHS),
    "cost_of_late_cases": ("cost(in_time)", "event", MONTHS),
    "cost_by_amount": ("cost(credited)", "event", {"dimensions": ("currency",)}),
}


FOLDERS = {"duckdb": GOLDEN, "local[2]": GOLDEN / "spark"}
"""Engine → where its statements are kept."""


@pytest.mark.parametrize("dialect", FOLDERS)
@pytest.mark.parametrize("name", CASES)
def test_the_compiled_sql_is_the_kept_one(name, dialect):
    formula, anchor, options = CASES[name]
    spec = KpiSpec(name, formula, anchor)
    sql = compile_sql(spec, SIGNALS, systems=SYSTEMS, known=KNOWN, engine=dialect, **options) + "\n"
    path = FOLDERS[dialect] / f"{name}.sql"
    if os.environ.get("BOS_TEST_RENEW_GOLDEN"):
        path.write_text(sql, encoding="utf-8")
    assert sql == path.read_text(encoding="utf-8")


def test_no_kept_file_is_left_over():
    for folder in FOLDERS.values():
        assert {path.stem for path in folder.glob("*.sql")} == set(CASES)


def test_a_statement_defines_the_clock_of_the_log_once_and_runs():
    reading = {path.stem: path.read_text("utf-8") for path in GOLDEN.glob("*.sql") if "log_clock" in path.read_text()}
    assert set(reading) == {
        "age_in_working_time", "conversion", "cost_of_late_cases", "followed_by", "followed_by_in_working_days",
        "open_amount",
    }  # fmt: skip
    with duckdb.connect() as cursor:
        cursor.execute(
            "CREATE TABLE events (event_id VARCHAR, case_id VARCHAR, step VARCHAR, event_time TIMESTAMPTZ, "
            "effective_date DATE, amount DECIMAL(18, 2), currency VARCHAR, resource VARCHAR, "
            "attributes MAP(VARCHAR, VARCHAR), ingested_at TIMESTAMPTZ)"
        )
        cursor.execute(
            "INSERT INTO events SELECT 'e', 'c', 'RCV', t, NULL, 7, 'USD', NULL, MAP {'x': 'y'}, now() "
            "FROM unnest([TIMESTAMPTZ '2026-01-05 10:00:00Z', TIMESTAMPTZ '2062-03-01 10:00:00Z']) AS one(t)"
        )
        for name, sql in reading.items():
            assert sql.count('FROM "log_clock"') >= 1
            assert sql.count('"ingested_at") + 86400000000') == 1, name
            cursor.execute(sql).fetchall()
        ((bucket, dropped, cases),) = cursor.execute(reading["conversion"]).fetchall()
    assert (bucket.date().isoformat(), dropped, cases) == ("2026-01-01", 0, 1)
