"""Rules of the cost rule."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a cost rule."""
    del resolve
    yield from owner_problems(document)
    charge = document["charge"]
    parts = [charge["fixed"], charge["per_minute_late"], *(tier["amount"] for tier in charge["tiers"])]
    if not charge["per_unit"] and not any(Decimal(part) for part in parts):
        yield _charge("costs nothing.", "Give it a fixed part, a part by unit or minute, or tiers.", "charge.nothing")
    if charge["at_most"] is not None and not Decimal(charge["at_most"]):
        yield _charge("has a limit of 0, so it costs nothing.", "Raise the limit, or leave it out.", "charge.limit")
    for span, count in Counter(tier["later_than"] for tier in charge["tiers"]).items():
        if count > 1:
            yield _charge(f"has {count} tiers later than {span}.", "Keep one of them.", "charge.twice")


def _charge(message: str, hint: str, code: str) -> Problem:
    return Problem("charge", f"The rule {message}", hint, code)
