"""Rules of the calendar."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a calendar."""
    del resolve
    yield from owner_problems(document)
    clock = document["clock"]
    if not clock["working_days"]:
        yield _clock("has no working day.", "Name at least one.", "calendar.days")
    yield from _repeated(clock["working_days"], "working day")
    yield from _repeated(clock["holidays"], "holiday")
    if clock["opens"] >= clock["closes"]:
        yield _clock(f"opens at {clock['opens']} but closes at {clock['closes']}.", "Close later.", "calendar.hours")
    elif clock["cut_off"] and not clock["opens"] <= clock["cut_off"] <= clock["closes"]:
        yield _clock(
            f"has its cut-off at {clock['cut_off']}, outside its hours.",
            f"Choose a time from {clock['opens']} to {clock['closes']}.",
            "calendar.cut_off",
        )


def _repeated(values: list[str], noun: str) -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield _clock(f"names the {noun} {value} {count} times.", "Name it once.", "calendar.twice")


def _clock(message: str, hint: str, code: str) -> Problem:
    return Problem("clock", f"The clock {message}", hint, code)
