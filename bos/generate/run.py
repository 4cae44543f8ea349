"""One run of the generator: day after day, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from bos.errors import UsageError
from bos.generate import names
from bos.generate.aftermath import finish
from bos.generate.clock import ZONE, Clock, day_number
from bos.generate.files import Files
from bos.generate.journey import Journey
from bos.generate.manifest import NOTE, Generated, Manifest
from bos.generate.payments import PAYMENTS_PER_LOAN, day_weights, draw, make_loans
from bos.generate.plan import Plan, make_plan
from bos.generate.system import write_metrics
from bos.generate.table import SCHEMA, as_table
from bos.generate.tally import Tally
from bos.generate.trail import Trail

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from bos.generate import Format
    from bos.generate.clock import Flags, Floats, Ints
    from bos.generate.payments import Loans

EVENTS_A_DAY = 300  # a bank day then has about 40 payments: 5 by lockbox, and 25 debits of which a bad file returns 4
EVENTS = (10_000, 10_000_000)
DAYS = (21, 366)
YEARS = (2000, 2100)
FEW_DAYS, MANY_DAYS = 28, 91
PER_PAYMENT = 9.6
"""Events of a payment, about; the days that follow correct what it is off."""
DUPLICATE_RATE = 0.003
AFTER_DAYS = 150
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def run(
    folder: Path,
    *,
    events: int,
    seed: int,
    start: date,
    days: int | None,
    format: Format,  # noqa: A002 - the name of the option, everywhere
) -> Generated:
    """Do what :func:`bos.generate.generate` says."""
    days = (MANY_DAYS if events >= MANY_DAYS * EVENTS_A_DAY else FEW_DAYS) if days is None else days
    _check(events, seed, start, days, format)
    folder.mkdir(parents=True, exist_ok=True)
    first = day_number(start)
    clock = Clock(first - 1, first + days + AFTER_DAYS)
    plan = make_plan(clock, first, days)
    loans = make_loans(np.random.default_rng([seed, 0]), round(events / PER_PAYMENT / PAYMENTS_PER_LOAN))
    files = Files(first, days, AFTER_DAYS)
    made = _Run(seed=seed, clock=clock, plan=plan, loans=loans, first=first, tally=Tally(plan), files=files)
    main, late = folder / f"events.{format}", folder / f"late.{format}"
    with _writer(main, format) as writer:
        made.write(writer, np.round(events * _shares(day_weights(clock, first, days))).astype(np.int64))
    with _writer(late, format) as writer:
        writer.write_table(made.late())
    metrics = folder / "metrics.csv"
    rngs = np.random.default_rng([seed, days + 1]), np.random.default_rng([seed, days + 2])
    points = write_metrics(metrics, rngs, clock, plan, files)
    manifest = made.manifest(asked=events, start=start, days=days, points=points)
    (folder / "manifest.json").write_text(manifest.as_text(), encoding="utf-8")
    return Generated(main, late, metrics, manifest)


@dataclass(slots=True, kw_only=True)
class _Run:
    """What a run holds on to from day to day."""

    seed: int
    clock: Clock
    plan: Plan
    loans: Loans
    first: int
    tally: Tally
    files: Files
    rows: int = 0
    late_rows: int = 0
    payments: int = 0
    by_event: Ints = field(default_factory=lambda: np.zeros(len(names.EVENTS), np.int64))
    range: tuple[int, int] | None = None
    aside: list[pa.Table] = field(default_factory=list)

    def write(self, writer: pq.ParquetWriter | csv.CSVWriter, targets: Ints) -> None:
        """Write the main file; ``targets`` are the rows there should be after each day."""
        for offset, target in enumerate(targets):
            count = max(1, round((int(target) - self.rows) / PER_PAYMENT))
            rng = np.random.default_rng([self.seed, offset + 1])
            table, slow = self._day(rng, offset, count)
            again = ~slow & (rng.random(len(slow)) < DUPLICATE_RATE)
            self.aside.append(table.filter(pa.array(slow | again)))
            self.late_rows += int(slow.sum())
            writer.write_table(table.filter(pa.array(~slow)))

    def _day(self, rng: np.random.Generator, offset: int, count: int) -> tuple[pa.Table, Flags]:
        """Return the events of the payments that start on a day, and which of them are delivered late."""
        numbers = np.arange(self.payments, self.payments + count)
        payments = draw(rng, self.clock, self.loans, self.first + offset, numbers, self.first)
        journey = Journey(rng, self.clock, self.plan, payments, Trail(rng))
        journey.bill()
        finish(journey, journey.travel(np.arange(count), payments.initiated))
        rows = journey.trail.rows()
        table = as_table(rows, payments, self.rows + 1)
        self.tally.add(rows, payments)
        self.files.add(rows, payments, self.clock)
        self.rows += len(table)
        self.payments += count
        self.by_event += np.bincount(rows["event"], minlength=len(names.EVENTS))
        self._note(table.column("event_time"))
        return table, rows["slow"] > 0

    def _note(self, times: pa.ChunkedArray) -> None:
        """Widen the range of times."""
        low, high = (times[place].value for place in (0, len(times) - 1))
        before = self.range or (low, high)
        self.range = (min(before[0], low), max(before[1], high))

    def late(self) -> pa.Table:
        """Return the rows of the late file, in the order of time."""
        return pa.concat_tables(self.aside).sort_by([("event_time", "ascending"), ("event_id", "ascending")])

    def manifest(self, *, asked: int, start: date, days: int, points: int) -> Manifest:
        """Return what was generated."""
        first, last = (_EPOCH + timedelta(microseconds=value) for value in self.range or (0, 0))
        return Manifest(
            note=NOTE,
            seed=self.seed,
            asked=asked,
            start=start,
            days=days,
            time_zone=ZONE,
            rows=self.rows,
            main_rows=self.rows - self.late_rows,
            late_rows=self.late_rows,
            duplicate_rows=sum(len(table) for table in self.aside) - self.late_rows,
            metric_rows=points,
            cases=self.payments,
            loans=min(self.payments, len(self.loans.kind)),
            first=first,
            last=last,
            by_event={f"payment.{name}": int(n) for name, n in zip(names.EVENTS, self.by_event, strict=True)},
            incidents=self.tally.incidents(),
        )


def _check(events: int, seed: int, start: date, days: int, format: str) -> None:  # noqa: A002 - as in run
    ranges = {"events": (events, *EVENTS), "days": (days, *DAYS), "start": (start.year, *YEARS)}
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            raise UsageError(f"{name} is {value:,}; it can be {low:,} to {high:,}.", where=name)
    if events < days * EVENTS_A_DAY:
        raise UsageError(
            f"{events:,} events are too few for {days} days: the incidents would be empty.",
            where="events",
            hint=f"Ask for {days * EVENTS_A_DAY:,} or more, or for fewer days.",
        )
    if seed < 0:
        raise UsageError(f"seed is {seed}; it cannot be negative.", where="seed")
    if format not in {"parquet", "csv"}:
        raise UsageError(f"There is no format {format!r}.", where="format", hint="Formats are parquet and csv.")


def _shares(weights: Floats) -> Floats:
    """Return which part of the whole there is after each day."""
    total = np.cumsum(weights)
    shares: Floats = total / total[-1]
    return shares


def _writer(path: Path, format: str) -> pq.ParquetWriter | csv.CSVWriter:  # noqa: A002 - as in run
    if format == "csv":
        return csv.CSVWriter(path, SCHEMA, write_options=csv.WriteOptions(quoting_style="needed"))
    return pq.ParquetWriter(path, SCHEMA)
