"""What a threshold would have done over a recorded course: when it fires, and what that catches.

An *episode* is a run of buckets that follow one another without a gap and lie beyond the threshold; with ``hold`` it
fires from the bucket on that is so many in a row. Precision is the share of episodes that overlap a labelled window,
recall that of windows that an episode overlaps. Windows and buckets are half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """A span ``[start, end)`` of time."""

    start: datetime
    end: datetime

    def overlaps(self, other: Span) -> bool:
        """Return whether two spans have an instant in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Judged:
    """A bucket and what of its value is held against a threshold."""

    span: Span
    value: Decimal


@dataclass(frozen=True, slots=True)
class Episode:
    """A run of firing buckets; ``worst`` is the value that lies farthest beyond."""

    span: Span
    buckets: int
    worst: Decimal


@dataclass(frozen=True, slots=True)
class Counts:
    """Buckets by whether they fire and overlap a window."""

    hits: int = 0
    false: int = 0
    missed: int = 0
    quiet: int = 0


def firing(course: Sequence[Judged], beyond: Callable[[Decimal], bool], hold: int = 1) -> list[bool]:
    """Return of each bucket whether the threshold fires in it; a gap in the course begins anew."""
    out, row, before = [], 0, None
    for one in course:
        row = (row if before == one.span.start else 0) + 1 if beyond(one.value) else 0
        before = one.span.end
        out.append(row >= hold)
    return out


def episodes(course: Sequence[Judged], fired: Sequence[bool], sign: int) -> list[Episode]:
    """Return the runs of firing buckets; ``sign`` is 1 where a threshold is passed upwards, -1 downwards."""
    found: list[Episode] = []
    for one, fires in zip(course, fired, strict=True):
        if not fires:
            continue
        last = found[-1] if found else None
        if last is not None and last.span.end == one.span.start:
            worst = max(last.worst, one.value, key=lambda value: value * sign)
            found[-1] = Episode(Span(last.span.start, one.span.end), last.buckets + 1, worst)
        else:
            found.append(Episode(one.span, 1, one.value))
    return found


def counts(course: Sequence[Judged], fired: Sequence[bool], windows: Sequence[Span]) -> Counts:
    """Return how many buckets fire and overlap a window, fire alone, overlap without firing, or neither."""
    told = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for one, fires in zip(course, fired, strict=True):
        told[fires, any(one.span.overlaps(window) for window in windows)] += 1
    return Counts(told[True, True], told[True, False], told[False, True], told[False, False])


def delay(window: Span, course: Sequence[Judged], fired: Sequence[bool]) -> timedelta | None:
    """Return how long after a window began it was known: at the end of the first firing bucket; else nothing."""
    both = zip(course, fired, strict=True)
    known = next((one.span.end for one, fires in both if fires and one.span.overlaps(window)), None)
    return None if known is None else known - window.start


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans as few that do not overlap, in the order of time."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Yield what of spans lies outside of others; both as :func:`joined` returns them."""
    for span in spans:
        start = span.start
        for other in taken:
            if not other.overlaps(Span(start, span.end)):
                continue
            if start < other.start:
                yield Span(start, other.start)
            start = max(start, other.end)
            if start >= span.end:
                break
        if start < span.end:
            yield Span(start, span.end)


def beyond(limit: float, sign: int) -> Callable[[Decimal], bool]:
    """Return whether a value passes a threshold on its wrong side: what lies on it does not."""
    edge = Decimal(str(limit))
    return lambda value: (value - edge) * sign > 0
