"""What failures cost: cases worked out by hand, and generated ones in plain Python."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bos.kpi import BoundSignal, BusinessClock, KpiSpec, check
from bos.kpi.binding import FieldBinding
from bos.kpi.cases import cases
from bos.kpi.connection import opened
from bos.kpi.costs import CostRule
from bos.kpi.engine import compile_sql, evaluate

pytestmark = pytest.mark.usefixtures("each_engine")

D = Decimal
OFFICE = BusinessClock("office", "UTC", (0, 1, 2, 3, 4), 9 * 3600, 17 * 3600)
FIELDS = {"code": FieldBinding("code"), "pages": FieldBinding("pages", "number")}
SIGNALS = {name: BoundSignal(name, name.upper(), fields=FIELDS, clock=OFFICE) for name in ("sent", "came", "back")}
FIXED = CostRule("clerk", "USD", fixed=D("12.50"))
SHARE = CostRule("share", "USD", fixed=D("1.00"), rate=D("0.015"), rated="amount", most=D("3.00"))
LATE = CostRule(
    "late", "USD", per_minute=D("0.05"), tiers=((0, D("2.00")), (3_600, D("10.00")), (86_400, D("80.00")))
)  # fmt: skip


def at(day, hour=12, minute=0, second=0):
    """2 March 2026 is a Monday."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def event(case, step, time, amount=None, currency="USD", **attributes):
    return {
        "case_id": case, "step": step, "event_time": time, "currency": currency, "resource": attributes.pop("by", None),
        "amount": None if amount is None else D(amount), "attributes": [*attributes.items()],
    }  # fmt: skip


LOG = [
    event("a", "SENT", at(2, 9), "33.00", pages="3"),
    event("a", "CAME", at(2, 9, 30)),
    event("b", "SENT", at(2, 10), "100.00", pages="2.5"),
    event("b", "CAME", at(2, 11, 0, 1)),  # one second late of an hour
    event("b", "BACK", at(3, 9), "100.00", code="R01"),
    event("c", "SENT", at(2, 16), "1000.00", pages="1"),  # never comes
    event("d", "SENT", at(3, 9), "0.33", pages="1"),
    event("d", "BACK", at(3, 10), "0.33", code="R02"),
    event("d", "BACK", at(4, 10), "33.00", code="R01"),
    event("d", "CAME", at(4, 11)),
]


def cost(snapshot, formula, rule, log=LOG, *, failing=(), **options):
    """Return the rows of what the failures of a KPI cost."""
    known = KpiSpec("k", formula, cost_rule=rule, **dict(failing))
    spec = KpiSpec("c", "cost(k)", unit="USD")
    return evaluate(snapshot(log), [spec], SIGNALS, known=[known], **options)


def whole(snapshot, *args, **options):
    (row,) = cost(snapshot, *args, **options)
    assert row.withheld_reason is None
    return row.value, row.n


def test_each_event_that_a_count_or_a_ratio_counts_costs(snapshot):
    assert whole(snapshot, "count(back)", FIXED) == (D("37.50"), 3)
    assert whole(snapshot, "count(back where code = 'R01')", FIXED) == (D("25.00"), 2)
    assert whole(snapshot, "ratio(count(back), count(sent))", FIXED) == (D("37.50"), 3)


def test_a_part_by_amount_is_rounded_half_up_and_limited_for_each_failure(snapshot):
    # 1 + 1.50; 1 + 0.00495 is 1.00; 1 + 0.495 is 1.50
    assert whole(snapshot, "count(back)", SHARE) == (D("5.00"), 3)
    # Of those sent that did not come, c: 1 + 15.00, and 3.00 is the limit.
    late = {"failing": {"direction": "at_least", "target": 1.0}}
    assert whole(snapshot, "ratio(count(came), count(sent))", SHARE, **late) == (D("3.00"), 1)


def test_a_share_that_should_be_high_fails_by_the_cases_it_lacks(snapshot):
    failing = {"direction": "at_least", "target": 1.0}
    assert whole(snapshot, "ratio(count(came), count(sent))", FIXED, failing=failing) == (D("12.50"), 1)
    assert whole(snapshot, "ratio(count(came where code = 'x'), count(sent))", FIXED, failing=failing) == (D(50), 4)


