"""Numbers, periods and standings in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bos.dashboards.periods import Held, day_after, suits, words
from bos.dashboards.standing import approval_mark, approval_words, comparison, standing, worst
from bos.dashboards.tiles import side
from bos.model.answers.changes import Approval
from bos.model.cost_rule import CostRule
from bos.model.numbers import (
    MINUS,
    apart,
    beside,
    cause,
    counted,
    duration,
    each,
    exact,
    is_money,
    named,
    percent,
    points,
    shown,
    value_words,
)

THIN = "\u202f"
NUMBERS = st.decimals(-(10**6), 10**6, places=6)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0283, "ratio", f"2.83{THIN}%"),
        (0.5, "ratio", f"50.0{THIN}%"),
        (0, "ratio", f"0{THIN}%"),
        (1.0, "ratio", f"100{THIN}%"),
        (0.99996, "ratio", f"99.996{THIN}%"),
        (0.00001, "ratio", f"0.001{THIN}%"),
        (1_247_325.9335, "seconds", "14 d 10 h"),
        (86_399.9, "seconds", "1 d"),
        (61, "seconds", "1 min 1 s"),
        (0.25, "seconds", "250 ms"),
        (177_634_511, "EUR", f"EUR 177{THIN}634{THIN}511.00"),
        (279, "USD", "USD 279.00"),
        (352.6543, "USD", "USD 352.65"),
        (-0.5, "USD", "USD \u22120.50"),
        (1279, "JPY", f"JPY 1{THIN}279"),
        (1279.5, "KWD", f"KWD 1{THIN}279.500"),
        (12.5, "EUR", "EUR 12.50"),
        ("12345678901234567.25", "USD", f"USD 12{THIN}345{THIN}678{THIN}901{THIN}234{THIN}567.25"),
        (-3, "minutes", "\u22123 minutes"),
        (13_087, "applications", f"13{THIN}087 applications"),
        (0.00321, "", "0.00321"),
        (None, "ratio", "No data"),
    ],
)
def test_a_number_is_shown_with_its_unit(value, unit, text):
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("value", "bound", "unit", "expected"),
    [
        (0.98, 0.98, "ratio", (f"98.0{THIN}%", f"98.0{THIN}%")),
        (0.9123, 0.98, "ratio", (f"91.2{THIN}%", f"98.0{THIN}%")),
        (0.97996, 0.98, "ratio", (f"97.996{THIN}%", f"98.000{THIN}%")),
        (0.979999999999, 0.98, "ratio", (f"97.9999999999{THIN}%", f"98.0000000000{THIN}%")),
        (-0.97996, -0.98, "ratio", (f"\u221297.996{THIN}%", f"\u221298.000{THIN}%")),
        ("2.5000001", "2.5", "USD", ("USD 2.5000001", "USD 2.5000000")),
        ("0.004", "0", "USD", ("USD 0.004", "USD 0.000")),
        (40062.8, 40063.2, "seconds", ("11 h 7 min 42.8 s", "11 h 7 min 43.2 s")),
        (7200.4, 7200, "seconds", ("2 h 0 min 0.4 s", "2 h 0 min 0.0 s")),
        (86_401, 86_400, "business seconds", ("24 h 0 min 1.0 s working time", "24 h 0 min 0.0 s working time")),
        (1000.4, 1000, "minutes", (f"1{THIN}000.4 minutes", f"1{THIN}000.0 minutes")),
        (1000.4, 1000, "", (f"1{THIN}000.4", f"1{THIN}000.0")),
        (12, 3, "count", ("12", "3")),
    ],
)
def test_a_number_and_what_it_is_held_against_read_alike_only_where_they_are(value, bound, unit, expected):
    assert apart(value, bound, unit) == expected
    assert apart(bound, value, unit) == expected[::-1]


@given(value=NUMBERS, hair=st.integers(1, 10**9), unit=st.sampled_from(["ratio", "USD", "seconds", "count", "minutes"]))
def test_however_near_two_numbers_are_the_texts_keep_their_order(value, hair, unit):
    beyond = value + hair * Decimal("1e-9")
    one, two = apart(value, beyond, unit)
    assert one != two
    if unit != "seconds":  # a duration has two units
        told = [Decimal(re.sub(r"[^0-9.\u2212]", "", text).replace("\u2212", "-")) for text in (one, two)]
        assert told[0] < told[1]


@pytest.mark.parametrize(
    ("value", "limit", "unit", "expected"),
    [
        (0.0282976, 0.02825, "ratio", (f"2.83{THIN}%", f"2.825{THIN}%")),
        (0.02826, 0.02825, "ratio", (f"2.83{THIN}%", f"2.825{THIN}%")),
        (0.1226, 0.1228, "ratio", (f"12.26{THIN}%", f"12.28{THIN}%")),
        (0.98, 0.98, "ratio", (f"98.0{THIN}%", f"98.0{THIN}%")),
        (97_900, 97_800, "seconds", ("27 h 11 min 40.0 s", "1 d 3 h 10 min")),
        (-97_900, -97_800, "seconds", (f"{MINUS}27 h 11 min 40.0 s", f"{MINUS}1 d 3 h 10 min")),
        ("1000.4", "1000", "USD", (f"USD 1{THIN}000.40", f"USD 1{THIN}000.00")),
        ("0.004", "0", "USD", ("USD 0.004", "USD 0.00")),
        ("-0.004", "-0.001", "USD", (f"USD {MINUS}0.004", f"USD {MINUS}0.001")),
        (12, 3, "count", ("12", "3")),
    ],
)
def test_a_limit_is_told_as_it_was_set_and_the_value_on_its_side_of_it(value, limit, unit, expected):
    assert beside(value, limit, unit) == expected


@given(value=NUMBERS, hair=st.integers(-(10**9), 10**9), unit=st.sampled_from(["ratio", "USD", "count", "minutes"]))
def test_however_near_a_limit_is_the_value_reads_on_its_side(value, hair, unit):
    limit = value + hair * Decimal("1e-9")
    told = [Decimal(re.sub(r"[^0-9.\u2212]", "", text).replace("\u2212", "-")) for text in beside(value, limit, unit)]
    assert (told[0] > told[1], told[0] < told[1]) == (value > limit, value < limit)


def test_a_value_that_would_turn_what_follows_is_spelled_out():
    assert value_words("\u202ehca \u2067") == "\u27e8U+202E\u27e9hca \u27e8U+2067\u27e9"
    assert (value_words("ach"), value_words(None)) == ("ach", "not recorded")


@pytest.mark.parametrize("value", [1.7976931348623157e308, 5e-324, -1.7976931348623157e308, 0.1 + 0.2])
@pytest.mark.parametrize("unit", ["ratio", "USD", "seconds", "business seconds", "count", "minutes"])
def test_every_number_that_may_be_set_has_words(value, unit):
    assert exact(value, unit)
    assert all(beside(value, -value, unit))


def test_numbers_that_were_measured_are_rounded_alike():
    assert apart(0.02849, 0.0285, "ratio") == (f"2.849{THIN}%", f"2.850{THIN}%")


def test_a_limit_that_is_missed_by_a_hair_names_the_number():
    target = {"value": 0.95, "direction": "at_least", "source": ""}
    outcome = {"target": target, "thresholds": [], "measure": {"formula": "ratio(count(a), count(b))", "unit": "ratio"}}
    assert standing(0.9497, "ratio", outcome).words == f"Target missed: 94.97{THIN}%, below 95.0{THIN}%"
    assert standing(0.91, "ratio", outcome).words == f"Target missed: below 95.0{THIN}%"
    outcome["thresholds"] = [{"id": "w", "level": "warning", "value": 0.95}]
    assert standing(0.94999, "ratio", outcome).words == f"Warning: 94.999{THIN}%, below 95.0{THIN}%"
    assert standing(0.95, "ratio", outcome).words == "On target"


def test_a_share_is_never_rounded_to_nothing_or_to_all():
    for value in (1e-7, 0.001, 0.9994, 0.99999, 0.0999999):
        assert percent(value) not in {f"0{THIN}%", f"100{THIN}%", f"0.00{THIN}%", f"100.0{THIN}%"}


def test_a_duration_does_not_show_sixty_minutes():
    assert duration(3599.6) == "1 h"
    assert duration(7_199.9) == "2 h"


def test_a_period_is_named_by_its_last_day():
    start, end = datetime(2026, 11, 15, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert words(start, end, Held(), "Europe/Amsterdam") == "16 Nov \u2013 22 Nov 2026, Europe/Amsterdam"


def test_a_small_difference_is_not_told_as_none():
    assert [points(value) for value in (0.0, 0.000001, -0.00004, 0.02, 0.25)] == [
        "0.00 points", "0.0001 points", "0.004 points", "2.00 points", "25.0 points",
    ]  # fmt: skip


def test_a_day_has_25_hours_where_clocks_are_put_back():
    assert day_after(datetime(2026, 10, 25, 12, tzinfo=UTC), "Europe/Amsterdam") == datetime(
        2026, 10, 25, 23, tzinfo=UTC
    )


def test_the_bucket_suits_the_period():
    held = Held(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 29, tzinfo=UTC))
    assert suits(None, None, held) == "day"
    assert suits(held.first, datetime(2026, 1, 2, tzinfo=UTC), held) == "hour"
    assert suits(None, None, Held()) == "day"


LIMITS = ({"level": "warning", "value": 0.02}, {"level": "breach", "value": 0.03})
AT_MOST = {"value": 0.025, "direction": "at_most", "source": ""}


@pytest.mark.parametrize(
    ("value", "status", "text"),
    [
        (0.02, "ok", "On target"),
        (0.021, "warning", f"Warning: above 2.00{THIN}%"),
        (0.03, "warning", f"Warning: above 2.00{THIN}%"),
        (0.0301, "breach", f"Breach: above 3.00{THIN}%"),
        (None, "no_data", "No data"),
    ],
)
def test_a_value_is_judged_by_the_worst_level_it_passes(value, status, text):
    found = standing(value, "ratio", outcome(AT_MOST, LIMITS))
    assert (found.status, found.words) == (status, text)


def outcome(target, thresholds=(), formula="ratio(count(a), count(b))"):
    return {"measure": {"formula": formula}, "target": target, "thresholds": thresholds}


def test_without_target_and_levels_nothing_is_judged():
    assert standing(5, "", outcome(None)).status == "none"
    at_least = {"value": 1.0, "direction": "at_least", "source": ""}
    assert standing(0.99, "ratio", outcome(at_least)).status == "breach"
    assert standing(0.99, "ratio", outcome(at_least, [{"level": "breach", "value": 0.9}])).status == "warning"


@pytest.mark.parametrize(
    ("value", "status"), [(0, "ok"), (0.01, "warning"), (-0.01, "warning"), (100.01, "breach"), (-100.01, "breach")]
)
def test_a_gap_is_judged_by_its_size_on_either_side(value, status):
    target = {"value": 0, "direction": "at_most", "source": ""}
    gap = outcome(target, [{"level": "breach", "value": 100}], "gap(sum(a.amount), sum(b.amount))")
    found = standing(value, "USD", gap)
    assert found.status == status
    assert ("apart" in found.words) is (status != "ok")
    assert side(gap) is None
    assert side(outcome(target)) == "at_most"


def test_codes_that_stand_for_no_currency_are_none():
    assert [is_money(unit) for unit in ("USD", "XXX", "XTS", "usd")] == [True, False, False, False]
    for code in ("XXX", "XTS"):
        with pytest.raises(ValidationError, match="stands for no currency"):
            CostRule.model_validate({"id": "late", "title": "Late", "charge": {"currency": code, "fixed": 15}})


def test_one_breach_makes_the_whole_a_breach():
    assert worst(["ok", "ok", "breach", "none"]) == "breach"
    assert worst(["none", "ok"]) == "ok"
    assert worst([]) == "none"


def test_a_change_says_whether_it_is_better():
    down = comparison(0.02, 0.03, "ratio", "1 Nov", "at_most")
    assert (down.better, down.difference) == (True, -0.01)
    assert down.words == "▼ 1.00 points against 1 Nov · better"
    assert comparison(1, None, "", "1 Nov", None).words == "Nothing to compare with in 1 Nov"
    assert comparison(2, 2, "", "1 Nov", "at_least").better is None


def test_an_approval_mark_names_who_has_to_sign():
    held = Approval(state="held", waiting_for=("finance_control", "sre"))
    assert (
        approval_words(held)
        == "Change held · approved value shown · waits for finance control and SRE / application owner"
    )
    assert approval_words(Approval(state="provisional", waiting_for=("coe",))).startswith(
        "Not approved yet · waits for"
    )
    assert approval_words(None) == ""
    assert [approval_mark(one) for one in (held, Approval(state="approved"), None)] == ["Change held", "", ""]


def test_an_approval_says_held_in_every_state_in_which_a_change_is_held():
    kept = {"state": "held", "held": False}  # as runs of before have it
    for mark in (Approval(state="held"), Approval.model_validate(kept), Approval(state="provisional", held=True)):
        assert mark.model_dump()["held"] is True
    assert [Approval(state=state).held for state in ("provisional", "approved", "waived")] == [False] * 3
    assert kept == {"state": "held", "held": False}
    assert approval_mark(Approval(state="provisional", held=True)) == "Not approved yet, and a change is held"
    assert approval_mark(Approval(state="provisional")) == "Not approved yet"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.024, "ratio", f"2.40{THIN}%"),
        (0.024125, "ratio", f"2.4125{THIN}%"),
        (0.9985, "ratio", f"99.85{THIN}%"),
        (7_200, "seconds", "2 h"),
        (61.5, "seconds", "1 min 1.5 s"),
        (0.2505, "seconds", "250.5 ms"),
        (0, "seconds", "0 s"),
        (-88_200.5, "seconds", "\u22121 d 30 min 0.5 s"),
        (97_500, "business seconds", "27 h 5 min working time"),
        (97_501, "business seconds", "27 h 5 min 1 s working time"),
        (1_500.125, "USD", f"USD 1{THIN}500.125"),
        (1_500, "JPY", f"JPY 1{THIN}500"),
        (1_234_567.5, "count", f"1{THIN}234{THIN}567.5"),
    ],
)
def test_what_people_set_is_told_with_every_digit(value, unit, text):
    assert exact(value, unit) == text


@given(NUMBERS, st.sampled_from(["ratio", "count", "USD", "points"]))
def test_no_digit_of_what_people_set_is_lost(value, unit):
    told = exact(value, unit).replace(THIN, "").replace("\u2212", "-")
    number = Decimal(re.search(r"-?\d+(\.\d+)?", told)[0])
    assert number == (value * 100 if unit == "ratio" else value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1, "events", "1 event"),
        (-1, "cases", "\u22121 case"),
        (2, "events", "2 events"),
        (1.5, "events", "1.5 events"),
        (1, "queries", "1 query"),
        (1, "batches", "1 batch"),
        (1, "openings per stop", "1 opening per stop"),
        (1, "series", "1 series"),
        (1, "bonus", "1 bonus"),
        (1, "kbps", "1 kbps"),
        (1, "working days", "1 working days"),
        (2299, "ratio", f"229{THIN}900.0{THIN}%"),
        (-12.3, "ratio", f"\u22121{THIN}230.0{THIN}%"),
        (-0.0004, "ratio", f"\u22120.04{THIN}%"),
    ],
)
def test_one_of_many_is_in_the_singular_and_large_shares_have_their_digits_grouped(value, unit, text):
    assert shown(value, unit) == text


def test_spans_causes_and_counts_read_as_words():
    assert [each(span) for span in ("1 minute", "5 minutes", "10 days")] == ["minute", "5 minutes", "10 days"]
    assert [counted(many, "row") for many in (1, 0, 1000)] == ["1 row", "0 rows", "1,000 rows"]
    assert [cause("rate", unit) for unit in ("ratio", "USD")] == ["rate", "mean"]
    assert cause("mix", "USD") == "mix"
    assert points(22.99) == f"2{THIN}299.0 points"


@pytest.mark.parametrize(("unit", "name"), [("count", ""), ("number", ""), ("", ""), ("payments", "payments")])
def test_a_unit_of_plain_numbers_has_no_name(unit, name):
    assert named(unit) == name
    assert shown(37.38, unit) == f"37.38 {name}".strip()
