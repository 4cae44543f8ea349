"""How evaluating KPIs grows with the events: a pilot's KPIs over 1 to 20 million generated events, in one run.

``python benchmarks/bench_growth.py [--events 20000000] [--rounds 3]``. Each line is the least time of its rounds, and
how much longer that is than a million events took, beside how many times as many events there are. The log is one
Parquet file each time; rounds of all sizes alternate. Goal: 1.25 times as long as in proportion to the events, at most.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from pathlib import Path

from bench_kpi import PILOT_KPIS, PILOT_SIGNALS, Held, by_engine, generate

from bos.kpi import KpiSpec
from bos.kpi.engine import warm

LEAST = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options, _ = parser.parse_known_args()
    sizes = sorted({min(size, options.events) for size in (LEAST, 2 * LEAST, 5 * LEAST, 10 * LEAST, options.events)})
    specs = [KpiSpec(name, *text) for name, text in PILOT_KPIS.items()]
    warm()
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        held = []
        for size in sizes:
            path = Path(folder) / f"{size}.parquet"
            held.append(Held(f"generated@{size}", (str(path),), generate(path, size)))
        took = dict.fromkeys(held, math.inf)
        for _ in range(options.rounds + 1):
            took = {one: min(took[one], by_engine(one, specs, PILOT_SIGNALS)[0]) for one in held}
        first = held[0]
        print(f"{len(specs)} KPIs; {first.events:,} events: {took[first] * 1000:.0f} ms")
        for one in held[1:]:
            more, longer = one.events / first.events, took[one] / took[first]
            print(
                f"{one.events:,} events: {took[one] * 1000:.0f} ms, {longer:.2f} times as long for {more:.1f} as many"
            )
            missed += [f"{one.events:,}"] if longer > more * 1.25 else []
    print("Goals missed: " + ", ".join(missed) if missed else "Goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
