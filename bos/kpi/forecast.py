"""When an error budget will be used up: the newest buckets' pace goes on, and what leaves the window is given back.

The future is drawn from the past: a pace is a sample (with replacement) of the newest buckets, and each bucket to come
is one of that sample; that is done 400 times with a fixed seed. The first resampling says how little the past tells
about the pace, the second how much chance there is in what comes (a bootstrap in two steps: Efron and Tibshirani, An
Introduction to the Bootstrap, 1993, chapters 8 and 25). Eight of ten courses end between ``earliest`` and ``latest``.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Outlook = Literal["used_up", "runs_out", "may_run_out", "lasts", "unknown"]
LEAST_BUCKETS = 7
"""Whole buckets below which nothing is said."""
PACE_BUCKETS = 14
"""Newest buckets that make the pace, or a quarter of the window where that is more."""
_MOST_STEPS, _DRAWS, _TENTH = 120, 400, 0.1


@dataclass(frozen=True, slots=True)
class Burnt:
    """What went wrong in a bucket as a share of the budget of as many, times how many: ``burn`` of ``n``."""

    burn: float
    n: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of a budget.

    ``expected``, ``earliest`` and ``latest`` are buckets from now, parts included; nothing: not within a window.
    ``since`` is the bucket of the course in which it was used up. ``share`` is the share of drawn courses that use it
    up, ``of`` the buckets that made the pace.
    """

    outlook: Outlook
    expected: float | None = None
    earliest: float | None = None
    latest: float | None = None
    since: int | None = None
    share: float | None = None
    of: int = 0


def forecast(course: Sequence[Burnt], whole: Sequence[bool]) -> Forecast:
    """Return when a budget will be used up whose window holds ``course``; ``whole``: which buckets are not parts.

    Long courses are looked at in groups of buckets, at most 120 of them.
    """
    everything = sum(one.n for one in course)
    since = _used_up(course, everything)
    if since is not None:
        return Forecast("used_up", since=since)
    kept = [one for one, entire in zip(course, whole, strict=True) if entire]
    if len(kept) < LEAST_BUCKETS or not everything:
        return Forecast("unknown", of=len(kept))
    size = math.ceil(len(course) / _MOST_STEPS)
    held, pace = _grouped(course, size), _grouped(kept, size)[-max(PACE_BUCKETS, len(course) // size // 4) :]
    expected = _first(held, lambda _: _mean(pace))
    random = Random(0)  # noqa: S311 - draws of a forecast, the same each time
    ends = sorted(_drawn(held, pace, random) for _ in range(_DRAWS))
    low, high = ends[int(_DRAWS * _TENTH)], ends[_DRAWS - 1 - int(_DRAWS * _TENTH)]
    share = sum(map(math.isfinite, ends)) / _DRAWS
    outlook: Outlook = "runs_out" if math.isfinite(expected) else "may_run_out" if share > _TENTH else "lasts"
    times = [None if math.isinf(one) else one * size for one in (expected, min(low, expected), max(high, expected))]
    return Forecast(outlook, times[0], times[1], times[2], share=share, of=len(pace) * size)


def _used_up(course: Sequence[Burnt], everything: int) -> int | None:
    """Return the bucket in which a budget was used up, of all that is in the window; nothing where some is left."""
    spent = 0.0
    if not everything or sum(one.burn for one in course) < everything * (1 - 1e-12):
        return None
    for at, one in enumerate(course):
        spent += one.burn
        if spent >= everything * (1 - 1e-12):
            return at
    return None


def _grouped(course: Sequence[Burnt], size: int) -> list[Burnt]:
    """Return buckets in groups; the newest group is whole."""
    parts = [course[max(0, end - size) : end] for end in range(len(course), 0, -size)]
    return [Burnt(math.fsum(one.burn for one in part), sum(one.n for one in part)) for part in reversed(parts)]


def _mean(pace: Sequence[Burnt]) -> tuple[float, float]:
    return math.fsum(one.burn for one in pace) / len(pace), sum(one.n for one in pace) / len(pace)


def _drawn(held: Sequence[Burnt], pace: Sequence[Burnt], random: Random) -> float:
    """Return when a drawn course uses the budget up; infinite: not within a window."""
    drawn = random.choices(pace, k=len(pace))

    def coming(_: int) -> tuple[float, float]:
        one = drawn[int(random.random() * len(drawn))]
        return one.burn, one.n

    return _first(held, coming)


def _first(held: Sequence[Burnt], coming: Callable[[int], tuple[float, float]]) -> float:
    """Return after how many buckets the budget is used up, its part included; infinite: not within a window.

    In a step the oldest bucket leaves while the new one comes, both evenly.
    """
    burn, count = math.fsum(one.burn for one in held), float(sum(one.n for one in held))
    window = deque((one.burn, float(one.n)) for one in held)
    for step in range(len(held)):
        (new_burn, new_count), (old_burn, old_count) = coming(step), window.popleft()
        before = count - burn
        burn, count = burn + new_burn - old_burn, count + new_count - old_count
        if count > 0 and burn >= count:
            left = before - (count - burn)
            return step + (before / left if left > 0 else 1.0)
    return math.inf
