"""The table of support is held by the compilers: what is said to compile does, and what is not says why."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bos.errors import NotExpressible, UsageError
from bos.kpi import (
    BoundSeries,
    BoundSignal,
    BusinessClock,
    FieldBinding,
    KpiSpec,
    NativeQuery,
    Place,
    conditions,
    nodes,
    series,
)
from bos.kpi import rules as rules_module
from bos.kpi.costs import CostRule
from bos.kpi.queries import LANGUAGES, telemetry_query
from bos.kpi.queries.support import ENGINES, PARTS, require

CLOCK = BusinessClock("c", "UTC", (0, 1, 2, 3, 4), 0, 3_600)
FIELDS = {
    "code": FieldBinding("code"), "other": FieldBinding("other"), "weight": FieldBinding("weight", "number"),
    "manual": FieldBinding("manual", "boolean"), "due": FieldBinding("due", "date"),
    "sent": FieldBinding("sent", "time"),
}  # fmt: skip
SIGNALS = {
    "a": BoundSignal("a", "A", fields=FIELDS, clock=CLOCK, place=Place("a", (("a", "b"),))),
    "b": BoundSignal("b", "B", fields=FIELDS, clock=CLOCK, place=Place("b", (("a", "b"),))),
    "own": BoundSignal("own", "C", native=NativeQuery("spl", "index=own")),
}
SYSTEMS = {name: BoundSeries(name, (name,)) for name in ("s", "good", "calls")}
KNOWN = (
    KpiSpec("one", "count(a)"),
    KpiSpec("late", "conversion(a -> b, within = 1 day)", cost_rule=CostRule("r", "USD", fixed=Decimal(1))),
)
WINDOW = {"start": datetime(2026, 1, 5, tzinfo=UTC), "end": datetime(2026, 1, 19, tzinfo=UTC)}
TRIED = {
    "count": "count(a)", "sum": "sum(a.weight)", "avg": "avg(a.weight)", "min": "min(a.weight)", "max": "max(a.weight)",
    "percentile": "p95(a.weight)", "distinct": "distinct(a.code)", "distinct_case": "distinct(a.case)",
    "ratio": "ratio(count(a), count(b))", "gap": "gap(count(a), count(b))", "derived": "derived(one / 2)",
    "duration": "avg(duration(a -> b))", "duration_business": "avg(duration(a -> b, clock = business))",
    "age": "max(age(a -> b))", "age_business": "max(age(a -> b, clock = business))",
    "conversion": "conversion(a -> b)", "conversion_open": "conversion(a -> b, within = 1 day, show = dropped)",
    "balance_points": "balance(s)", "balance_cases": "balance(a -> b)", "balance_amount": "balance(a.amount -> b)",
    "moment_buckets": ("balance(a -> b)", {"by": "day"}), "points": "sum(s)", "points_percentile": "p50(s)",
    "availability": "availability(s)", "availability_bound": "availability(s <= 0.5)",
    "availability_counts": "availability(good / calls)", "precedes": "conformance(precedes(a, b))",
    "different_persons": "conformance(different_persons(a, b))", "never_twice": "conformance(never_twice(a))",
    "followed_by": "conformance(followed_by(a, b, within = 2 days))",
    "followed_by_business": "conformance(followed_by(a, b, within = 2 days, clock = business))",
    "exactly_one": "conformance(exactly_one(a, b))", "must_end": "conformance(must_end(a))",
    "along_flow": "conformance(along_flow(a, b))",
    "cost": "cost(late)", "cumulative": "cumulative(count(a))",
    "cumulative_span": "cumulative(count(a), window = 2 days)",
    "cumulative_buckets": ("cumulative(count(a), window = 2 days)", {"by": "day"}),
    "grain_buckets": ("cumulative(count(a), grain_to_date = month)", {"by": "day"}), "money": "sum(a.amount)",
    "equals": "count(a where code = 'x')", "order": "count(a where code < 'x')", "number": "count(a where weight > 1)",
    "boolean": "count(a where manual = true)", "date": "count(a where due = date '2026-01-31')",
    "time": "count(a where sent is null)", "two_fields": "count(a where code = other)",
    "empty_text": "count(a where code = '')", "is_null": "count(a where code is null)",
    "and": "count(a where code = 'x' and other = 'y')", "or": "count(a where code = 'x' or other = 'y')",
    "not": "count(a where not (code = 'x' and other = 'y'))", "case_field": "count(a where case = 'x')",
    "dimensions": ("count(a)", {"dimensions": ("code",), "filters": (("other", ("x", "y")),)}),
    "typed_dimensions": ("count(a)", {"dimensions": ("due",)}),
    "number_dimensions": ("count(a)", {"dimensions": ("weight",)}), "anchor_event": "count(a)",
    "anchor_start": ("count(a)", {}, "start"), "anchor_end": ("count(a)", {}, "end"),
    "anchor_signal": ("count(a)", {}, "b"), "mixed": "ratio(count(a), distinct(a.case))",
    "all_events": ("count(own)", {}, "start"),
    **{by: ("count(a)", {"by": by}) for by in ("hour", "day", "week", "month", "quarter")},
}  # fmt: skip
JOINED = {"mixed": "ratio(count(a), conformance(never_twice(a)))"}


def asked(part, language):
    found = JOINED.get(part, TRIED[part])
    formula, options, anchor = (*found, "event")[:3] if isinstance(found, tuple) else (found, {}, "event")
    spec = KpiSpec("k", formula, anchor)
    return telemetry_query(spec, SIGNALS, language, systems=SYSTEMS, known=KNOWN, **WINDOW, **options)


def test_every_part_is_tried():
    assert set(TRIED) == set(PARTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", TRIED)
def test_a_compiler_can_say_what_the_table_says_and_nothing_else(part, language):
    support = PARTS[part].support(language)
    if support.state == "never":
        with pytest.raises(NotExpressible) as raised:
            asked(part, language)
        assert raised.value.node
        assert language.upper() in str(raised.value).upper()
        assert support.words
        return
    query = asked(part, language)
    assert query.text
    assert query.estimated == bool(query.tolerance)
    if support.state == "approximate":
        assert support.words
        assert any(support.words in told for told in query.tolerance)


def test_every_node_of_the_language_is_in_the_table():
    named = {name for part in PARTS.values() for name in part.nodes}
    modules = (nodes, conditions, rules_module, series)
    found = {
        name
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and not issubclass(kind, Exception) and hasattr(kind, "__dataclass_fields__")
    }
    assert named <= found
    assert found - named == set()


def test_duckdb_and_spark_compute_everything():
    assert {"duckdb", "spark"} <= set(ENGINES)
    assert all(part.support(engine).state == "supported" for part in PARTS.values() for engine in ("duckdb", "spark"))


def test_the_markings_say_what_was_run_and_what_is_estimated():
    assert asked("count", "spl").marking == "generated, not run"
    assert asked("count", "adql").marking == "generated, not run"
    assert asked("percentile", "adql").marking == "estimated, generated, not run"
    assert asked("count", "promql").marking == "estimated"


def test_an_unknown_language_and_a_window_that_is_missing_are_said():
    with pytest.raises(UsageError, match="no language 'sql'"):
        telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "sql")
    with pytest.raises(UsageError, match="needs a whole window"):
        telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql")
    long = {"by": "hour", "start": WINDOW["start"], "end": datetime(2028, 1, 1, tzinfo=UTC)}
    with pytest.raises(UsageError, match="at most 11,000 buckets"):
        telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql", **long)
    with pytest.raises(NotExpressible, match="Give the window an end"):
        telemetry_query(KpiSpec("k", "cumulative(count(a), window = 1 day)"), SIGNALS, "spl")
    with pytest.raises(NotExpressible, match="clock of Europe/Paris changes"):
        telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql", by="day", time_zone="Europe/Paris")
    with pytest.raises(NotExpressible, match="An empty label is a missing one"):
        telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql", by="hour", filters=(("code", ("", "x")),))
    assert require("count", "spl", "Count").state == "supported"


def test_range_queries_begin_where_a_bucket_of_the_zone_ends_and_are_shifted_back():
    window = {"start": datetime(2026, 1, 5, 5, tzinfo=UTC), "end": datetime(2026, 1, 7, 5, tzinfo=UTC)}
    query = telemetry_query(
        KpiSpec("k", "count(a)"), SIGNALS, "promql", by="day", time_zone="America/New_York", **window
    )
    first = int(window["start"].timestamp())
    assert dict(query.parameters) == {
        "start": str(first + 86_400), "end": str(first + 2 * 86_400), "step": "86400", "shift": "86400"
    }  # fmt: skip


def test_weeks_of_a_range_query_end_on_mondays_and_hours_where_the_zone_has_them():
    window = {"start": datetime(2026, 1, 7, 12, tzinfo=UTC), "end": datetime(2026, 1, 20, tzinfo=UTC)}
    found = telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql", by="week", **window)
    edges = [datetime.fromtimestamp(int(found.parameters[name]), UTC) for name in ("start", "end")]
    assert edges == [datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 1, 26, tzinfo=UTC)]
    assert any("first and last are whole" in note for note in found.notes)
    half = telemetry_query(KpiSpec("k", "count(a)"), SIGNALS, "promql", by="hour", time_zone="Asia/Kolkata", **window)
    assert int(half.parameters["start"]) % 3_600 == 1_800


def test_a_signal_with_a_query_of_its_own_is_kept_there():
    signals = {
        "paid": BoundSignal(
            "paid", "PAID", fields={"code": FieldBinding("c"), "fee": FieldBinding("fee", "number")},
            native=NativeQuery("spl", "search index=pay type=paid", {"case": "pid", "code": "rc", "amount": "amt"}),
        ),
        "seen": BoundSignal("seen", "SEEN"),
    }  # fmt: skip
    text = telemetry_query(KpiSpec("k", "sum(paid.amount where code = 'x')"), signals, "spl").text
    assert text.startswith("search index=pay type=paid\n| eval bos_case='pid'")
    assert "PAID" not in text
    assert "'rc'==\"x\"" in text
    both = telemetry_query(KpiSpec("k", "ratio(count(paid), count(seen))"), signals, "spl").text
    assert both.startswith("| multisearch\n    [search index=pay type=paid | eval bos_from=\"s0\", bos_case='pid'")
    for bad in ('index=x "', "| inputlookup x", "index=x ]", "a `b"):
        own = {"paid": BoundSignal("paid", native=NativeQuery("spl", bad))}
        with pytest.raises(NotExpressible, match="search of a signal"):
            telemetry_query(KpiSpec("k", "count(paid)"), own, "spl")


def test_own_metrics_and_event_types_are_used():
    mapping = {"code": "reason", "amount": "pay_usd"}
    fields = {"code": FieldBinding("c")}
    prom = {"paid": BoundSignal("paid", fields=fields, native=NativeQuery("promql", 'pay_total{env="p"}', mapping))}
    text = telemetry_query(KpiSpec("k", "count(paid where code = 'x')"), prom, "promql", by="hour").text
    assert 'pay_total{env="p", reason="x"}' in text
    text = telemetry_query(KpiSpec("k", "avg(paid.amount)"), prom, "promql", by="hour").text
    assert 'pay_usd_sum{env="p"}' in text
    adql = {"paid": BoundSignal("paid", fields=fields, native=NativeQuery("adql", "pays WHERE app = 'x' OR 1 = 1"))}
    text = telemetry_query(KpiSpec("k", "count(paid where code = 'x')"), adql, "adql").text
    assert text == "SELECT count(*) FROM pays WHERE (app = 'x' OR 1 = 1) AND c = 'x'"
    gauge = {"s": BoundSeries("s", ("s",), native=NativeQuery("promql", 'up{job="g"}'))}
    text = telemetry_query(KpiSpec("k", "balance(s)"), {}, "promql", systems=gauge, by="hour").text
    assert 'last_over_time(up{job="g"}[1h] offset 1ms)' in text
