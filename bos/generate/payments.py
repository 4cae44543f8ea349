"""Payments of one day: which loan pays, through which channel, how much, and when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bos.generate import names
from bos.generate.clock import DAY, HOUR

if TYPE_CHECKING:
    from numpy.random import Generator

    from bos.generate.clock import Clock, Flags, Floats, Ints

WEEKDAY_VOLUME = (1.20, 1.05, 1.0, 1.0, 1.25, 0.30, 0.18)
FREE_DAY_VOLUME = 0.22
TURN_OF_MONTH, TURN_VOLUME = 5, 1.25
MIDDLE_OF_MONTH, MIDDLE_VOLUME = 15, 1.15
PAYMENTS_PER_LOAN = 3
EXTRA_RATE = 0.08
OVERPAID_RATE = 0.03
MONDAY_OFFSET = 3  # 1970-01-01 was a Thursday
_BUCKETS = ((0.930, 0, 1), (0.040, 1, 30), (0.016, 30, 60), (0.008, 60, 90), (0.006, 90, 121))


@dataclass(frozen=True, slots=True)
class Loans:
    """Every loan of the run: its type, its regular payment in cents, and by how many days it is behind.

    A loan that is behind pays one instalment a month and stays as far behind.
    """

    kind: Ints
    cents: Ints
    behind: Ints


@dataclass(frozen=True, slots=True)
class Payments:
    """Payments of one day, an array for each property.

    Attributes:
        number: running number over the whole run, from 0.
        loan: number of the loan.
        kind: type of the loan.
        channel: number of the channel.
        cents: amount that is paid.
        billed: amount that was due.
        due_day: day on which it was due (local).
        extra: paid without being due.
        dpd: days past due of the loan, when it was billed.
        initiated: when the payment starts (UTC seconds).
        millisecond: added to every time of the payment.
    """

    number: Ints
    loan: Ints
    kind: Ints
    channel: Ints
    cents: Ints
    billed: Ints
    due_day: Ints
    extra: Flags
    dpd: Ints
    initiated: Ints
    millisecond: Ints


def make_loans(rng: Generator, count: int) -> Loans:
    """Draw the loans."""
    kind = rng.choice(len(names.LOAN_SHARE), count, p=names.LOAN_SHARE)
    cents = np.array(names.LOAN_DOLLARS)[kind] * np.exp(rng.normal(0, 0.35, count)) * 100
    return Loans(kind, cents.astype(np.int64), _days_past_due(rng, count))


def day_weights(clock: Clock, start: int, days: int) -> Floats:
    """Return the relative volume of every day."""
    day = np.arange(start, start + days)
    weekday = (day + MONDAY_OFFSET) % 7
    in_month = (day.astype("M8[D]") - day.astype("M8[D]").astype("M8[M]")).astype(np.int64) + 1
    volume = np.array(WEEKDAY_VOLUME)[weekday]
    volume = np.where(~clock.is_bank_day(day) & (weekday < 5), FREE_DAY_VOLUME, volume)  # noqa: PLR2004 - Monday to Friday
    volume = volume * np.where(in_month <= TURN_OF_MONTH, TURN_VOLUME, 1.0)
    return volume * np.where(in_month == MIDDLE_OF_MONTH, MIDDLE_VOLUME, 1.0)


def draw(rng: Generator, clock: Clock, loans: Loans, day: int, numbers: Ints, first_day: int) -> Payments:
    """Draw the payments of a day; ``numbers`` are their running numbers."""
    count = len(numbers)
    loan = numbers * PAYMENT_STRIDE % len(loans.kind)
    bank_day = bool(clock.is_bank_day(np.array([day]))[0])
    share = names.BANK_DAY_SHARE if bank_day else names.FREE_DAY_SHARE
    channel = rng.choice(len(share), count, p=share)
    billed = loans.cents[loan]
    partial = rng.random(count) < np.array(names.PARTIAL_RATE)[channel]
    more = np.where(rng.random(count) < OVERPAID_RATE, rng.uniform(1.05, 2.0, count), 1.0)
    cents = np.maximum(100, billed * np.where(partial, rng.uniform(0.3, 0.9, count), more)).astype(np.int64)
    before = np.where(channel == names.ACH, rng.integers(0, 4, count), rng.integers(0, 15, count))
    return Payments(
        number=numbers,
        loan=loan,
        kind=loans.kind[loan],
        channel=channel,
        cents=cents,
        billed=billed,
        due_day=np.maximum(first_day, day - before),
        extra=(rng.random(count) < EXTRA_RATE) & ~partial,
        dpd=loans.behind[loan],
        initiated=_start(rng, clock, day, channel),
        millisecond=rng.integers(0, 1000, count),
    )


PAYMENT_STRIDE = 7_919
"""A prime: consecutive payments come from loans far apart."""


def _days_past_due(rng: Generator, count: int) -> Ints:
    bucket = rng.choice(len(_BUCKETS), count, p=[share for share, _, _ in _BUCKETS])
    low, high = (np.array([row[place] for row in _BUCKETS]) for place in (1, 2))
    return rng.integers(low[bucket], high[bucket])


def _start(rng: Generator, clock: Clock, day: int, channel: Ints) -> Ints:
    """Return when each payment starts: around one of the two busy hours of its channel."""
    count = len(channel)
    share, first, first_spread, second, second_spread = np.array(names.INITIATED_HOURS)[channel].T
    early = rng.random(count) < share
    hour = rng.normal(np.where(early, first, second), np.where(early, first_spread, second_spread))
    second_of_day = np.clip(hour * HOUR, 5.5 * HOUR, DAY - 300).astype(np.int64)
    return clock.at(np.full(count, day, np.int64), second_of_day)
