"""Process behaviour charts (XmR): natural limits of a series, and which of its points are exceptional.

Constants 2.66 and 3.268: Wheeler, Understanding Variation (1993): 3 ÷ d2 and D4 for moving ranges of two points.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_POINTS = 10
"""Points below which no limits are given: they would say more about chance than about the process."""
_NATURAL, _RANGE = 2.66, 3.268
_RUN, _NEAR, _NEAR_OF = 8, 3, 4

Rule = Literal["outside", "near_limit", "one_side"]
WORDS: dict[Rule, str] = {
    "outside": "lies outside its natural limits",
    "near_limit": "has three of four {by}s near a natural limit",
    "one_side": "has been for eight {by}s on one side of its average",
}
"""What a rule says of a KPI, in sentences; ``by`` is the bucket."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The natural limits of a series: centre, lower, upper, mean moving range and its upper limit."""

    centre: float
    lower: float
    upper: float
    mean_range: float
    upper_range: float


def limits(values: Sequence[float]) -> Limits | None:
    """Return the mean and 2.66 mean moving ranges around it; nothing below ten points."""
    if len(values) < LEAST_POINTS:
        return None
    centre = fmean(values)
    spread = fmean(abs(new - old) for old, new in pairwise(values))
    return Limits(centre, centre - _NATURAL * spread, centre + _NATURAL * spread, spread, _RANGE * spread)


def rules(values: Sequence[float], found: Limits) -> tuple[Rule, ...]:
    """Return the rules that the last point fires, the strongest first.

    ``outside``: beyond a limit. ``near_limit``: it and two of the three points before it are nearer the same limit
    than the centre. ``one_side``: it ends eight points on one side of the centre.
    """
    fired: list[Rule] = []
    last = values[-1]
    if not found.lower <= last <= found.upper:
        fired.append("outside")
    side = 1 if last > found.centre else -1
    half = (found.upper - found.centre) / 2
    away = [side * (value - found.centre) for value in values]
    if half and away[-1] > half and sum(one > half for one in away[-_NEAR_OF:]) >= _NEAR:
        fired.append("near_limit")
    if len(away) >= _RUN and all(one > 0 for one in away[-_RUN:]):
        fired.append("one_side")
    return tuple(fired)
