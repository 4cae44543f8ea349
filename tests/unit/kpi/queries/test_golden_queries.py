"""Queries that no server runs in tests, kept as files.

Renew them with ``BOS_TEST_RENEW_GOLDEN=1 make test ARGS="-k golden_queries"`` and read the difference.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bos.kpi import BoundSeries, BoundSignal, FieldBinding, KpiSpec, NativeQuery
from bos.kpi.queries import telemetry_query

GOLDEN = Path(__file__).parents[3] / "golden" / "queries"
SIGNALS = {
    "initiated": BoundSignal("initiated", "INI", fields={"channel": FieldBinding("ch")}),
    "received": BoundSignal("received", "RCV", fields={"receipt_date": FieldBinding("rd", "date")}),
    "posted": BoundSignal("posted", "PST", {"final": "yes"}, {"weight": FieldBinding("w", "number")}),
    "returned": BoundSignal("returned", "RET", fields={"code": FieldBinding("code")}),
    "kept": BoundSignal("kept", native=NativeQuery("spl", "index=ach kind=kept", {"case": "trace", "amount": "usd"})),
}
SYSTEMS = {
    "latency": BoundSeries("latency", ("gateway.latency",), "seconds"),
    "ok": BoundSeries("ok", ("gateway.ok",)),
    "calls": BoundSeries("calls", ("gateway.calls",)),
    "control_total": BoundSeries("control_total", ("file.control-total",), "USD"),
}
KNOWN = (KpiSpec("paid", "sum(posted.amount)"), KpiSpec("times", "count(initiated)"))
START, END = datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC)
MONTHS = {"by": "month", "time_zone": "America/New_York", "start": START, "end": END}
WINDOW = {"start": START, "end": END}
SPL, BOTH = ("spl",), ("spl", "adql")
CASES = {
    "count_by_hour": ("count(received)", "event", {"by": "hour", **WINDOW}, BOTH),
    "count_by_month": ("count(received where effective_date = receipt_date)", "event", MONTHS, SPL),
    "hostile": ("count(returned where code in ('a\"b', 'it''s') or not code > 'x')", "event", {}, SPL),
    "conditions": ("count(posted where weight != 2 or not (currency = 'EUR' and amount < 5))", "event", WINDOW, BOTH),
    "sum_by_currency": ("sum(posted.amount)", "event", {"dimensions": ("currency",), **WINDOW}, BOTH),
    "average": ("avg(posted.weight)", "event", WINDOW, BOTH),
    "percentile": ("p95(received.amount)", "event", {"by": "hour", **WINDOW}, BOTH),
    "distinct": ("distinct(initiated.case where channel = 'ach')", "event", WINDOW, BOTH),
    "ratio": ("ratio(count(returned), count(initiated))", "event", WINDOW, BOTH),
    "ratio_by_origination": ("ratio(count(returned where code = 'R01'), count(initiated))", "initiated", MONTHS, SPL),
    "ratio_by_channel": ("ratio(count(returned), count(initiated))", "initiated", {"dimensions": ("channel",)}, SPL),
    "duration": ("p95(duration(received -> posted))", "event", {"by": "week"}, SPL),
    "conversion": ("conversion(received -> posted, within = 14 days, show = in_flight)", "event", MONTHS, SPL),
    "precedes": ("conformance(precedes(received, posted))", "event", {}, SPL),
    "different_persons": ("conformance(different_persons(received, posted))", "start", MONTHS, SPL),
    "followed_by": ("conformance(followed_by(received, posted, within = 4 hours))", "event", MONTHS, SPL),
    "exactly_one": (
        "conformance(exactly_one(posted, returned, ended = initiated), show = pending)", "event", {}, SPL,
    ),
    "never_twice": ("conformance(never_twice(initiated))", "event", {"dimensions": ("channel",)}, SPL),
    "must_end": ("conformance(must_end(posted, returned))", "event", {}, SPL),
    "derived": ("derived((paid + 2) / times)", "event", WINDOW, BOTH),
    "rolling": (
        "cumulative(ratio(count(returned), count(initiated)), window = 60 days)", "event", WINDOW, BOTH,
    ),
    "open_amount": ("balance(received.amount -> posted)", "event", {"end": END}, SPL),
    "age": ("max(age(received -> posted))", "event", {"end": END}, SPL),
    "availability": ("availability(latency <= 0.5)", "event", {"by": "day", **WINDOW}, SPL),
    "availability_of_counts": ("availability(ok / calls)", "event", WINDOW, SPL),
    "gap": ("gap(sum(control_total), sum(received.amount))", "event", {"by": "day", **WINDOW}, SPL),
    "own_search": ("ratio(sum(kept.amount), count(initiated))", "event", WINDOW, SPL),
}  # fmt: skip
FILES = [(name, language) for name, case in CASES.items() for language in case[3]]


@pytest.mark.parametrize(("name", "language"), FILES)
def test_the_query_is_the_kept_one(name, language):
    formula, anchor, options, _ = CASES[name]
    query = telemetry_query(KpiSpec(name, formula, anchor), SIGNALS, language, systems=SYSTEMS, known=KNOWN, **options)
    told = [f"{key} = {value}" for key, value in query.parameters.items()]
    text = "\n".join([query.text, "", *told, *([f"combine = {query.combine}"] if query.combine else [])]) + "\n"
    path = GOLDEN / f"{name}.{language}"
    if os.environ.get("BOS_TEST_RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_no_kept_file_is_left_over():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{language}" for name, language in FILES}
