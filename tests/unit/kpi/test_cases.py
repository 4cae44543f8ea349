"""The cases behind a number: as many as the number says, and each worth what it adds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bos.errors import UsageError
from bos.kpi import BoundSeries, BoundSignal, BusinessClock, KpiSpec
from bos.kpi.binding import FieldBinding
from bos.kpi.cases import Cases, cases
from bos.kpi.costs import CostRule
from bos.kpi.engine import evaluate

D = Decimal
OFFICE = BusinessClock("office", "UTC", (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600)
FIELDS = {"code": FieldBinding("code"), "channel": FieldBinding("channel")}
SIGNALS = {name: BoundSignal(name, name.upper(), fields=FIELDS, clock=OFFICE) for name in ("sent", "came", "back")}
RULE = CostRule("clerk", "USD", fixed=D("1.00"), rate=D("0.1"), rated="amount")


def at(day, hour=12, minute=0):
    """2 March 2026 is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def event(case, step, time, amount=None, **attributes):
    return {
        "case_id": case, "step": step, "event_time": time, "currency": "USD", "attributes": [*attributes.items()],
        "amount": None if amount is None else D(amount),
    }  # fmt: skip


LOG = [
    event("a", "SENT", at(2, 9), "33.00", channel="web"),
    event("a", "CAME", at(2, 9, 30)),
    event("b", "SENT", at(2, 10), "100.00", channel="ach"),
    event("b", "CAME", at(2, 12)),
    event("b", "BACK", at(3, 9), "100.00", code="R01"),
    event("c", "SENT", at(2, 16), "5.00", channel="ach"),
    event("d", "SENT", at(3, 9), "7.00", channel="web"),
    event("d", "BACK", at(3, 10), "7.00", code="R02"),
    event("d", "BACK", at(4, 10), "7.00", code="R01"),
    event("d", "CAME", at(4, 11)),
]


def listed(snapshot, formula, **options):
    spec = {name: options.pop(name) for name in ("anchor", "target", "direction", "cost_rule") if name in options}
    known = options.pop("known", [])
    found = cases(snapshot(LOG), KpiSpec("k", formula, **spec), SIGNALS, known=known, **options)
    assert found.total == len(found.items)
    return [(one.case, one.value, one.note) for one in found.items]


def test_events_that_are_counted_are_listed_the_newest_first(snapshot):
    assert listed(snapshot, "count(back)") == [("d", None, ""), ("d", None, ""), ("b", None, "")]
    assert listed(snapshot, "count(back where code = 'R02')") == [("d", None, "")]
    assert listed(snapshot, "count(back)", end=at(4, 0)) == [("d", None, ""), ("b", None, "")]
    assert listed(snapshot, "count(sent)", filters=(("channel", ("ach",)),)) == [("c", None, ""), ("b", None, "")]


def test_both_sides_of_a_ratio_and_what_fails_of_it(snapshot):
    ratio = "ratio(count(came), count(sent))"
    assert [row[0] for row in listed(snapshot, ratio)] == ["d", "b", "a"]
    assert [row[0] for row in listed(snapshot, ratio, part="out_of")] == ["d", "c", "b", "a"]
    assert listed(snapshot, ratio, part="failed", direction="at_least") == [("c", None, "")]
    assert listed(snapshot, ratio, part="failed", direction="at_least", cost_rule=RULE) == [("c", D("1.50"), "")]


def test_amounts_and_times_come_largest_first(snapshot):
    assert listed(snapshot, "sum(sent.amount)")[:2] == [("b", D("100.00"), ""), ("a", D("33.00"), "")]
    assert listed(snapshot, "p95(duration(sent -> came))") == [
        ("d", 93_600.0, ""), ("b", 7_200.0, ""), ("a", 1_800.0, ""), ("c", None, "not ended"),
    ]  # fmt: skip
    assert listed(snapshot, "max(duration(sent -> came, clock = business))")[0] == ("d", 36_000.0, "")
    assert listed(snapshot, "balance(sent.amount -> came)") == [("c", D("5.00"), "open")]
    assert listed(snapshot, "max(age(sent -> came))") == [("c", 154_800.0, "")]


