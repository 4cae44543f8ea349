"""A change taken apart: worked by hand, and of generated parts summed without a rest."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.errors import NotExpressible
from bos.kpi import KpiSpec
from bos.kpi.explain import effects, plan, side, summed, value
from bos.kpi.readings import Row

RATIO = KpiSpec("rate", "ratio(count(returned), count(sent))", "sent")
AMOUNT = KpiSpec("amount", "sum(sent.amount)")
COUNT = KpiSpec("sent", "count(sent)")


def row(kpi, part, number, n=0):
    return Row(kpi, None, {"channel": part}, number, "", n)


def amounts(found):
    return {(one.kind, one.part): one.amount for one in found}


def test_a_rate_that_rises_since_more_come_by_the_worse_channel_is_mix():
    found = plan(RATIO)
    assert [spec.formula for spec in found.specs] == ["count(returned)", "count(sent)"]
    # web returns 1 of 10 and branch 1 of 50, then as now; web grows from a half to three quarters
    then = side(
        found,
        [
            row("rate.part", "web", 5),
            row("rate.part", "branch", 1),
            row("rate.of", "web", 50),
            row("rate.of", "branch", 50),
        ],
    )
    now = side(
        found,
        [
            row("rate.part", "web", 15),
            row("rate.part", "branch", 1),
            row("rate.of", "web", 150),
            row("rate.of", "branch", 50),
        ],
    )
    assert (value(found, then), value(found, now)) == (Fraction(6, 100), Fraction(16, 200))
    # a quarter more of web, which is 0.04 above the 0.06 of all; a quarter less of branch, which is 0.04 below it
    assert amounts(effects(found, then, now)) == {("mix", "web"): Fraction(1, 100), ("mix", "branch"): Fraction(1, 100)}


def test_a_rate_that_rises_since_a_channel_got_worse_is_rate():
    found = plan(RATIO)
    then = side(found, [row("rate.part", "web", 5), row("rate.of", "web", 50), row("rate.of", "branch", 50)])
    now = side(found, [row("rate.part", "web", 10), row("rate.of", "web", 50), row("rate.of", "branch", 50)])
    assert amounts(effects(found, then, now)) == {("rate", "web"): Fraction(5, 100)}


def test_a_sum_grows_by_volume_mix_and_rate():
    found = plan(AMOUNT)
    then = side(found, [row("amount", "web", 100, 10), row("amount", "wire", 900, 10)])  # means 10 and 90, of all 50
    now = side(found, [row("amount", "web", 120, 12), row("amount", "wire", 950, 10)])
    told = amounts(effects(found, then, now))
    # two more by web: 2 * 50 of volume, 2 * (10 - 50) of mix; wire rose from 90 to 95 each
    assert told == {("volume", "web"): 100, ("mix", "web"): -80, ("rate", "wire"): 50}
    assert sum(told.values()) == 1070 - 1000


def test_a_count_is_all_volume_and_a_new_part_is_told():
    found = plan(COUNT)
    told = effects(
        found, side(found, [row("sent", "web", 3)]), side(found, [row("sent", "web", 1), row("sent", None, 4)])
    )
    assert amounts(told) == {("volume", None): 4, ("volume", "web"): -2}


@pytest.mark.parametrize(
    "formula",
    ["p95(duration(a -> b))", "max(a.amount)", "distinct(a.case)", "derived(x + y)", "cumulative(count(a))",
     "balance(a -> b)", "ratio(distinct(a.case), count(a))", "availability(gateway)", "avg(age(a -> b))"],
)  # fmt: skip
def test_what_is_no_sum_over_parts_is_refused(formula):
    with pytest.raises(NotExpressible, match="cannot be taken apart"):
        plan(KpiSpec("k", formula))


@pytest.mark.parametrize(
    ("formula", "taken"),
    [
        ("avg(a.amount)", "sum(a.amount)"),
        ("avg(duration(a -> b, clock = business))", "sum(duration(a -> b, clock = business))"),
        ("conversion(a -> b, within = 2 days)", "conversion(a -> b, within = 2 days, show = converted)"),
        ("cost(k)", "cost(k)"),
        ("conformance(never_twice(a))", "conformance(never_twice(a))"),
    ],
)
def test_what_is_evaluated_by_parts(formula, taken):
    assert plan(KpiSpec("k", formula)).specs[0].formula == taken


numbers = st.integers(0, 10**12) | st.decimals(0, 10**9, places=2)
parts = st.dictionaries(st.sampled_from(["a", "b", "c", None]), st.tuples(numbers, st.integers(0, 10**6)), max_size=4)


@given(then=parts, now=parts, spec=st.sampled_from([RATIO, AMOUNT, COUNT]))
def test_the_effects_sum_to_the_change_without_a_rest(then, now, spec):
    found = plan(spec)

    def made(given_parts):
        rows = [row(plan(spec).specs[0].id, part, top, n) for part, (top, n) in given_parts.items()]
        return side(found, [*rows, *(row("rate.of", part, n) for part, (_, n) in given_parts.items())])

    one, two = made(then), made(now)
    before, after = value(found, one), value(found, two)
    if before is None or after is None:
        with pytest.raises(ValueError, match="Plan"):
            effects(found, one, two)
        return
    assert summed(effects(found, one, two)) == after - before
