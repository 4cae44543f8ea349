"""A window and its buckets from one reading of the events: the same numbers as each asked alone."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bos.errors import UsageError
from bos.kpi import BoundSignal, BusinessClock, FieldBinding, KpiSpec
from bos.kpi import engine as engines
from bos.kpi.costs import CostRule
from bos.kpi.engine import evaluate, whole_and_buckets

BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
CLOCK = BusinessClock("bank", "Europe/Berlin", (0, 1, 2, 3, 4), 28_800, 64_800, None, (date(2026, 3, 6),))
FIELDS = {"weight": FieldBinding("w", "number"), "pieces": FieldBinding("p", "integer"), "channel": FieldBinding("ch")}
SIGNALS = {
    name: BoundSignal(name, name.upper(), fields=FIELDS, clock=CLOCK) for name in ("asked", "paid", "sent", "never")
} | {"web": BoundSignal("web", "PAID", {"ch": "web"}, FIELDS)}
RULE = CostRule("late", "EUR", fixed=Decimal("1.50"), rate=Decimal("0.015"), rated="amount")
KPIS = [
    KpiSpec("asked", "count(asked)"),
    KpiSpec("web", "count(web)"),
    KpiSpec("none", "count(never)"),
    KpiSpec("large", "count(paid where amount > 50)"),
    KpiSpec("money", "sum(paid.amount)", unit="EUR"),
    KpiSpec("no_money", "sum(never.amount)", unit="EUR"),
    KpiSpec("least", "min(paid.amount)", unit="EUR"),
    KpiSpec("most", "max(sent.weight)"),
    KpiSpec("weights", "sum(sent.weight)"),
    KpiSpec("pieces", "sum(sent.pieces)"),
    KpiSpec("mean", "avg(paid.amount)", unit="EUR"),
    KpiSpec("persons", "distinct(paid.resource)"),
    KpiSpec("share", "ratio(count(paid), count(asked))", "asked", cost_rule=RULE),
    KpiSpec("share_of_none", "ratio(count(paid), count(never))", "event"),
    KpiSpec("p50", "p50(duration(asked -> paid))"),
    KpiSpec("p95", "p95(duration(asked -> paid))"),
    KpiSpec("took", "avg(duration(asked -> sent))", "end"),
    KpiSpec("longest", "max(duration(paid -> sent))", "start"),
    KpiSpec("worked", "p50(duration(asked -> paid, clock = business))"),
    KpiSpec("to_web", "sum(duration(asked -> web))"),
    KpiSpec("reached", "conversion(asked -> paid, within = 2 days, show = converted)"),
    KpiSpec("lost", "conversion(asked -> paid, within = 2 days, show = dropped)"),
    KpiSpec("rate", "conversion(asked -> paid, within = 2 days)"),
    KpiSpec("in_order", "conformance(precedes(asked, paid))"),
    KpiSpec("twice", "conformance(never_twice(paid))", "asked"),
    KpiSpec("followed", "conformance(followed_by(asked, paid, within = 1 days), show = pending)"),
    KpiSpec("running", "cumulative(count(paid))"),
    KpiSpec("open", "balance(asked, until = paid)"),
    KpiSpec("worth", "balance(asked.amount, until = paid)", unit="EUR"),
    KpiSpec("age", "p50(age(asked, until = paid))"),
    KpiSpec("derived", "share * 100 + p50"),
    KpiSpec("charged", "cost(share)", unit="EUR"),
    KpiSpec("charged_in_yen", "cost(share)", unit="JPY"),
]
ASKED = {
    "all": {},
    "a window": {"start": BEGUN + timedelta(days=5), "end": BEGUN + timedelta(days=17, hours=5)},
    "nothing": {"start": BEGUN + timedelta(days=400), "end": BEGUN + timedelta(days=410)},
    "a filter": {"filters": (("channel", ("web", None)),)},
    "a filter that nothing passes": {"filters": (("channel", ("pigeon",)),)},
    "dimensions": {"dimensions": ("channel",)},
}


def log(*, currencies=("EUR",), seed=7):
    """Return events of 120 cases: some steps more than once, some before the step they should follow."""
    draw = random.Random(seed)
    rows = []
    for case in range(120):
        at = BEGUN + timedelta(minutes=draw.randrange(28 * 24 * 60))
        for step in draw.choices(["ASKED", "PAID", "SENT"], k=draw.randrange(1, 7)):
            at += timedelta(minutes=draw.choice([-700, 0, 30, 600, 3_000]))
            attributes = {"ch": draw.choice(["web", "desk"]), "w": str(draw.random()), "p": str(draw.randrange(9))}
            attributes = {key: value for key, value in attributes.items() if draw.random() < 0.8}
            rows.append({
                "case_id": f"c{case}", "step": step, "event_time": at, "resource": draw.choice(["a", "b", None]),
                "amount": draw.choice([None, Decimal(draw.randrange(10_000)) / 100]),
                "currency": draw.choice(currencies), "attributes": attributes,
            })  # fmt: skip
    return rows


@pytest.mark.parametrize(("how", "split"), [*((how, False) for how in ASKED), ("all", True), ("dimensions", True)])
def test_a_window_and_its_buckets_are_what_each_is_alone(snapshot, monkeypatch, how, split):
    monkeypatch.setattr(engines, "SPLIT_FROM", 0 if split else 10**9)
    held, options = snapshot(log()), {"withhold": True, "time_zone": "Europe/Berlin", **ASKED[how]}
    whole, buckets = whole_and_buckets(held, KPIS, SIGNALS, by="week", **options)
    assert whole == evaluate(held, KPIS, SIGNALS, **options)
    assert buckets == evaluate(held, KPIS, SIGNALS, by="week", **options)
    if how == "all":
        assert whole[0].value == sum(row["step"] == "ASKED" for row in log()) > 0


def test_mixed_currencies_are_withheld_of_the_window_where_no_bucket_mixes_them(snapshot):
    rows = [
        {"case_id": "1", "step": "PAID", "event_time": BEGUN, "amount": Decimal("1.10"), "currency": "EUR"},
        {"case_id": "2", "step": "PAID", "event_time": BEGUN + timedelta(days=1), "amount": Decimal("2.20"),
         "currency": "USD"},
    ]  # fmt: skip
    whole, buckets = whole_and_buckets(snapshot(rows), [KpiSpec("money", "sum(paid.amount)")], SIGNALS, by="day")
    assert [row.value for row in buckets] == [Decimal("1.10"), Decimal("2.20")]
    assert whole[0].value is None
    assert "more than one currency (EUR, USD)" in whole[0].withheld_reason


def test_sums_of_many_digits_stay_exact(snapshot):
    most = Decimal("9999999999999999.99")
    rows = [
        {
            "case_id": str(at),
            "step": "PAID",
            "event_time": BEGUN + timedelta(days=at),
            "amount": most,
            "currency": "EUR",
        }
        for at in range(40)
    ]
    ((whole,), _) = whole_and_buckets(snapshot(rows), [KpiSpec("money", "sum(paid.amount)")], SIGNALS, by="day")
    assert whole.value == Decimal("399999999999999999.60")


def test_too_many_looks_of_the_buckets_leave_the_window_its_value(snapshot, monkeypatch):
    monkeypatch.setattr(engines, "MOST_LOOKS", 1_000)
    held, running = snapshot(log()), [KpiSpec("running", "cumulative(count(paid))")]
    (whole,), (bucket,) = whole_and_buckets(held, running, SIGNALS, by="day", withhold=True)
    assert whole.value == sum(row["step"] == "PAID" for row in log())
    assert bucket.value is None
    assert "too many events" in bucket.withheld_reason
    with pytest.raises(UsageError, match="too many events"):
        whole_and_buckets(held, running, SIGNALS, by="day")


def test_a_case_that_came_back_is_timed_by_its_first_end_at_or_after_the_start(snapshot):
    def at(step, hours):
        return {"case_id": "1", "step": step, "event_time": BEGUN + timedelta(hours=hours)}

    rows = [at("PAID", 0), at("ASKED", 2), at("PAID", 5), at("PAID", 9), at("SENT", 1)]
    kpis = [KpiSpec("came", "avg(duration(asked -> paid))"), KpiSpec("gone", "avg(duration(asked -> sent))")]
    found = evaluate(snapshot(rows), kpis, SIGNALS)
    assert [row.value for row in found] == [3 * 3_600, None]


@pytest.mark.full
def test_spark_comes_to_the_same(snapshot, spark):
    held = snapshot(log())
    ours, theirs = (
        whole_and_buckets(held, KPIS, SIGNALS, by="week", withhold=True, engine=e) for e in ("duckdb", spark)
    )
    assert ours == theirs
