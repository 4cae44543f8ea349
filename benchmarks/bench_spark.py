"""Spark in this process against DuckDB: the same expressions over the same generated events.

``python benchmarks/bench_spark.py [--events 1000000,10000000] [--rounds 3] [--master 'local[*]']``. Each line is a kind
of KPI: the least time of each engine through warm sessions with the same memory limit, and how many times as long Spark
takes. Both must give the same numbers. Needs the extra ``spark`` and Java; without them a line says so, and no more.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bos.kpi import KpiSpec
from bos.kpi.engine import evaluate
from bos.kpi.engines import DUCKDB, lacking, told

MEMORY = "4GB"
ASKED: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "counts and money": ({"sent": "count(received)", "paid": "sum(posted.amount)"}, {}),
    "counts by day": ({"sent": "count(received)"}, {"by": "day", "time_zone": "America/New_York"}),
    "a ratio by person": (
        {"rate": "ratio(count(posted where manual = true), count(posted))"},
        {"dimensions": ["resource"]},
    ),
    "a percentile of durations": ({"p95": "p95(duration(received -> posted))"}, {}),
    "a conversion": ({"done": "conversion(received -> posted, within = 1 day)"}, {"by": "month"}),
    "a rule of the flow": ({"order": "conformance(precedes(received, posted))"}, {}),
    "a rolling ratio": (
        {"rolling": "cumulative(ratio(count(returned), count(initiated)), window = 60 days)"},
        {"by": "month"},
    ),
}


def pilot() -> Any:
    """Return the benchmark beside this file, which makes the events."""
    spec = importlib.util.spec_from_file_location("bench_kpi", Path(__file__).with_name("bench_kpi.py"))
    if spec is None or spec.loader is None:
        raise FileNotFoundError("bench_kpi.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def least(held: Any, asked: tuple[dict[str, str], dict[str, Any]], engine: str, rounds: int) -> tuple[float, list[Any]]:
    """Return the least time of some evaluations, the first left out, and the values."""
    kpis, options = asked
    specs = [KpiSpec(name, formula) for name, formula in kpis.items()]
    took = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        rows = evaluate(held, specs, BENCH.PILOT_SIGNALS, memory_limit=MEMORY, engine=engine, **options)
        took.append(time.perf_counter() - started)
    return min(took[1:]), [row.value for row in rows]


def same(one: Any, two: Any) -> bool:
    """Return whether two values are the same number."""
    return math.isclose(one, two, rel_tol=1e-9) if isinstance(one, float) else bool(one == two)


def compare(held: Any, master: str, rounds: int) -> None:
    """Print a line for each kind of KPI."""
    print(f"\n{held.events:,} events")
    for title, asked in ASKED.items():
        ours, expected = least(held, asked, DUCKDB, rounds)
        theirs, found = least(held, asked, master, rounds)
        assert all(same(one, two) for one, two in zip(expected, found, strict=True)), title
        print(f"  {title:<27} DuckDB {ours:8.3f} s   Spark {theirs:8.3f} s   Spark / DuckDB {theirs / ours:6.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", default="1000000,10000000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--master", default="local[*]")
    options, _ = parser.parse_known_args()
    if missing := lacking(options.master):
        print(f"Left out: {missing}.")
        return 0
    print(f"{told(DUCKDB)} against {told(options.master)} at {options.master}, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as name:
        for number in map(int, options.events.split(",")):
            path = Path(name) / f"{number}.parquet"
            compare(
                BENCH.Held(f"generated@{number}", (str(path),), BENCH.generate(path, number)),
                options.master,
                options.rounds,
            )
    return 0


BENCH = pilot()
if __name__ == "__main__":
    sys.exit(main())