def test_what_is_not_there_in_time_is_charged_by_the_minute_and_by_tiers(snapshot):
    # b: a second late, a minute begun: 0.05 + 2.00. c: from Monday 17:00 to Wednesday 11:00 are 42 h: 126.00 + 80.00.
    # d: from Tuesday 10:00 to Wednesday 11:00 are 25 h: 75.00 + 80.00.
    assert whole(snapshot, "conversion(sent -> came, within = 1 hour)", LATE) == (D("363.05"), 3)
    # At the very end of its time nothing is late, and neither is what waits until the newest event.
    exact = [event("a", "SENT", at(2, 9)), event("a", "CAME", at(2, 10)), event("b", "SENT", at(2, 9))]
    assert whole(snapshot, "conversion(sent -> came, within = 1 hour)", LATE, exact) == (0, 0)


def test_a_tier_is_that_of_the_longest_time_that_is_passed(snapshot):
    log = [event("a", "SENT", at(2, 9)), event("a", "CAME", at(2, 11)), event("b", "SENT", at(2, 9))]
    log.append(event("b", "CAME", at(2, 11, 0, 1)))
    rule = replace(LATE, per_minute=D(0))
    # An hour late is not later than an hour; a second more is.
    assert whole(snapshot, "conversion(sent -> came, within = 1 hour)", rule, log) == (D("12.00"), 2)


def test_a_duration_fails_beyond_its_target_in_the_time_of_its_clock(snapshot):
    target = {"failing": {"target": 3_600.0}}
    wall = whole(snapshot, "p95(duration(sent -> came))", replace(LATE, tiers=()), **target)
    assert wall == (D("75.05"), 2)  # b: one minute; d: 25 h
    working = whole(snapshot, "avg(duration(sent -> came, clock = business))", replace(LATE, tiers=()), **target)
    assert working == (D("27.05"), 2)  # d: 8 + 2 working hours, 9 h of them late
    assert whole(snapshot, "max(duration(sent -> came))", FIXED, failing={"target": 90_000.0}) == (D("12.50"), 1)


def test_a_rule_of_the_flow_costs_for_each_case_that_breaks_it(snapshot):
    assert whole(snapshot, "conformance(must_end(came, back))", FIXED) == (D("12.50"), 1)
    assert whole(snapshot, "conformance(never_twice(back))", SHARE) == (D("1.00"), 1)  # the first one: 0.33
    assert whole(snapshot, "conformance(precedes(came, back))", FIXED) == (D("12.50"), 1)


@pytest.mark.parametrize(
    ("within", "costs"),
    [
        ("1 hour", {"b": "2.05", "c": "206.00", "d": "155.00"}),  # a second; 42 h until the newest event; 25 h
        # b: a second. c: Monday 17:00 to Wednesday 11:00 are 10 h of work, d: Tuesday 10:00 to Wednesday 11:00 are 9 h.
        ("1 hour, clock = business", {"b": "2.05", "c": "40.00", "d": "37.00"}),
        # c: until the end of Tuesday, so that Wednesday 9:00 to 11:00 is late; d was due by the end of Wednesday.
        ("1 day, clock = business", {"c": "16.00"}),
    ],
)
def test_what_does_not_follow_in_time_is_charged_from_when_it_was_due(snapshot, within, costs):
    formula = f"conformance(followed_by(sent, came, within = {within}))"
    assert whole(snapshot, formula, LATE) == (sum(map(D, costs.values())), len(costs))
    spec = KpiSpec("k", formula, cost_rule=LATE)
    listed = cases(snapshot(LOG), spec, SIGNALS, part="failed")
    assert {one.case: one.value for one in listed.items} == {case: D(money) for case, money in costs.items()}
    assert all(one.late > 0 for one in listed.items)


def test_of_several_that_are_late_in_a_case_the_latest_is_charged(snapshot):
    log = [event("a", "SENT", at(2, 9)), event("a", "CAME", at(2, 10, 10)), event("a", "SENT", at(2, 11))]
    log += [event("a", "CAME", at(2, 12, 30)), event("a", "SENT", at(2, 13)), event("a", "CAME", at(2, 13, 30))]
    formula = "conformance(followed_by(sent, came, within = 1 hour))"
    assert whole(snapshot, formula, replace(LATE, tiers=()), log) == (D("1.50"), 1)  # 30 minutes, not 10


