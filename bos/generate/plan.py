"""When which incident happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bos.generate.clock import HOUR

if TYPE_CHECKING:
    from bos.generate.clock import Clock

OUTAGE_HOURS = (7, 10)
BATCH_HOURS = (8, 9)
"""Of a bank day: what settled in the morning is posted."""
BACKLOG_DELAY = 26 * HOUR
DELAYED_AFTER = 30 * 60
"""An authorisation later than this counts as delayed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The days and windows (UTC seconds) of the incidents.

    Attributes:
        outage: window in which the gateway authorises nothing.
        wave_day: day whose autopay file has wrong accounts.
        wave: that day, as a window.
        backlog_day: day whose lockbox payments are posted a day late.
        backlog: that day, as a window.
        batch_day: the bank day after it, whose posting batch fails.
        stuck: window in which that batch should have run, and its postings wait.
    """

    outage: tuple[int, int]
    wave_day: int
    wave: tuple[int, int]
    backlog_day: int
    backlog: tuple[int, int]
    batch_day: int
    stuck: tuple[int, int]


def make_plan(clock: Clock, start: int, days: int) -> Plan:
    """Place the incidents on bank days at three, five and seven tenths of the days."""
    first = np.array([start + days * tenths // 10 for tenths in (3, 5, 7)], np.int64)
    outage_day, wave_day, backlog_day = clock.bank_day(first)
    batch_day = int(clock.bank_day(np.array([backlog_day + 1]))[0])

    def window(day: int, hours: tuple[int, int]) -> tuple[int, int]:
        begin, end = clock.at(np.full(2, day, np.int64), np.array(hours, np.int64) * HOUR)
        return int(begin), int(end)

    begin = window(batch_day, BATCH_HOURS)[0]
    return Plan(
        outage=window(outage_day, OUTAGE_HOURS),
        wave_day=int(wave_day),
        wave=window(wave_day, (0, 24)),
        backlog_day=int(backlog_day),
        backlog=window(backlog_day, (0, 24)),
        batch_day=batch_day,
        stuck=(begin, begin + BACKLOG_DELAY),
    )
