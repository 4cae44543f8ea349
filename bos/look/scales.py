"""Where things stand in a chart: round numbers for the axis, words for moments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_HALF_DAY = 43_200
_YEAR = 400 * 86_400


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from below ``low`` to above ``high``; from 0 where that is near enough to be honest."""
    if low > 0 and low < 0.6 * high:
        low = 0.0
    if high == low:
        high, low = (high + abs(high) * 0.1 or 1.0), (low - abs(low) * 0.1)
    raw = (high - low) / (most - 1)
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= raw * 0.999)
    start = math.floor(low / step + 1e-9)
    end = math.ceil(high / step - 1e-9)
    return [float(f"{position * step:.12g}") for position in range(start, end + 1)]


def across(value: float, low: float, high: float, start: float, end: float) -> float:
    """Return where a value lies between two places."""
    return start + (value - low) / (high - low) * (end - start) if high > low else (start + end) / 2


def dates(moments: Sequence[datetime], most: int) -> list[tuple[datetime, str]]:
    """Return at most so many of the moments, evenly spread, with words that suit their distance."""
    if not moments:
        return []
    every = math.ceil(len(moments) / most)
    chosen = list(moments[::every])
    span = (moments[-1] - moments[0]).total_seconds()
    apart = span / max(1, len(moments) - 1)
    if 0 < apart < _HALF_DAY:
        return [(moment, f"{moment.day} {moment:%b %H:%M}") for moment in chosen]
    if span > _YEAR:
        return [(moment, f"{moment:%b %Y}") for moment in chosen]
    return [(moment, f"{moment.day} {moment:%b}") for moment in chosen]