def test_of_working_days_that_can_be_stopped_no_lateness_is_told(snapshot):
    clock = replace(OFFICE, stops=(BoundSignal("back", "BACK"),))
    signals = {name: replace(signal, clock=clock) for name, signal in SIGNALS.items()}
    spec = KpiSpec("c", "cost(k)", unit="USD")

    def failing(within, rule):
        return [KpiSpec("k", f"conformance(followed_by(sent, came, within = {within}, clock = business))",
                        cost_rule=rule)]  # fmt: skip

    (problem,) = check(spec, signals, failing("1 day", LATE))
    assert (problem.code, "no lateness is told" in problem.message) == ("no-cost", True)
    assert check(spec, signals, failing("3 hours", LATE)) == check(spec, signals, failing("1 day", FIXED)) == []
    (row,) = evaluate(snapshot(LOG), [spec], signals, known=failing("1 day", FIXED))
    assert (row.value, row.n) == (D("12.50"), 1)


def test_a_part_by_another_field(snapshot):
    rule = CostRule("page", "USD", rate=D("0.333"), rated="pages")
    # 3, 2.5, 1 and 1 pages: 1.00, 0.83, 0.33, 0.33
    assert whole(snapshot, "count(sent)", rule) == (D("2.49"), 4)


def test_a_cost_is_placed_and_split_as_the_kpi_whose_failures_it_charges(snapshot):
    days = cost(snapshot, "count(back)", FIXED, by="day")
    assert [(row.bucket_start.day, row.value) for row in days] == [(2, 0), (3, D("25.00")), (4, D("12.50"))]
    begun = cost(snapshot, "count(back)", FIXED, by="day", failing={"anchor": "sent"})
    assert [(row.bucket_start.day, row.value) for row in begun] == [(2, D("12.50")), (3, D("25.00")), (4, 0)]
    split = cost(snapshot, "count(back)", FIXED, dimensions=["code"])
    assert {row.dimensions["code"]: row.value for row in split} == {"R01": D("25.00"), "R02": D("12.50")}
    kept = cost(snapshot, "count(back)", FIXED, filters=(("code", ("R02",)),))
    assert [row.value for row in kept] == [D("12.50")]
    lacking = {"direction": "at_least", "target": 1.0}
    split = cost(snapshot, "ratio(count(came), count(sent))", SHARE, failing=lacking, dimensions=["pages"])
    assert {row.dimensions["pages"]: row.value for row in split} == {1.0: D("3.00")}
    late = cost(snapshot, "conversion(sent -> came, within = 1 hour)", LATE, by="day", end=at(3, 0))
    assert [(row.bucket_start.day, row.value) for row in late] == [(2, D("208.05"))]


def test_costs_are_added_up_by_derived_kpis(snapshot):
    known = [
        KpiSpec("k", "count(back)", cost_rule=FIXED), KpiSpec("l", "count(sent)", cost_rule=FIXED),
        KpiSpec("one", "cost(k)", unit="USD"), KpiSpec("two", "cost(l)", unit="USD"),
    ]  # fmt: skip
    (row,) = evaluate(snapshot(LOG), [KpiSpec("both", "derived(one + two)")], SIGNALS, known=known)
    assert row.value == D("87.50")


def test_what_is_in_another_currency_or_has_no_amount_is_withheld(snapshot):
    (row,) = cost(snapshot, "count(back)", SHARE, [event("a", "BACK", at(2), "5.00", "EUR")])
    assert (row.value, row.n) == (None, 1)
    assert row.withheld_reason == (
        "The cost rule 'share' charges in USD by amounts in more than one currency or in another (EUR, USD). "
        "Nothing is converted: charge by a field that holds the amounts in USD, or a fixed amount."
    )
    (row,) = cost(snapshot, "count(back)", SHARE, [event("a", "BACK", at(2), "5.00"), event("b", "BACK", at(2))])
    assert row.value is None
    assert row.withheld_reason == "Some failures have no amount, by which the cost rule 'share' charges."
    assert whole(snapshot, "count(back)", FIXED, [event("a", "BACK", at(2), "5.00", "EUR")]) == (D("12.50"), 1)


