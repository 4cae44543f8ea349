"""The circuit breaker of a connection: a system that fails is left alone for a while, and then asked by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

BreakerState: TypeAlias = Literal["closed", "open", "half-open"]

FAILURES = 5
"""So many failures in a row open it."""
FIRST_PAUSE = 30
LONGEST_PAUSE = 900
"""Seconds it stays open: the first time, and at most; doubled each time the system fails again."""
LONGEST_ASKED = 86_400
"""A system that asks to be left alone for longer than these seconds is asked again after them."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """How it goes with a system: failures in a row, until when it is left alone (aware), and the pause of then."""

    failures: int = 0
    open_until: datetime | None = None
    pause: int = 0

    def state(self, now: datetime) -> BreakerState:
        """Return ``closed`` (ask it), ``open`` (leave it alone) or ``half-open`` (let one piece of work try)."""
        if self.open_until is None:
            return "closed"
        return "open" if now < self.open_until else "half-open"

    def worked(self) -> Breaker:
        """Return it after the system answered as it should."""
        return Breaker()

    def failed(self, now: datetime, asked: float | None = None) -> Breaker:
        """Return it after a failure; ``asked`` are the seconds for which the system asked to be left alone, if any.

        What began before it was opened and fails while it is open makes no pause longer.
        """
        state, failures, pause, until = self.state(now), self.failures + 1, self.pause, self.open_until
        if state == "half-open" or (state == "closed" and failures >= FAILURES):
            pause = min(self.pause * 2, LONGEST_PAUSE) if self.pause else FIRST_PAUSE
            until = now + timedelta(seconds=pause)
        if asked is not None:
            wanted = now + timedelta(seconds=min(asked, LONGEST_ASKED))
            until = wanted if until is None else max(until, wanted)
        return Breaker(failures, until, pause)
