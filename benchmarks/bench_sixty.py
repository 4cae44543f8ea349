"""Sixty KPIs of one flow, as a large dashboard has them, against hand-written DuckDB SQL, in one run.

``python benchmarks/bench_sixty.py [--events 10000000] [--rounds 5]``. The mix: sixteen counts, eight sums, four means,
four counts of different persons, twelve ratios, six exact percentiles and six means of durations, two conversions and
two rules. Two inputs: the real loan log (BPI Challenge 2012, found through BOS_TEST_DATA; left out where it is absent)
and generated payments. The SQL is written twice, a statement a KPI (separate) and as few passes as possible (shared);
the better one counts, and both must come to the engine's numbers. Goal: 1.5 times at most, and below 5 s.
"""

# ruff: noqa: S608 - hand-written SQL put together from constants of this file

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench_kpi import LASTED, STEPS, compare, counted, logs, spans

from bos.kpi import BoundSignal
from bos.kpi.engine import warm

if TYPE_CHECKING:
    from collections.abc import Sequence

BPI = ("A_SUBMITTED", "A_PARTLYSUBMITTED", "A_PREACCEPTED", "A_ACCEPTED", "A_FINALIZED", "A_APPROVED", "A_REGISTERED",
       "A_ACTIVATED", "A_DECLINED", "A_CANCELLED", "O_SELECTED", "O_CREATED", "O_SENT", "O_SENT_BACK", "O_ACCEPTED",
       "O_CANCELLED")  # fmt: skip
PAYMENTS = tuple(f"payment.{step}" for step in STEPS)
TWO_WEEKS = 14 * 86_400_000_000


@dataclass(frozen=True)
class Mix:
    """Sixty KPIs, the signals they read, and the SQL by hand: a statement each, and as few as possible."""

    kpis: dict[str, str]
    signals: dict[str, BoundSignal]
    separate: list[str]
    shared: list[str]


def _ways(events: Sequence[str]) -> list[tuple[str, str]]:
    """Return six ways from one step to a later one."""
    return [(events[0], events[at]) for at in (2, 3, 4, 5, 6, 7)]


def mix(events: Sequence[str]) -> Mix:
    """Return the KPIs over the steps of a log; of few steps some are counted again, each by another field."""
    name = {event: f"s{at}" for at, event in enumerate(events)}
    steps = [events[at % len(events)] for at in range(16)]
    kpis: dict[str, str] = {}
    separate: list[str] = []
    plain: dict[str, str] = {}

    def add(formula: str, value: str, own: str | None = None) -> None:
        """Note a KPI of one scan: what it is in SQL, among all, and as a statement of its own."""
        kpis[f"k{len(kpis)}"] = formula
        plain[f"k{len(plain)}"] = value
        separate.append(own or f"SELECT {value} FROM events")

    for at, event in enumerate(steps):
        again = f" where amount >= {at}" if at >= len(events) else ""
        met = f"step = '{event}'{f' AND amount >= {at}' if again else ''}"
        add(f"count({name[event]}{again})", f"count(*) FILTER ({met})")
    for event in steps[:8]:
        add(f"sum({name[event]}.amount)", f"sum(amount) FILTER (step = '{event}')")
    for event in steps[:4]:
        add(f"avg({name[event]}.amount)", f"avg(amount::DOUBLE) FILTER (step = '{event}')")
    for event in steps[:4]:
        add(f"distinct({name[event]}.resource)", f"count(DISTINCT resource) FILTER (step = '{event}')")
    for at in range(12):
        one, two = events[(at + 1) % len(events)], events[0] if at % 2 else events[(at + 2) % len(events)]
        if one == two:
            two = events[3]
        top, under = (f"count(*) FILTER (step = '{event}')" for event in (one, two))
        add(
            f"ratio(count({name[one]}), count({name[two]}))",
            f"{top} / {under}",
            f"SELECT ({counted(one)}) / ({counted(two)})",
        )
    shared = [f"SELECT {', '.join(plain.values())} FROM events"]
    for at, (one, two) in enumerate(_ways(events)):
        part = (0.5, 0.95)[at % 2]
        kpis[f"p{at}"] = f"p{int(part * 100)}(duration({name[one]} -> {name[two]}))"
        kpis[f"a{at}"] = f"avg(duration({name[one]} -> {name[two]}))"
        sql = f"FROM ({spans(one, two)})"
        own = [f"quantile_cont({LASTED}, {part}) / 1e6", f"avg({LASTED}) / 1e6"]
        separate += [f"SELECT {value} {sql}" for value in own]
        shared.append(f"SELECT {', '.join(own)} {sql}")
    for at, (one, two) in enumerate(_ways(events)[:2]):
        kpis[f"c{at}"] = f"conversion({name[one]} -> {name[two]}, within = 14 days, show = converted)"
        separate.append(f"SELECT count(*) FROM ({spans(one, two)}) WHERE {LASTED} <= {TWO_WEEKS}")
        kpis[f"r{at}"] = f"conformance(never_twice({name[two]}))"
        twice = f"SELECT case_id FROM events WHERE step = '{two}' GROUP BY case_id HAVING count(*) > 1"
        separate.append(f"SELECT count(*) FROM ({twice})")
    shared += separate[-4:]
    signals = {name[event]: BoundSignal(name[event], event) for event in events}
    return Mix(kpis, signals, separate, shared)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    warm()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for title, held in logs(Path(folder), options.events):
            made = mix(PAYMENTS if title == "Generated" else BPI)
            hands = {"separate": made.separate, "shared": made.shared}
            ratio, seconds = compare(title, held, made.kpis, made.signals, hands, options.rounds)
            missed += [title.lower()] if ratio > 1.5 or seconds > 5 else []
    print("Goals missed: " + ", ".join(missed) if missed else "Goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
