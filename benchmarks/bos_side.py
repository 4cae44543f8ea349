"""BOS' side of bench_pm4py.py: ``python bos_side.py TASK ANSWER``, as pm4py_side.py.

Rework and spans between steps are KPIs: ``conformance(never_twice(step))`` of every step, ``avg``, ``p50`` and ``sum``
of ``duration(first -> then)``. Variants and the time of whole cases are no functions of BOS: their statements stand
here, and run in the engine's own session over the lake.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from side import peak, timed, told

from bos.kpi import BoundSignal, KpiSpec
from bos.kpi.connection import opened
from bos.kpi.engine import evaluate
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.telemetry.table import Snapshot

MEMORY = "2GB"
VARIANTS = """SELECT path, count(*) FROM (SELECT list(step ORDER BY event_time, step) AS path FROM events
    GROUP BY case_id) GROUP BY path"""
CASES = """SELECT count(*), avg(lasted) / 1e6, quantile_cont(lasted, 0.5) / 1e6, sum(lasted) / 1e6
    FROM (SELECT epoch_us(max(event_time)) - epoch_us(min(event_time)) AS lasted FROM events GROUP BY case_id)"""


def asked(snapshot: Snapshot, sql: str) -> list[Any]:
    with opened(snapshot, memory_limit=MEMORY) as cursor:
        return cursor.execute(sql).fetchall()


def rework(snapshot: Snapshot, steps: Iterable[str]) -> dict[str, int]:
    """Return step → how many cases had it more than once, of steps where any had."""
    signals = {f"s{number}": BoundSignal(f"s{number}", step) for number, step in enumerate(steps)}
    specs = [KpiSpec(name, f"conformance(never_twice({name}))") for name in signals]
    rows = evaluate(snapshot, specs, signals, memory_limit=MEMORY)
    return {str(signals[row.kpi].event): int(row.value) for row in rows if row.value}


def durations(snapshot: Snapshot, ways: list[list[str]]) -> dict[str, list[float]]:
    ((count, *figures),) = asked(snapshot, CASES)
    found = {"case": [count, *map(float, figures)]}
    steps = dict.fromkeys(step for way in ways for step in way)
    signals = {step: BoundSignal(f"s{number}", step) for number, step in enumerate(steps)}
    specs = [
        KpiSpec(f"{kind}_{number}", f"{kind}(duration({signals[first].name} -> {signals[then].name}))")
        for number, (first, then) in enumerate(ways)
        for kind in ("avg", "p50", "sum")
    ]
    rows = evaluate(snapshot, specs, {one.name: one for one in signals.values()}, memory_limit=MEMORY)
    for number, (first, then) in enumerate(ways):
        mean, middle, total = rows[3 * number : 3 * number + 3]
        found[f"{first} -> {then}"] = [mean.n, *(float(row.value or 0) for row in (mean, middle, total))]
    return found


def main(task: dict[str, Any], folder: Path) -> dict[str, Any]:
    rounds = []
    for number in range(task["rounds"]):
        took: dict[str, float] = {}
        snapshot = timed(took, "load", lambda: load(task, folder / str(number)))  # noqa: B023 - called at once
        found = timed(took, "variants", lambda: asked(snapshot, VARIANTS))  # noqa: B023
        steps = sorted({step for path, _ in found for step in path})
        again = timed(took, "rework", lambda: rework(snapshot, steps))  # noqa: B023
        spans = timed(took, "durations", lambda: durations(snapshot, task["ways"]))  # noqa: B023
        rounds.append(took)
        if number == 0:
            memory = peak()
    return {"rounds": rounds, "peak_mb": memory, "answers": told(found, again, spans)}


def load(task: dict[str, Any], folder: Path) -> Snapshot:
    lake = Lake(folder)
    import_events(
        lake,
        "log",
        Path(task["source"]),
        format=task["format"],
        mapping=task["columns"],
        batch="all",
        rejects=folder.with_name("rejects"),
        memory_limit=MEMORY,
    )
    return lake.snapshot("log")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bos-bench-") as name:
        answer = main(json.loads(Path(sys.argv[1]).read_text()), Path(name))
    Path(sys.argv[2]).write_text(json.dumps(answer))
