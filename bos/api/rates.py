"""How many requests a caller may make in a minute, so that one cannot keep the others waiting."""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from bos.errors import TooMany


class Rates:
    """Counts the requests of each caller over the last minute; ``most`` of them are answered, 0 answers all.

    The count is of this process: of several servers each counts for itself.
    """

    def __init__(self, most: int) -> None:
        self._limit = RateLimitItemPerMinute(most) if most else None
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, caller: str) -> None:
        """Count a request of a caller.

        Raises:
            TooMany: they made too many.
        """
        if self._limit is not None and not self._counter.hit(self._limit, caller):
            raise self._refusal(caller)

    def _refusal(self, caller: str) -> TooMany:
        """Return the error: the next one is answered when enough of the window has passed."""
        assert self._limit is not None  # noqa: S101 - asked only where there is a limit
        reset = self._counter.get_window_stats(self._limit, caller).reset_time
        seconds = min(60, max(1, math.ceil(reset - time.time())))
        return TooMany(
            f"Too many requests: at most {self._limit.amount} a minute are answered.",
            hint=f"Ask again in {seconds} s.",
            details={"retry_after": seconds, "limit": self._limit.amount},
        )
