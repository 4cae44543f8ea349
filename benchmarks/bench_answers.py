"""Costs, cases behind a number, periods compared, a change explained and rules of the flow, against hand-written SQL.

``python benchmarks/bench_answers.py [--events 10000000] [--rounds 5]``. Two inputs, as bench_kpi.py has them: the real
loan log (left out where it is absent) and generated payments. Each line is one answer: the engine's, through the
functions that actions call, against DuckDB SQL that comes to the same values, which is checked each round. Both read
the same Parquet file through a warm connection with the same memory limit; rounds alternate, and the least time of
each counts. Goal: 1.5 times at most.
"""

# ruff: noqa: S608 - hand-written SQL put together from constants of this file

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from bench_kpi import BPI_SIGNALS, LASTED, LOG_CLOCK, MEMORY, PILOT_SIGNALS, by_hand, logs, spans

from bos.kpi import BoundSignal, KpiSpec
from bos.kpi.cases import cases
from bos.kpi.comparison import Span, beside
from bos.kpi.costs import CostRule
from bos.kpi.engine import blank, evaluate, warm
from bos.kpi.explain import effects, plan, side

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GOAL = 1.5
LISTED = 100
RULE = CostRule("case", "EUR", fixed=Decimal("4.50"), rate=Decimal("0.0015"), rated="amount", most=Decimal("60.00"))
CHARGED = "round(least(4.50 + amount * 0.0015, 60.00), 2)"


@dataclass(frozen=True)
class Log:
    """What is asked of a log: steps by what they are for, the field that explains, its SQL, and two periods."""

    signals: Mapping[str, BoundSignal]
    currency: str
    failed: str
    begun: str
    done: str
    field: str
    column: str
    periods: tuple[datetime, datetime, datetime]

    def event(self, name: str) -> str:
        """Return the step of the log that a signal is."""
        return str(self.signals[name].event)


@dataclass(frozen=True)
class Line:
    """One answer: how BOS comes to its values, and the SQL that comes to the same, in the same order."""

    title: str
    ours: Callable[[Any], list[Any]]
    hand: Sequence[str]


def month(year: int, number: int) -> datetime:
    return datetime(year, number, 1, tzinfo=UTC)


REAL = Log(
    BPI_SIGNALS,
    "EUR",
    "declined",
    "submitted",
    "approved",
    "resource",
    "resource",
    (month(2011, 11), month(2011, 12), month(2012, 1)),
)
GENERATED = Log(
    PILOT_SIGNALS,
    "USD",
    "returned",
    "received",
    "posted",
    "resource",
    "resource",
    (month(2025, 4), month(2025, 5), month(2025, 6)),
)


def lines(log: Log) -> list[Line]:
    return [_cost(log), _cases(log), _compared(log), _explained(log), *_rules(log)]


def _cost(log: Log) -> Line:
    rule = CostRule(RULE.name, log.currency, RULE.fixed, RULE.rate, RULE.rated, most=RULE.most)
    known = KpiSpec("failed", f"count({log.failed})", cost_rule=rule)
    spec = KpiSpec("cost", "cost(failed)", unit=log.currency)

    def ours(held: Any) -> list[Any]:
        return [row.value for row in evaluate(held, [spec], log.signals, known=[known], memory_limit=MEMORY)]

    return Line("cost", ours, [f"SELECT sum({CHARGED}) FROM events WHERE step = '{log.event(log.failed)}'"])


def _cases(log: Log) -> Line:
    spec = KpiSpec("took", f"p95(duration({log.begun} -> {log.done}))")

    def ours(held: Any) -> list[Any]:
        found = cases(held, spec, log.signals, limit=LISTED, memory_limit=MEMORY)
        return [*(part for one in found.items for part in (one.case, one.at, one.value)), found.total]

    spanned = spans(log.event(log.begun), log.event(log.done))
    listed = f"""SELECT case_id, epoch_us(started), ({LASTED}) / 1e6 FROM ({spanned})
        ORDER BY ended IS NULL, {LASTED} DESC NULLS LAST, started DESC, case_id LIMIT {LISTED}"""
    return Line("cases behind a percentile", ours, [listed, f"SELECT count(*) FROM ({spanned})"])