@pytest.mark.parametrize(
    ("formula", "given", "words"),
    [
        ("count(back)", {"cost_rule": None}, "It has no cost rule."),
        ("avg(back.amount)", {}, "neither events nor cases that fail"),
        ("balance(sent -> came)", {}, "neither events nor cases that fail"),
        ("derived(other + 1)", {}, "neither events nor cases that fail"),
        ("conversion(sent -> came)", {}, "may take for ever"),
        ("p95(duration(sent -> came))", {}, "which duration is too long"),
        ("p95(duration(sent -> came))", {"target": 1e14}, "no time that anything takes"),
        ("p95(duration(sent -> came))", {"target": 1e300}, "no time that anything takes"),
        ("balance(sent -> came)", {"cost_rule": None}, "neither events nor cases that fail"),
        ("p95(duration(sent -> came))", {"target": 5.0, "direction": "at_least"}, "which duration is too long"),
        ("count(back)", {"cost_rule": LATE}, "does not tell how late a failure is"),
        ("conformance(must_end(came))", {"cost_rule": SHARE}, "no event of its own makes such a case fail"),
        ("count(back)", {"cost_rule": replace(SHARE, rated="weight")}, "has no field 'weight'"),
        ("count(back)", {"cost_rule": replace(SHARE, rated="code")}, "charges by a number"),
        ("count(back)", {"cost_rule": replace(FIXED, currency="EUR")}, "is in EUR, but the unit is 'USD'"),
        ("count(", {}, "cannot be read"),
    ],
)
def test_a_cost_that_nothing_says_is_refused_with_the_reason(formula, given, words):
    failing = KpiSpec("k", formula, **({"cost_rule": FIXED} | given))
    (problem,) = check(KpiSpec("c", "cost(k)", unit="USD"), SIGNALS, [failing])
    assert words in problem.message
    assert problem.hint


def test_a_cost_of_itself_or_of_a_kpi_that_is_not_there_is_refused():
    for name in ("c", "gone"):
        (problem,) = check(KpiSpec("c", f"cost({name})"), SIGNALS)
        assert problem.code == "unknown-kpi"


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from(["SENT", "CAME", "BACK"]), st.integers(0, 3 * 86_400),
        st.one_of(st.none(), st.decimals(0, 2_000, places=2)),
    ),
    max_size=14,
)  # fmt: skip
MONEY = st.decimals(0, 20, places=2)
RULES = st.builds(
    CostRule, st.just("r"), st.just("USD"), fixed=MONEY, rate=st.decimals("0.000001", 2, places=6),
    rated=st.sampled_from(["", "amount"]), per_minute=MONEY,
    tiers=st.lists(st.tuples(st.sampled_from([0, 60, 3_600, 86_400]), MONEY), unique_by=lambda tier: tier[0])
    .map(sorted).map(tuple), most=st.one_of(st.none(), MONEY),
)  # fmt: skip
FAILING = st.sampled_from([
    KpiSpec("k", "count(back)"),
    KpiSpec("k", "ratio(count(came), count(sent))", anchor="sent", direction="at_least"),
    KpiSpec("k", "ratio(count(came), count(sent))", direction="at_least"),
    KpiSpec("k", "conversion(sent -> came, within = 2 hours)"),
    KpiSpec("k", "max(duration(sent -> came))", target=7_200.0),
    KpiSpec("k", "conformance(never_twice(back))"),
    *(KpiSpec("k", f"conformance(followed_by(sent, came, within = {within}))") for within in (
        "2 hours", "2 hours, clock = business", "1 day, clock = business",
    )),
])  # fmt: skip


def worked(start, end):
    """Seconds of Monday to Thursday, 9 to 17, between two seconds since Monday 0:00."""
    days = (day * 86_400 for day in range(4))
    return sum(max(0, min(end, day + 17 * 3_600) - max(start, day + 9 * 3_600)) for day in days)


