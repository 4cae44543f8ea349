"""The state of a watched KPI: one look after another, with patience, so that it does not flicker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

State = Literal["ok", "warning", "breach", "withheld", "no_data"]
Course = Literal["worse", "better", "unknown"]
_LEVELS: tuple[State, ...] = ("ok", "warning", "breach")
"""Levels from the best to the worst; the two other states tell that nobody knows."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many looks in a row it takes until a worse, or a better, state counts."""

    worse_after: int = 1
    better_after: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """The state that counts, and the looks since that were of another one.

    Attributes:
        state: what counts.
        course: what the looks since have in common; nothing where the last one was of the state.
        seen: the state that all of them reach, at least.
        times: how many they are.
    """

    state: State
    course: Course | None = None
    seen: State | None = None
    times: int = 0


def step(held: Held | None, look: State, patience: Patience) -> Held:
    """Return what counts after a look. The first look counts at once.

    Looks that are worse than what counts (or better, or that tell nothing) are counted as long as they go on; once
    they are enough, the mildest of those that were worse counts, or the worst of those that were better. A look that
    tells nothing is counted as a worse one is: to know nothing is no recovery.
    """
    if held is None:
        return Held(look)
    if look == held.state:
        return Held(held.state)
    course = _course(held.state, look)
    goes_on = course == held.course and held.seen is not None
    seen = _together(course, held.seen, look) if goes_on and held.seen is not None else look
    times = held.times + 1 if goes_on else 1
    if times >= (patience.better_after if course == "better" else patience.worse_after):
        return Held(seen)
    return replace(held, course=course, seen=seen, times=times)


def _course(state: State, look: State) -> Course:
    if look not in _LEVELS:
        return "unknown"
    if state not in _LEVELS:
        return "better" if look == "ok" else "worse"
    return "worse" if _LEVELS.index(look) > _LEVELS.index(state) else "better"


def _together(course: Course, seen: State, look: State) -> State:
    if course == "unknown":
        return look
    return min(seen, look, key=_LEVELS.index) if course == "worse" else max(seen, look, key=_LEVELS.index)


def slot(moment: datetime, every: timedelta) -> int:
    """Return the number of the span of this length, counted from 1970 (UTC), that a moment (aware) lies in."""
    return (moment - _EPOCH) // every