def test_what_was_dropped_or_breaks_a_rule_comes_first(snapshot):
    assert listed(snapshot, "conversion(sent -> came, within = 1 hour)") == [
        ("c", None, "dropped"), ("d", 93_600.0, "dropped"), ("b", 7_200.0, "dropped"), ("a", 1_800.0, "converted"),
    ]  # fmt: skip
    assert listed(snapshot, "conformance(never_twice(back))") == [("d", None, "breaks"), ("b", None, "keeps")]


def test_failures_are_listed_with_their_money_and_by_how_much_they_are_late(snapshot):
    rule = CostRule("late", "USD", per_minute=D("0.10"))
    late = KpiSpec("late", "conversion(sent -> came, within = 1 hour)", cost_rule=rule)
    found = cases(snapshot(LOG), KpiSpec("k", "cost(late)"), SIGNALS, known=[late])
    assert [(one.case, one.value, one.late) for one in found.items] == [
        ("c", D("252.00"), 151_200.0), ("d", D("150.00"), 90_000.0), ("b", D("6.00"), 3_600.0),
    ]  # fmt: skip
    (row,) = evaluate(snapshot(LOG), [KpiSpec("k", "cost(late)")], SIGNALS, known=[late])
    assert (row.value, row.n) == (sum(one.value for one in found.items), found.total)
    assert found.unit == "USD"


def test_lateness_is_on_the_clock_that_counts_and_nothing_is_a_cost_without_a_rule(snapshot):
    """Working hours are 9 to 17; the newest event is on Wednesday at 11, so 11 h of them after Monday at 16."""
    spec = KpiSpec("k", "conformance(followed_by(sent, came, within = 1 hour, clock = business))")
    found = cases(snapshot(LOG), spec, SIGNALS, part="failed")
    assert [(one.case, one.value, one.late) for one in found.items] == [
        ("c", None, 36_000.0), ("d", None, 32_400.0), ("b", None, 3_600.0),
    ]  # fmt: skip
    assert (found.late_unit, found.values, found.unit) == ("business seconds", "", "")
    for formula, unit in (
        ("conformance(followed_by(sent, came, within = 1 hour))", "seconds"),
        ("conformance(never_twice(back))", ""),
        ("conversion(sent -> came, within = 1 hour)", "seconds"),
        ("count(back)", ""),
    ):
        assert cases(snapshot(LOG), KpiSpec("k", formula), SIGNALS, part="failed").late_unit == unit
    took = KpiSpec("k", "max(duration(sent -> came, clock = business))", target=3_600.0, direction="at_most")
    assert cases(snapshot(LOG), took, SIGNALS, part="failed").late_unit == "business seconds"
    assert cases(snapshot(LOG), spec, SIGNALS).late_unit == ""
    charged = cases(snapshot(LOG), replace(spec, cost_rule=RULE), SIGNALS, part="failed")
    assert (charged.values, charged.unit) == ("cost", "USD")


def test_the_limit_cuts_and_the_total_stays(snapshot):
    found = cases(snapshot(LOG), KpiSpec("k", "count(sent)"), SIGNALS, limit=2)
    assert (len(found.items), found.total) == (2, 4)
    assert cases(snapshot([]), KpiSpec("k", "count(sent)"), SIGNALS) == Cases((), 0, "", ("counted", "failed"))


