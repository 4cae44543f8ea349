"""What is shown of a sum adds up, worked out by hand and held against random sums."""

import random
import re
from decimal import Decimal

import pytest

from bos.model.answers.explanation import Explanation, ExplanationPart, ExplanationSide
from bos.model.numbers import MINUS, THIN
from bos.model.sums import Sum


def read(words):
    """Return the number that a text tells, in its own unit; a duration in seconds."""
    plain = words.replace(THIN, "").replace(MINUS, "-")
    sizes = {"d": 86_400, "h": 3_600, "min": 60, "s": 1, "ms": Decimal("0.001")}
    if spans := re.findall(r"([\d.]+) (d|h|min|s|ms)\b", plain):
        total = sum(Decimal(many) * sizes[name] for many, name in spans)
        return -total if plain.startswith("-") else total
    return Decimal(re.search(r"[-+]?[\d.]+", re.sub(r"^([-+]?)[A-Z]{3} ", r"\1", plain))[0])


def test_the_part_that_rounding_moved_farthest_makes_up_for_the_rest():
    # 0.004 + 0.004 + 0.003 = 0.011: one cent is shown in all, and each alone would be nothing
    told = Sum.of([0.004, 0.004, 0.003, -7.25], -7.239, "USD")
    assert [told.words(one) for one in told.parts] == ["+USD 0.01", "USD 0.00", "USD 0.00", f"{MINUS}USD 7.25"]
    assert told.words(told.total) == f"{MINUS}USD 7.24"


def test_what_needs_no_help_is_rounded_as_ever():
    told = Sum.of([12.344, 0.116], 12.46, "EUR")
    assert [told.words(one) for one in (*told.parts, told.total)] == ["+EUR 12.34", "+EUR 0.12", "+EUR 12.46"]


@pytest.mark.parametrize("unit", ["USD", "JPY", "KWD", "ratio", "seconds", "business_seconds", "count", "payments", ""])
def test_what_is_shown_sums_to_the_total_shown_and_is_a_step_away_at_most(unit):
    rng = random.Random(unit)
    for size in (0.4, 900.0, 3_000_000.0):
        for _ in range(20):
            parts = [rng.uniform(-size, size) for _ in range(rng.randrange(1, 14))]
            told = Sum.of(parts, sum(parts), unit)
            shown = [read(told.words(one)) for one in told.parts]
            assert sum(shown) == read(told.words(told.total))
            step = Decimal(1).scaleb(-told.digits)
            for one, part in zip(told.parts, parts, strict=True):
                assert abs(one - Decimal(part)) < step
                assert one * Decimal(part) >= 0
            assert abs(told.total - Decimal(sum(parts))) <= step / 2 + Decimal("1e-5")


def test_an_explanation_shows_what_adds_up_and_keeps_what_is_exact():
    amounts = [-10_000.444, -10_382.444, 0.003]
    parts = tuple(ExplanationPart(kind="mix", of=f"c{n}", amount=amount) for n, amount in enumerate(amounts))
    side = ExplanationSide(value=0)
    found = Explanation(
        flow="f", kpi="k", unit="USD", then=side, now=side, difference=sum(amounts), parts=parts, template_version=1
    )
    told = found.rounded
    assert sum(told.parts) == told.total == Decimal("-20382.89")
    assert [part.amount for part in found.parts] == amounts
