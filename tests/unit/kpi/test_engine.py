"""The engine's rules on small hand-worked events."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bos.errors import Invalid, Unavailable, UsageError
from bos.kpi import BoundSignal, FieldBinding, KpiSpec
from bos.kpi.engine import compile_sql, evaluate

pytestmark = pytest.mark.usefixtures("each_engine")

SIGNALS = {
    "received": BoundSignal("received", "RCV", fields={"channel": FieldBinding("ch")}),
    "posted": BoundSignal("posted", "PST", fields={"weight": FieldBinding("w", "number")}),
    "planned": BoundSignal("planned"),
}


def at(day, hour=0, minute=0, month=1):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def happened(case, step, time, amount=None, currency="EUR", resource=None, **attributes):
    return {
        "case_id": case,
        "step": step,
        "event_time": time,
        "amount": None if amount is None else Decimal(amount),
        "currency": currency,
        "resource": resource,
        "attributes": attributes,
    }


def values(held, formula, anchor="event", **options):
    known = options.pop("known", ())
    return [row.value for row in evaluate(held, [KpiSpec("k", formula, anchor)], SIGNALS, known=known, **options)]


def test_every_bucket_of_the_window_is_there_with_0_for_counts_and_nothing_for_the_rest(snapshot):
    held = snapshot([happened("1", "RCV", at(1)), happened("1", "PST", at(3), "5.00")])
    window = {"by": "day", "start": at(1), "end": at(5)}
    assert values(held, "count(received)", **window) == [1, 0, 0, 0]
    assert values(held, "distinct(posted.case)", **window) == [0, 0, 1, 0]
    assert values(held, "sum(posted.amount)", **window) == [None, None, Decimal("5.00"), None]
    assert values(held, "ratio(count(posted), count(received))", **window) == [0.0, None, None, None]
    assert values(held, "conformance(never_twice(posted))", **window) == [0, 0, 0, 0]


def test_without_a_window_buckets_go_from_the_first_event_of_the_flow_to_its_last(snapshot):
    held = snapshot([happened("1", "RCV", at(1)), happened("1", "OTHER", at(3))])
    assert values(held, "count(received)", by="day") == [1, 0, 0]


def test_a_snapshot_of_more_events_has_more_buckets_and_the_one_of_before_as_many_as_before(snapshot):
    short, longer = (snapshot([happened("1", "RCV", at(day)) for day in days]) for days in ((1, 2), (1, 2, 3)))
    counted = [values(held, "count(received)", by="day") for held in (short, longer, short)]
    assert counted == [[1, 1], [1, 1, 1], [1, 1]]


def test_the_window_is_half_open_and_a_bucket_is_labelled_by_its_start(snapshot):
    held = snapshot([happened("1", "RCV", at(1)), happened("2", "RCV", at(2))])
    rows = evaluate(held, [KpiSpec("k", "count(received)")], SIGNALS, by="month", start=at(1), end=at(2))
    assert [(row.bucket_start, row.value, row.n) for row in rows] == [(at(1), 1, 1)]


@pytest.mark.parametrize(
    ("by", "zone", "starts"),
    [
        (
            "day",
            "Europe/Amsterdam",
            ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"],
        ),
        ("week", "Europe/Amsterdam", ["2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]),
        ("quarter", "Asia/Kolkata", ["2026-01-01T00:00:00+05:30"]),
    ],
)
def test_days_weeks_and_quarters_begin_in_the_declared_zone(snapshot, by, zone, starts):
    held = snapshot([happened("1", "RCV", at(28, 12, month=3)), happened("2", "RCV", at(29, 22, month=3))])
    rows = evaluate(held, [KpiSpec("k", "count(received)")], SIGNALS, by=by, time_zone=zone)
    assert [row.bucket_start.isoformat() for row in rows] == starts
    assert sum(row.value for row in rows) == 2


def test_the_hour_that_a_clock_change_repeats_makes_two_buckets(snapshot):
    held = snapshot([happened("1", "RCV", datetime(2026, 10, 25, hour, 30, tzinfo=UTC)) for hour in (0, 1)])
    rows = evaluate(held, [KpiSpec("k", "count(received)")], SIGNALS, by="hour", time_zone="Europe/Amsterdam")
    assert [(row.bucket_start.isoformat(), row.value) for row in rows] == [
        ("2026-10-25T02:00:00+02:00", 1),
        ("2026-10-25T02:00:00+01:00", 1),
    ]


def test_a_day_whose_midnight_does_not_exist_begins_at_its_first_instant(snapshot):
    held = snapshot([happened("1", "RCV", datetime(2018, 11, 4, 12, tzinfo=UTC))])
    (row,) = evaluate(held, [KpiSpec("k", "count(received)")], SIGNALS, by="day", time_zone="America/Sao_Paulo")
    assert (row.bucket_start.isoformat(), row.value) == ("2018-11-04T01:00:00-02:00", 1)


def test_a_case_that_has_not_ended_is_open_until_its_window_is_over(snapshot):
    held = snapshot(
        [
            happened("early", "PST", at(1)),  # before its start: no conversion
            happened("early", "RCV", at(2)),
            happened("same", "RCV", at(3)),
            happened("same", "PST", at(3)),  # the same instant counts
            happened("edge", "RCV", at(4)),
            happened("edge", "PST", at(6)),  # exactly two days
            happened("late", "RCV", at(4)),
            happened("late", "PST", at(6, 0, 1)),
            happened("open", "RCV", at(8)),
            happened("other", "TICK", at(10)),  # the log ends here: open's window is just not over
        ]
    )
    shown = {
        show: values(held, f"conversion(received -> posted, within = 2 days, show = {show})")
        for show in ("rate", "converted", "dropped", "in_flight")
    }
    assert shown == {"rate": [0.4], "converted": [2], "dropped": [2], "in_flight": [1]}
    assert values(held, "conversion(received -> posted, show = dropped)") == [0]
    assert values(held, "conversion(received -> posted, show = in_flight)") == [2]


def test_durations_run_from_the_first_start_to_the_first_end_after_it(snapshot):
    held = snapshot(
        [
            happened("loop", "PST", at(1)),
            happened("loop", "RCV", at(2)),
            happened("loop", "RCV", at(3)),
            happened("loop", "PST", at(2, 0, 1)),
            happened("loop", "PST", at(9)),
            happened("open", "RCV", at(2)),
        ]
    )
    (row,) = evaluate(held, [KpiSpec("k", "avg(duration(received -> posted))")], SIGNALS)
    assert (row.value, row.n) == (60.0, 1)
    assert values(held, "avg(duration(received -> posted))", by="day", start=at(2), end=at(4)) == [60.0, None]


def test_an_anchor_places_every_measure_of_its_kpi_and_leaves_out_cases_without_it(snapshot):
    held = snapshot(
        [
            happened("1", "RCV", at(1), ch="ach"),
            happened("1", "PST", at(20)),
            happened("2", "PST", at(21)),  # never received
        ]
    )
    ratio = "ratio(count(posted), count(received))"
    assert values(held, ratio, "received") == [1.0]
    assert values(held, "count(posted)", "received", start=at(1), end=at(2)) == [1]
    assert values(held, "count(posted)", "start", start=at(1), end=at(2)) == [1]
    assert values(held, "count(posted)", start=at(1), end=at(2)) == [0]
    (row,) = evaluate(held, [KpiSpec("k", ratio, "received")], SIGNALS, dimensions=["channel"])
    assert (row.dimensions, row.value) == ({"channel": "ach"}, 1.0)


def test_amounts_in_two_currencies_are_withheld_and_split_by_currency(snapshot):
    held = snapshot(
        [happened("1", "PST", at(1), "5"), happened("2", "PST", at(2), "7", "USD"), happened("3", "RCV", at(2))]
    )
    (row,) = evaluate(held, [KpiSpec("k", "sum(posted.amount)", unit="EUR")], SIGNALS)
    assert (row.value, row.n) == (None, 2)
    assert "EUR, USD" in row.withheld_reason
    assert values(held, "sum(posted.amount)", dimensions=["currency"]) == [Decimal("5.00"), Decimal("7.00")]
    assert values(held, "sum(posted.amount)", by="day") == [Decimal("5.00"), Decimal("7.00")]
    known = [KpiSpec("total", "sum(posted.amount)")]
    (derived,) = evaluate(held, [KpiSpec("k", "derived(total * 2)")], SIGNALS, known=known)
    assert derived.withheld_reason == row.withheld_reason


def test_a_ratio_of_distincts_rests_on_the_events_of_its_denominator(snapshot):
    held = snapshot(
        [
            happened("1", "PST", at(1), "1.00"),
            happened("1", "RCV", at(1)),
            happened("1", "RCV", at(2)),
            happened("2", "RCV", at(2)),
        ]
    )
    (row,) = evaluate(held, [KpiSpec("k", "ratio(distinct(posted.case), distinct(received.case))")], SIGNALS)
    assert (row.value, row.n) == (0.5, 3)


def test_money_is_not_shown_in_another_currency(snapshot):
    held = snapshot([happened("1", "PST", at(1), "5.00"), happened("2", "RCV", at(1), "7.00", "USD")])
    known = [KpiSpec("euros", "sum(posted.amount)"), KpiSpec("dollars", "sum(received.amount)")]
    told = {}
    for unit in ("EUR", "USD", "amounts"):
        for formula in ("sum(posted.amount)", "derived(euros * 2 + 1)", "derived(euros / 2)"):
            (row,) = evaluate(held, [KpiSpec("k", formula, unit=unit)], SIGNALS, known=known)
            told.setdefault(unit, []).append((row.value, row.withheld_reason))
    assert told["EUR"] == told["amounts"] == [(Decimal("5.00"), None), (Decimal("11.00"), None), (2.5, None)]
    foreign = (
        "The amounts are in EUR, but the unit of the KPI is USD. Nothing is converted: set the unit to EUR, record the "
        "amounts in USD as a field of their own and use that, or name a cost rule in USD."
    )
    assert told["USD"] == [(None, foreign)] * 3
    (both,) = evaluate(held, [KpiSpec("k", "derived(euros + dollars)")], SIGNALS, known=known)
    mixed = "Amounts in EUR and in USD are no one amount, and nothing is converted. "
    assert (both.value, both.withheld_reason) == (None, f"{mixed}Use amounts that were recorded in one currency.")
    (rate,) = evaluate(held, [KpiSpec("k", "derived(euros / dollars)", unit="EUR per USD")], SIGNALS, known=known)
    assert rate.value == pytest.approx(5 / 7)


def test_an_amount_without_currency_does_not_mix_with_one_that_has_it(snapshot):
    held = snapshot([happened("1", "PST", at(1), "5"), happened("2", "PST", at(2), "7", None)])
    (row,) = evaluate(held, [KpiSpec("k", "sum(posted.amount)")], SIGNALS)
    assert (row.value, "none given" in row.withheld_reason) == (None, True)


def test_a_signal_that_is_not_bound_gives_no_value_and_says_so(snapshot):
    held = snapshot([happened("1", None, at(1))])
    specs = [KpiSpec("k", "count(planned)"), KpiSpec("d", "derived(k + 1)"), KpiSpec("ok", "count(received)")]
    first, second, third = evaluate(held, specs, SIGNALS)
    assert "planned" in first.withheld_reason
    assert "planned" in second.withheld_reason
    assert (first.value, second.value, third.value) == (None, None, 0)


def test_a_flow_without_events_gives_0_and_nothing_and_no_buckets(no_files):
    specs = [KpiSpec("n", "count(received)"), KpiSpec("s", "sum(posted.amount)"), KpiSpec("p", "p50(posted.amount)")]
    assert [row.value for row in evaluate(no_files, specs, SIGNALS)] == [0, None, None]
    assert evaluate(no_files, specs, SIGNALS, by="day") == []
    assert values(no_files, "count(received)", by="day", start=at(1), end=at(3)) == [0, 0]


def test_derived_kpis_are_exact_with_money_and_true_with_integers(snapshot):
    held = snapshot(
        [happened("1", "PST", at(1), "0.10"), happened("2", "PST", at(1), "0.20"), happened("1", "RCV", at(1))]
    )
    known = [KpiSpec("money", "sum(posted.amount)"), KpiSpec("two", "count(posted)"), KpiSpec("one", "count(received)")]
    expected = {
        "money - 0.3": Decimal(0),
        "money * 1.5": Decimal("0.45"),
        "one / two": 0.5,
        "two * 2 - one": 3,
        "two * 0.5": 1.0,
        "one / (two - 2)": None,
        "(one + two) / 3 * money": 0.3,
    }
    for term, value in expected.items():
        (found,) = values(held, f"derived({term})", known=known)
        assert (found, type(found)) == (value, type(value))


def test_a_floating_sum_depends_on_the_numbers_alone(snapshot):
    numbers = ["1e9", "0.1", "-1e9", "0.2", "3e-7"] * 50
    rows = [happened(str(i), "PST", at(1), w=number) for i, number in enumerate(numbers)]
    forth, back = snapshot(rows), snapshot(rows[::-1])
    (first,), (second,) = values(forth, "sum(posted.weight)"), values(back, "sum(posted.weight)")
    assert first == second == pytest.approx(15.000015, abs=1e-4)


def test_values_have_12_significant_digits(snapshot):
    held = snapshot([happened(str(i), "RCV", at(1)) for i in range(3)] + [happened("1", "PST", at(1))])
    assert values(held, "ratio(count(posted), count(received))") == [0.333333333333]


HOSTILE = [
    "'; DROP TABLE events; --", "\\'", "''", "a\\", "$$", "%s", "{0}", "/* */", "\u202e", "' OR '1'='1",
    "${env:HOME}", "\\u0041",
]  # fmt: skip


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30) | st.sampled_from(HOSTILE))
@example("${env:HOME}")
@settings(max_examples=60)
def test_hostile_text_is_only_ever_a_value(snapshot, text):
    hostile = {**happened("1", text, at(1)), "attributes": {text: text, "ch": text}}
    rows = [hostile, happened("2", "quiet", at(1), ch="other")]
    signal = BoundSignal("s", text, {text: text}, {"channel": FieldBinding("ch"), "own": FieldBinding(text)})
    quoted = text.replace("'", "''")
    formula = f"count(s where channel = '{quoted}' and own in ('{quoted}', 'x'))"
    (row,) = evaluate(snapshot(rows), [KpiSpec("k", formula)], {"s": signal}, dimensions=["own"])
    assert (row.dimensions, row.value) == ({"own": text}, 1)


def test_evaluations_in_several_threads_do_not_disturb_one_another(snapshot):
    formulas = ["count(posted)", "ratio(count(posted), count(received))", "count(received)"]
    specs = [KpiSpec(f"k{i}", formula, "received") for i, formula in enumerate(formulas)]
    held = [
        snapshot([happened(str(case), step, at(1)) for case in range(size) for step in ("RCV", "PST")])
        for size in (1, 20, 300)
    ]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda i: [row.value for row in evaluate(held[i % 3], specs, SIGNALS)], range(60)))
    assert found == [[size, 1.0, size] for size in (1, 20, 300)] * 20


def test_a_lake_in_a_folder_with_pattern_characters_is_read(tmp_path, snapshot):
    held = snapshot([happened("1", "RCV", at(1))])
    folder = tmp_path / "it's [a] *lake?*"
    folder.mkdir()
    moved = folder / "part.parquet"
    with open(held.files[0], "rb") as file:  # noqa: PTH123 - a name from the snapshot
        moved.write_bytes(file.read())
    assert values(type(held)("f@9", (str(moved),)), "count(received)") == [1]


def test_a_missing_file_of_the_lake_is_told_without_its_path(snapshot):
    held = type(snapshot([]))("f@9", ("/nowhere/part.parquet",))
    with pytest.raises(Unavailable, match="cannot be read") as caught:
        values(held, "count(received)")
    assert "/nowhere" not in str(caught.value)


def test_every_problem_of_every_kpi_is_told(no_files):
    specs = [KpiSpec("one", "count(gone)"), KpiSpec("two", "sum(posted.step)", "nowhere")]
    with pytest.raises(Invalid) as caught:
        evaluate(no_files, specs, SIGNALS)
    assert sorted(problem.path for problem in caught.value.problems) == ["one.formula", "two.anchor", "two.formula"]


def test_there_is_no_working_time_without_a_calendar(no_files):
    with pytest.raises(Invalid, match="has a calendar"):
        values(no_files, "avg(duration(received -> posted, clock = business))")


@pytest.mark.parametrize(
    "options",
    [
        {"by": "year"},
        {"time_zone": "Mars/Olympus"},
        {"start": at(2), "end": at(1)},
        {"start": at(1).replace(tzinfo=None)},
        {"dimensions": ["case", "case"]},
        {"by": "hour", "start": datetime(1000, 1, 1, tzinfo=UTC), "end": at(1)},
    ],
)
def test_options_that_make_no_sense_are_refused(no_files, options):
    with pytest.raises(UsageError) as caught:
        values(no_files, "count(received)", **options)
    assert caught.value.hint


def test_a_dimension_that_the_placing_event_lacks_is_refused(no_files):
    with pytest.raises(Invalid, match="channel"):
        values(no_files, "ratio(count(posted), count(received))", dimensions=["channel"])


def test_the_shown_sql_names_no_file():
    sql = compile_sql(
        KpiSpec("k", "p95(duration(received -> posted))"), SIGNALS, by="month", time_zone="Europe/Amsterdam"
    )
    assert '"events"' in sql
    assert "parquet" not in sql
    assert ZoneInfo("Europe/Amsterdam").key in sql