@pytest.mark.parametrize("anchor", ["event", "start", "end", "sent"])
@pytest.mark.parametrize(
    "formula",
    ["count(came)", "sum(came.amount)", "p50(duration(sent -> came))", "conformance(never_twice(back))",
     "conversion(sent -> came, within = 1 day, show = converted)"],
)  # fmt: skip
def test_there_are_as_many_rows_as_the_number_rests_on(snapshot, formula, anchor):
    window = {"start": at(2, 9, 30), "end": at(4, 0)}
    spec = KpiSpec("k", formula, anchor=anchor)
    (row,) = evaluate(snapshot(LOG), [spec], SIGNALS, **window)
    found = cases(snapshot(LOG), spec, SIGNALS, **window)
    ended = [one for one in found.items if one.note != "not ended"]
    assert (len(ended), found.total) == (row.n, len(found.items))
    if "converted" in formula:
        assert sum(one.note == "converted" for one in found.items) == row.value


@pytest.mark.parametrize("anchor", ["event", "start", "end", "sent", "back"])
@pytest.mark.parametrize("narrowed", [{}, {"end": at(4, 0)}])
@pytest.mark.parametrize(
    "failing",
    [
        KpiSpec("k", "count(back)", cost_rule=RULE),
        KpiSpec("k", "ratio(count(came), count(sent))", direction="at_least", cost_rule=RULE),
        KpiSpec("k", "conversion(sent -> came, within = 1 hour)", cost_rule=RULE),
        KpiSpec("k", "max(duration(sent -> came))", target=3_600.0, cost_rule=RULE),
        KpiSpec("k", "conformance(never_twice(back))", cost_rule=RULE),
    ],
)
def test_the_failures_listed_are_those_that_cost(snapshot, failing, anchor, narrowed):
    placed = replace(failing, anchor=anchor)
    spec = KpiSpec("c", "cost(k)", unit="USD")
    if anchor == "end" and "conversion" in failing.formula:
        placed = replace(placed, formula=f"{failing.formula.removesuffix(')')}, show = converted)")
    (row,) = evaluate(snapshot(LOG), [spec], SIGNALS, known=[placed], **narrowed)
    found = cases(snapshot(LOG), placed, SIGNALS, part="failed", **narrowed)
    assert (sum((one.value for one in found.items), D(0)), found.total) == (row.value, row.n)
    if anchor == "sent":
        begun = {one["case_id"]: one["event_time"] for one in LOG if one["step"] == "SENT"}
        assert {one.at for one in found.items} <= set(begun.values())


@pytest.mark.parametrize(
    ("formula", "part", "words"),
    [
        ("derived(a + 1)", "counted", "derived from others"),
        ("count(sent)", "out_of", "Only a ratio and a gap have another side"),
        ("avg(sent.amount)", "failed", "No case of this KPI fails"),
        ("availability(up)", "counted", "belong to no case"),
        ("count(sent)", "worst", "There is no part 'worst'"),
    ],
)
def test_what_has_no_such_cases_says_why(snapshot, formula, part, words):
    known = [KpiSpec("a", "count(sent)")]
    systems = {"up": BoundSeries("up", ("up",))}
    with pytest.raises(UsageError, match=words):
        cases(snapshot(LOG), KpiSpec("k", formula), SIGNALS, part=part, known=known, systems=systems)


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_limit_out_of_range_is_refused(snapshot, limit):
    with pytest.raises(UsageError, match="limit"):
        cases(snapshot(LOG), KpiSpec("k", "count(sent)"), SIGNALS, limit=limit)


def test_what_is_asked_again_is_answered_from_the_statements_of_before_and_other_questions_are_not(snapshot):
    held, spec = snapshot(LOG), KpiSpec("k", "count(back)")
    first, again = (cases(held, spec, SIGNALS, limit=2) for _ in range(2))
    assert first == again
    assert [one.at for one in first.items] == [at(4, 10), at(3, 10)]
    assert [one.at for one in cases(held, spec, SIGNALS, limit=1).items] == [at(4, 10)]
    assert [one.at for one in cases(held, spec, SIGNALS, end=at(4, 0)).items] == [at(3, 10), at(3, 9)]
    assert cases(snapshot(LOG[:5]), spec, SIGNALS).total == 1
