"""Building a dashboard, whole, against hand-written DuckDB SQL that computes the same numbers, in one run.

``python benchmarks/bench_dashboard.py [--events 10000000] [--rounds 5]``. Two inputs: the real loan log (BPI Challenge
2012, found through BOS_TEST_DATA; left out where it is absent) and generated payments. *Whole* is a call of the client
in one process: definitions, every number, panels, the run in PostgreSQL, and the answer. *By hand* is the SQL of the
tiles (bench_kpi.py, a statement a KPI), counts and sums of all steps by bucket for the trends, and a statement for each
way between steps. Rounds alternate; the least time of each counts. Goals: below 1.5 s on the real log, below 5 s on the
generated events.
"""

# ruff: noqa: S608 - hand-written SQL put together from constants of this file and a blueprint

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from bench_kpi import BPI_SEPARATE, DATA, MEMORY, PILOT_SEPARATE, generate, spans

import bos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.client.workbench import Workbench

REAL, PILOT = "loan-application", "loan-payment-processing"
MAPPING = {
    name: name for name in ("event_id", "case", "step", "time", "effective_date", "amount", "currency", "resource")
} | {"case": "case_id", "time": "event_time"}
ATTRIBUTES = ("channel", "manual", "dpd", "code", "receipt_date")


def ways(wb: Workbench, flow: str) -> list[str]:
    """Hand-written SQL of every way: how many cases took it, median and p95."""
    template = wb.templates.get(flow).document
    events: dict[str, str] = {}
    for use in template["process_signals"]:
        event = wb.signals.get(use["signal"]).document["binding"]["event"]
        if use["step"] and event and (use["step"] not in events or use["id"] == use["step"]):
            events[use["step"]] = event
    pairs = [(edge["source"], edge["target"]) for edge in template["flow"]["edges"]]
    return [
        f"""SELECT count(ended), unnest(quantile_cont(epoch_us(ended) - epoch_us(started), [0.5, 0.95]))
        FROM ({spans(events[one], events[two])})"""
        for one, two in pairs
        if one in events and two in events and one != two
    ]


def bucketed(by: str, zone: str) -> list[str]:
    """The trends of counts and sums, by hand: all steps in one scan."""
    local = f"date_trunc('{by}', timezone('{zone}', event_time))"
    return [f"SELECT step, {local} AS bucket, count(*), sum(amount) FROM events GROUP BY ALL"]


def compare(wb: Workbench, flow: str, tiles: Sequence[str], files: Sequence[str], rounds: int) -> tuple[float, float]:
    """Print and return the least time of the whole build, and its ratio to the SQL by hand."""
    run = wb.flow(flow).dashboard()
    hands = [*tiles, *bucketed(run.window.by, run.window.time_zone), *ways(wb, flow)]
    whole: list[float] = []
    hand: list[float] = []
    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": "false"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.read_parquet(list(files)).create_view("events")
        for _ in range(rounds):
            started = time.perf_counter()
            wb.flow(flow).dashboard()
            whole.append(time.perf_counter() - started)
            started = time.perf_counter()
            for sql in hands:
                connection.execute(sql).fetchall()
            hand.append(time.perf_counter() - started)
    ratio = min(whole) / min(hand)
    print(
        f"{flow}: whole {min(whole) * 1000:.0f} ms (first {run.elapsed_ms:.0f} ms), by hand {min(hand) * 1000:.0f} ms"
    )
    print(f"  whole / hand-written SQL: {ratio:.2f}, of {len(run.panels)} panels and {len(hands)} statements")
    return min(whole), ratio


def files_of(home: Path, flow: str) -> list[str]:
    return [str(path) for path in sorted((home / "lake" / "events" / flow).glob("*.parquet"))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options, _ = parser.parse_known_args()
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        home = Path(name) / "home"
        with bos.connect(home) as wb:
            missed += _real(wb, home, options.rounds)
            missed += _generated(wb, home, Path(name), options)
    print("Goals missed: " + ", ".join(missed) if missed else "Goals met.")
    return 0


def _real(wb: Workbench, home: Path, rounds: int) -> list[str]:
    source = DATA / "bpi2012.xes.gz"
    if not source.is_file():
        print("Real log: left out, bpi2012.xes.gz is not here (BOS_TEST_DATA names its folder).")
        return []
    wb.templates.create(REAL)
    wb.flow(REAL).import_events(source)
    whole, _ = compare(wb, REAL, BPI_SEPARATE, files_of(home, REAL), rounds)
    return ["real log"] if whole > 1.5 else []


def _generated(wb: Workbench, home: Path, folder: Path, options: Any) -> list[str]:
    flat = folder / "generated.parquet"
    generate(flat, options.events)
    source = folder / "flat.parquet"
    columns = ", ".join(f"attributes['{name}'] AS {name}" for name in ATTRIBUTES)
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"""COPY (SELECT event_id, case_id, step, event_time, effective_date, amount, currency,
            resource, {columns} FROM read_parquet('{flat}')) TO '{source}' (FORMAT parquet, COMPRESSION zstd)""")
    flat.unlink()
    wb.templates.create(PILOT)
    mapping = MAPPING | {f"attr.{name}": name for name in ATTRIBUTES}
    wb.flow(PILOT).import_events(source, map=mapping, format="parquet", generated=True)
    whole, _ = compare(wb, PILOT, PILOT_SEPARATE, files_of(home, PILOT), options.rounds)
    return ["generated"] if whole > 5 else []


if __name__ == "__main__":
    sys.exit(main())
