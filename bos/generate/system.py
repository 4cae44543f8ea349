"""Metric points of the systems behind the steps, in which the incidents show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

from bos.generate.clock import DAY, HOUR

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator

    from bos.generate.clock import Clock, Flags, Floats, Ints
    from bos.generate.files import Files, Points
    from bos.generate.plan import Plan

EVERY = 300
"""Seconds between two points of a signal."""
SCHEMA = pa.schema([("signal", pa.string()), ("time", pa.string()), ("value", pa.float64())])
CERTIFICATE_DAYS = 90


def write_metrics(path: Path, rngs: tuple[Generator, Generator], clock: Clock, plan: Plan, files: Files) -> int:
    """Write the points of all system signals as CSV and return how many there are.

    What is measured all the time has a point every five minutes of the days of payments; what happens once a day has a
    point then. The first generator makes the former, the second the latter and what was added since.
    """
    first, end = clock.at(np.array([files.first, files.first + files.days], np.int64), 0)
    time = np.arange(first, end, EVERY)
    second = clock.local(time) % DAY
    measured = _signals(rngs[0], second, time, plan) | {"posting_error_rate": _posting_errors(rngs[1], time, plan)}
    signals: dict[str, Points] = {name: (time, values) for name, values in measured.items()}
    signals |= files.points(rngs[1], clock, plan)
    with csv.CSVWriter(path, SCHEMA) as writer:
        for name, (times, values) in signals.items():
            columns = [np.full(len(times), name), _texts(times), np.round(values, 4)]
            writer.write_table(pa.table([pa.array(column) for column in columns], schema=SCHEMA))
    return sum(len(times) for times, _ in signals.values())


def _texts(time: Ints) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    return np.char.add(np.datetime_as_string(time.astype("M8[s]")), "Z")


def _posting_errors(rng: Generator, time: Ints, plan: Plan) -> Floats:
    """Return the share of postings that fail: hardly any, and a third while the batch is stuck."""
    stuck = (time >= plan.stuck[0]) & (time < plan.stuck[1])
    noise = np.abs(rng.normal(0, 0.001, len(time)))
    errors: Floats = np.where(stuck, 0.35 + 10 * noise, np.minimum(noise, 0.01))
    return errors


def _signals(rng: Generator, second: Ints, time: Ints, plan: Plan) -> dict[str, Floats]:
    """Return signal → value at every time; ``second`` is the local second of the day."""
    down = (time >= plan.outage[0]) & (time < plan.outage[1])
    draining = (time >= plan.outage[1]) & (time < plan.outage[1] + HOUR)
    stuck = (time >= plan.stuck[0]) & (time < plan.stuck[1])
    mismatch = (time >= plan.wave[0] + 5 * HOUR) & (time < plan.wave[0] + 7 * HOUR)
    busy = np.exp(-(((second / HOUR - 13.0) / 4.0) ** 2))
    waiting = np.where(down, time - plan.outage[0], np.where(draining, plan.outage[1] + HOUR - time, 0))
    waiting = waiting + np.where(stuck, time - plan.stuck[0], 0)

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