def behind(formula, start, end):
    """By how many seconds something came too late, or nothing where it came in time."""
    if "1 day" in formula:  # by the end of the day after the one on which it begins
        due = (start // 86_400 + 2) * 86_400
        return worked(due, end) if end >= due else None
    late = (worked(start, end) if "business" in formula else end - start) - 7_200
    return late if late > 0 else None


def unfollowed(kpi, sent, came, newest):
    """Return the failure of a case: the amount of its first, and the most any is late."""
    ends = [next((at for at in came if at >= start), newest) for _, _, start, _ in sent]
    late = [behind(kpi.formula, row[2], end) for row, end in zip(sent, ends, strict=True)]
    late = [one for one in late if one is not None]
    return [(sent[0][3], max(late))] if late else []


def failures(kpi, rows):
    """Return what fails: (amount, seconds late or nothing) of each, in plain Python."""
    rows = sorted(rows, key=lambda row: row[2])
    if kpi.formula == "count(back)":
        return [(row[3], None) for row in rows if row[1] == "BACK"]
    found = []
    for case in sorted({row[0] for row in rows}):
        mine = {step: [row for row in rows if row[:2] == (case, step)] for step in ("SENT", "CAME", "BACK")}
        if "followed_by" in kpi.formula:
            found += unfollowed(kpi, mine["SENT"], [row[2] for row in mine["CAME"]], rows[-1][2])
            continue
        if kpi.formula.startswith("conformance"):
            found += [(mine["BACK"][0][3], None)] if len(mine["BACK"]) > 1 else []
            continue
        if not mine["SENT"]:
            continue
        _, _, begun, amount = mine["SENT"][0]
        if kpi.formula.startswith("ratio"):
            found += [] if mine["CAME"] else [(amount, None)]
            continue
        ended = next((row[2] for row in mine["CAME"] if row[2] >= begun), None)
        waits = kpi.formula.startswith("conversion") and ended is None
        late = (max(row[2] for row in rows) if waits else ended if ended is not None else begun) - begun - 7_200
        found += [(amount, late)] if late > 0 else []
    return found


def charged(rule, amount, late):
    money = rule.fixed + (amount * rule.rate if rule.rated else 0)
    if late is not None:
        money += -(-late // 60) * rule.per_minute
        money += next((cost for over, cost in reversed(rule.tiers) if late > over), 0)
    money = money if rule.most is None else min(money, rule.most)
    return money.quantize(D("0.01"), ROUND_HALF_UP)


@pytest.mark.full
@pytest.mark.duckdb
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, RULES, FAILING)
def test_generated_failures_cost_what_plain_python_says(snapshot, rows, rule, kpi):
    if not kpi.formula.startswith(("conversion", "max", "conformance(followed_by")):
        rule = replace(rule, per_minute=D(0), tiers=())
    log = [event(case, step, at(2, 0) + timedelta(seconds=s), amount) for case, step, s, amount in rows]
    known = replace(kpi, cost_rule=rule)
    snap = snapshot(log)
    (row,) = evaluate(snap, [KpiSpec("c", "cost(k)", unit="USD")], SIGNALS, known=[known])
    # Of several events at one instant the one with the smaller id is the first; ids follow the order of the rows.
    failed = failures(kpi, rows)
    assert row.n == len(failed)
    if rule.rated and any(amount is None for amount, _ in failed):
        assert row.value is None
        assert "Some failures have no amount" in row.withheld_reason
        return
    assert row.value == sum((charged(rule, amount, late) for amount, late in failed), D(0))
    days = evaluate(snap, [KpiSpec("c", "cost(k)", unit="USD")], SIGNALS, known=[known], by="day")
    assert (sum(day.value for day in days), sum(day.n for day in days)) == (row.value, row.n)


@pytest.mark.full
@settings(max_examples=12)
@given(EVENTS, RULES, FAILING)
def test_generated_failures_cost_the_same_on_each_engine(snapshot, rows, rule, kpi):
    test_generated_failures_cost_what_plain_python_says.hypothesis.inner_test(snapshot, rows, rule, kpi)


def test_the_statement_of_a_cost_alone_gives_the_same_number(snapshot):
    known = KpiSpec("k", "conversion(sent -> came, within = 1 hour)", cost_rule=LATE)
    spec, held = KpiSpec("c", "cost(k)", unit="USD"), snapshot(LOG)
    sql = compile_sql(spec, SIGNALS, known=[known], by="day")
    with opened(held, None, memory_limit="1GB") as cursor:
        alone = {bucket.day: value for bucket, value, _ in cursor.execute(sql).fetchall()}
    rows = evaluate(held, [spec], SIGNALS, known=[known], by="day")
    assert alone == {row.bucket_start.day: row.value for row in rows if row.n}