def _compared(log: Log) -> Line:
    formulas = (f"count({log.begun})", f"sum({log.begun}.amount)", f"ratio(count({log.failed}), count({log.begun}))")
    specs = [KpiSpec(f"k{at}", formula) for at, formula in enumerate(formulas)]

    def ours(held: Any) -> list[Any]:
        first, middle, last = log.periods
        now, then = (
            evaluate(held, specs, log.signals, start=start, end=end, memory_limit=MEMORY)
            for start, end in ((middle, last), (first, middle))
        )
        told = []
        for spec, *pair in zip(specs, now, then, strict=True):
            empty = blank(spec, log.signals)
            ((row, other),) = beside(pair[:1], pair[1:], lambda _: Span(first, middle), empty)
            assert other is not None
            told += [row.value, other.row.value, other.difference, other.change]
        return told

    begun, failed = (f"step = '{log.event(name)}'" for name in (log.begun, log.failed))
    figures = [
        f"count(*) FILTER ({begun})",
        f"sum(amount) FILTER ({begun})",
        f"count(*) FILTER ({failed}) / count(*) FILTER ({begun})",
    ]
    first, middle, last = (f"TIMESTAMPTZ '{moment.isoformat()}'" for moment in log.periods)
    period = f"""SELECT {", ".join(f"{sql} AS k{at}" for at, sql in enumerate(figures))} FROM events
        WHERE ({begun} OR {failed}) AND event_time"""
    columns = ", ".join(
        f"n.k{at}, t.k{at}, n.k{at} - t.k{at}, (n.k{at} - t.k{at}) / abs(t.k{at})" for at in range(len(figures))
    )
    sql = f"""SELECT {columns} FROM ({period} >= {middle} AND event_time < {last}) n,
        ({period} >= {first} AND event_time < {middle}) t"""
    return Line("two periods compared", ours, [sql])


def _explained(log: Log) -> Line:
    """Return how a mean changed by a field: mix and rate of each value, in the order of their names."""
    spec = KpiSpec("mean", f"avg({log.failed}.amount)")
    taken = plan(spec)

    def ours(held: Any) -> list[Any]:
        first, middle, last = log.periods
        then, now = (
            side(
                taken,
                evaluate(
                    held,
                    taken.specs,
                    log.signals,
                    start=start,
                    end=end,
                    dimensions=(log.field,),
                    memory_limit=MEMORY,
                    withhold=True,
                ),
            )
            for start, end in ((first, middle), (middle, last))
        )
        found = {(one.part or "", one.kind): one.amount for one in effects(taken, then, now)}
        parts = sorted({part or "" for part in (*then, *now)})
        return [float(found.get((part, kind), 0)) for part in parts for kind in ("mix", "rate")]

    first, middle, last = (f"TIMESTAMPTZ '{moment.isoformat()}'" for moment in log.periods)
    failed = f"FROM events WHERE step = '{log.event(log.failed)}' AND event_time"
    side_of = f"SELECT {log.column} AS part, sum(amount)::DOUBLE AS top, count(amount) AS many {failed}"
    sql = f"""WITH t AS ({side_of} >= {first} AND event_time < {middle} GROUP BY part),
        n AS ({side_of} >= {middle} AND event_time < {last} GROUP BY part),
        w AS (SELECT (SELECT sum(many) FROM t) AS many0, (SELECT sum(many) FROM n) AS many1,
            (SELECT sum(top) / sum(many) FROM t) AS base),
        p AS (SELECT coalesce(t.part, n.part, '') AS part, coalesce(t.top, 0) AS top0, coalesce(t.many, 0) AS n0,
            coalesce(n.top, 0) AS top1, coalesce(n.many, 0) AS n1
            FROM t FULL JOIN n ON t.part IS NOT DISTINCT FROM n.part),
        e AS (SELECT part, n1 / many1 - n0 / many0 AS more, CASE WHEN n0 > 0 THEN top0 / n0 ELSE base END AS mean,
            top1 / many1 - top0 / many0 AS change, base FROM p, w)
        SELECT effect FROM (SELECT part, unnest([more * (mean - base), change - more * mean]) AS effect,
            unnest([0, 1]) AS kind FROM e) ORDER BY part, kind"""
    return Line("a change explained by a field", ours, [sql])


