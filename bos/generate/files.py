"""The files that a bank receives payments in: what each day's file holds, and when it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from bos.generate import names
from bos.generate.clock import DAY, HOUR
from bos.generate.plan import BACKLOG_DELAY, BATCH_HOURS

if TYPE_CHECKING:
    from numpy.random import Generator

    from bos.generate.clock import Clock, Floats, Ints
    from bos.generate.payments import Payments
    from bos.generate.plan import Plan

Points: TypeAlias = "tuple[Ints, Floats]"
"""Times (UTC seconds) and the values at them."""

CHANNELS = {"ach": names.ACH, "lockbox": names.LOCKBOX}
EXPECTED = {"ach": 5 * HOUR, "lockbox": 5 * HOUR + 1800}
"""Second of the local day at which a file is expected: before the first payments of its channel start."""
CLOSED = DAY - 60
"""Second of the local day at which what came in the day's file is counted."""
EARLY, LATE = -10, 6
"""Minutes by which a file usually misses its time."""
BAD_FILE_DELAY = 25
"""Minutes by which the autopay file with wrong accounts is late."""


class Files:
    """Adds up, for each channel and local day, what was received; money is in cents."""

    def __init__(self, first: int, days: int, after: int) -> None:
        """Begin at nothing.

        Args:
            first: the first day of payments.
            days: how many days of payments there are.
            after: how many days may follow them.
        """
        self.first, self.days = first, days
        self.counts: dict[str, Ints] = {channel: np.zeros(days + after, np.int64) for channel in CHANNELS}
        self.cents: dict[str, Ints] = {channel: np.zeros(days + after, np.int64) for channel in CHANNELS}

    def add(self, rows: dict[str, Ints], payments: Payments, clock: Clock) -> None:
        """Count the events of the payments of one day: each ``received`` is a record of its channel's file."""
        received = rows["event"] == names.EVENT["received"]
        for channel, number in CHANNELS.items():
            chosen = received & (payments.channel[rows["who"]] == number)
            day = clock.local_day(rows["time"][chosen]) - self.first
            np.add.at(self.counts[channel], day, 1)
            np.add.at(self.cents[channel], day, payments.cents[rows["who"][chosen]])

    def points(self, rng: Generator, clock: Clock, plan: Plan) -> dict[str, Points]:
        """Return signal → points of the files and of the posting batch.

        A file comes on each bank day, and on other days when there is something in it.
        """
        found: dict[str, Points] = {}
        for channel in CHANNELS:
            offset = self._file_days(channel, clock)
            late = rng.uniform(EARLY, LATE, len(offset))
            if channel == "ach":
                late = np.where(offset + self.first == plan.wave_day, BAD_FILE_DELAY, late)
            closed = clock.at(offset + self.first, CLOSED)
            found[f"{channel}_file_delay"] = _missed(clock, offset + self.first, EXPECTED[channel], late)
            found[f"{channel}_record_count"] = closed, self.counts[channel][offset].astype(np.float64)
            found[f"{channel}_control_total"] = closed, self.cents[channel][offset] / 100
        found["batch_window_end"] = self._batches(rng, clock, plan)
        return found

    def _file_days(self, channel: str, clock: Clock) -> Ints:
        """Return the days with a file, counted from the first."""
        day = np.arange(len(self.counts[channel]))
        expected = (day < self.days) & clock.is_bank_day(day + self.first)
        return np.flatnonzero(expected | (self.counts[channel] > 0))

    def _batches(self, rng: Generator, clock: Clock, plan: Plan) -> Points:
        """Return when the posting batch of each bank day ended, in minutes against the plan."""
        day = np.arange(self.first, self.first + self.days)
        day = day[clock.is_bank_day(day)]
        late = np.where(day == plan.batch_day, BACKLOG_DELAY / 60, 0) + rng.uniform(EARLY, LATE, len(day))
        return _missed(clock, day, BATCH_HOURS[1] * HOUR, late)


def _missed(clock: Clock, day: Ints, planned: int, minutes: Floats) -> Points:
    """Return points at the moments at which something happened, so many minutes after it was planned, in order."""
    minutes = np.round(minutes, 1)
    time = clock.at(day, planned) + np.round(minutes * 60).astype(np.int64)
    order = np.argsort(time, kind="stable")
    return time[order], minutes[order]
