"""Metric points of the systems behind the steps, in which the incidents show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

from bos.generate.clock import DAY, HOUR
from bos.generate.plan import BACKLOG_DELAY

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator

    from bos.generate.clock import Clock, Flags, Floats, Ints
    from bos.generate.plan import Plan

EVERY = 300
"""Seconds between two points of a signal."""
SCHEMA = pa.schema([("signal", pa.string()), ("time", pa.string()), ("value", pa.float64())])
CERTIFICATE_DAYS = 90


def write_metrics(path: Path, rng: Generator, clock: Clock, plan: Plan, days: tuple[int, int]) -> int:
    """Write the points of the days from ``days[0]`` to before ``days[1]`` as CSV and return how many there are."""
    first, end = clock.at(np.array(days, np.int64), 0)
    time = np.arange(first, end, EVERY)
    texts = np.char.add(np.datetime_as_string(time.astype("M8[s]")), "Z")
    with csv.CSVWriter(path, SCHEMA) as writer:
        signals = _signals(rng, clock.local(time) % DAY, time, plan)
        for name, values in signals.items():
            columns = [np.full(len(time), name), texts, np.round(values, 4)]
            writer.write_table(pa.table([pa.array(column) for column in columns], schema=SCHEMA))
    return len(time) * len(signals)


def _signals(rng: Generator, second: Ints, time: Ints, plan: Plan) -> dict[str, Floats]:
    """Return signal → value at every time; ``second`` is the local second of the day."""
    down = (time >= plan.outage[0]) & (time < plan.outage[1])
    draining = (time >= plan.outage[1]) & (time < plan.outage[1] + HOUR)
    # The lockbox payments of the day settle the morning after; from then on their postings wait.
    begin = plan.backlog[1] + 8 * HOUR
    stuck = (time >= begin) & (time < begin + BACKLOG_DELAY)
    mismatch = (time >= plan.wave[0] + 5 * HOUR) & (time < plan.wave[0] + 7 * HOUR)
    busy = np.exp(-(((second / HOUR - 13.0) / 4.0) ** 2))
    waiting = np.where(down, time - plan.outage[0], np.where(draining, plan.outage[1] + HOUR - time, 0))
    waiting = waiting + np.where(stuck, time - begin, 0)

    def noise(scale: float) -> Floats:
        return np.abs(rng.normal(0, scale, len(time)))

    def when(flags: Flags, value: float, other: Floats) -> Floats:
        return np.where(flags, value + noise(value * 0.05), other)

    return {
        "gateway_availability": np.where(down, 0.0, 1 - np.minimum(noise(0.0004), 0.002)),
        "gateway_p95_latency": when(down, 30.0, 0.25 + 0.35 * busy + noise(0.05)),
        "gateway_error_rate": np.where(down, 1.0, np.minimum(noise(0.002), 0.01)),
        "queue_depth": np.floor(20 * busy + noise(4) + waiting / 60),
        "queue_age": 5 + 30 * busy + noise(5) + waiting,
        "posting_latency": when(stuck, 45.0, 0.4 + 0.5 * busy + noise(0.08)),
        "database_cpu": np.minimum(when(stuck, 92.0, 18 + 40 * busy + noise(4)), 100.0),
        "account_file_mismatch": when(mismatch, 0.4, noise(0.001)),
        "notification_failures": np.floor(2 * busy + noise(0.8)),
        "certificate_days_left": CERTIFICATE_DAYS - np.floor((time - time[0]) / DAY) % CERTIFICATE_DAYS,
    }