def _rules(log: Log) -> list[Line]:
    begun, done = log.event(log.begun), log.event(log.done)
    made = {
        "precedes": (
            f"precedes({log.begun}, {log.done})",
            f"""SELECT count(*) FROM (SELECT min(event_time) FILTER (step = '{begun}') AS before,
                min(event_time) FILTER (step = '{done}') AS after FROM events WHERE step IN ('{begun}', '{done}')
                GROUP BY case_id) WHERE after IS NOT NULL AND (before IS NULL OR before > after)""",
        ),
        "followed_by": (
            f"followed_by({log.begun}, {log.done}, within = 8 hours)",
            f"""SELECT count(DISTINCT case_id) FILTER (step = '{begun}' AND epoch_us(coalesce(next, newest))
                - epoch_us(event_time) > 28800000000) FROM (SELECT case_id, step, event_time,
                min(CASE WHEN step = '{done}' THEN event_time END) OVER (PARTITION BY case_id ORDER BY event_time
                RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next FROM events
                WHERE step IN ('{begun}', '{done}')), ({LOG_CLOCK})""",
        ),
        "never_twice": (
            f"never_twice({log.begun})",
            f"SELECT count(*) FROM (SELECT 1 FROM events WHERE step = '{begun}' GROUP BY case_id HAVING count(*) > 1)",
        ),
        "different_persons": (
            f"different_persons({log.begun}, {log.done})",
            f"""SELECT count(DISTINCT case_id) FROM (SELECT case_id FROM events WHERE step IN ('{begun}', '{done}')
                AND resource IS NOT NULL GROUP BY case_id, resource HAVING bool_or(step = '{begun}')
                AND bool_or(step = '{done}'))""",
        ),
    }
    return [_rule(log, name, *texts) for name, texts in made.items()]


def _rule(log: Log, name: str, rule: str, sql: str) -> Line:
    spec = KpiSpec(name, f"conformance({rule})")

    def ours(held: Any) -> list[Any]:
        return [row.value for row in evaluate(held, [spec], log.signals, memory_limit=MEMORY)]

    return Line(f"conformance, {name}", ours, [sql])


def differs(ours: Sequence[Any], theirs: Sequence[Any]) -> str | None:
    """Return the first pair of values that are not the same, to ten digits where they are floating."""
    if len(ours) != len(theirs):
        return f"{len(ours)} and {len(theirs)} values"
    for at, (one, two) in enumerate(zip(ours, theirs, strict=True)):
        told = int(one.timestamp()) * 1_000_000 + one.microsecond if isinstance(one, datetime) else one
        plain = isinstance(told, str) or told is None
        same = told == two if plain else math.isclose(told, two, rel_tol=1e-10, abs_tol=1e-9)
        if not same:
            return f"value {at}: {told} and {two}"
    return None


def measure(line: Line, held: Any, connection: duckdb.DuckDBPyConnection, rounds: int) -> float:
    """Print a line and return how many times as long BOS takes."""
    best = [math.inf, math.inf]
    begun = time.perf_counter()
    line.ours(held)
    first = time.perf_counter() - begun
    for _ in range(rounds):
        begun = time.perf_counter()
        values = line.ours(held)
        best[0] = min(best[0], time.perf_counter() - begun)
        took, expected = by_hand(connection, line.hand)
        best[1] = min(best[1], took)
        words = differs(values, expected)
        assert words is None, f"{line.title}: {words}"
    ratio = best[0] / best[1]
    ours, hand = (seconds * 1000 for seconds in best)
    print(
        f"  {line.title:30} {ours:9.1f} ms   by hand {hand:9.1f} ms   {ratio:5.2f} times   first {first * 1000:.0f} ms"
    )
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    warm()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        for title, held in logs(Path(folder), options.events):
            log = GENERATED if title == "Generated" else REAL
            print(f"{title}: {held.events:,} events")
            with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": "false"}) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                connection.read_parquet(list(held.files)).create_view("events")
                rounds = options.rounds if held.events > 1_000_000 else max(options.rounds, 15)
                ratios = {line.title: measure(line, held, connection, rounds) for line in lines(log)}
            missed += [f"{title}, {name}" for name, ratio in ratios.items() if ratio > GOAL]
    print("Goals missed: " + "; ".join(missed) if missed else "Goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
