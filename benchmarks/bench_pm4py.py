"""BOS against PM4Py: a file is loaded, and variants, rework and durations are told, to the same results.

``python benchmarks/bench_pm4py.py [--events 1000000] [--rounds 3] [--required]``. Two inputs: the real loan log (BPI
Challenge 2012, found through BOS_TEST_DATA; left out where it is absent) as XES, and generated payments as Parquet.
All sides read the same file, each in a process of its own. PM4Py reads XES with the Rust reader it offers (and, told
apart, with its own, which it has without that package), Parquet by pandas and only the columns it needs. *Cold* is a
process from start to end; *warm* are the least times within one that goes round several times. BOS keeps what it loads
(checked, told apart by id, in a Delta table), PM4Py holds it in memory. The lake keeps no order of the file, so events
of one instant stand in the order of their names on all sides; what that costs PM4Py is not counted when warm.

PM4Py is AGPL and no part of BOS: it is installed, pinned, into an environment of its own beside the one this runs in.
Where it cannot be, the line says why, nothing is measured, and with ``--required`` the benchmark fails. Goal: BOS takes
no longer than the faster PM4Py, cold and warm.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from bench_kpi import DATA

from bos.generate import generate

HERE = Path(__file__).parent
PINS = ("pm4py==2.7.23.11", "rustxes==0.2.11", "polars==2.1.0", "pandas==3.1.1", "numpy==2.4.6", "pyarrow==26.0.1")
ENVIRONMENT = Path(sys.prefix) / ".pm4py"
PATIENCE = 900
"""Seconds that an installation, or a side, may take."""
OURS = "BOS"
PARTS = ("load", "variants", "rework", "durations")
COLUMNS = {"event_id": "event_id", "case": "case_id", "step": "event", "time": "event_time"}
BPI_WAYS = [["A_SUBMITTED", "A_APPROVED"], ["A_SUBMITTED", "A_DECLINED"]]
PAYMENT_WAYS = [["payment.due", "payment.returned"], ["payment.due", "payment.reversed"]]  # steps that come once


@dataclass(frozen=True)
class Side:
    """An interpreter, the program it runs, and the reader of XES."""

    python: str
    program: str
    reader: str = ""


class NotInstalledError(Exception):
    """PM4Py could not be installed; says why."""


def installed(folder: Path, pins: tuple[str, ...] = PINS) -> Path:
    """Return the interpreter of an environment that has the pins, and make it where it is not there.

    Raises:
        NotInstalledError: with the last word of what failed.
    """
    python, note = folder / "bin" / "python", folder / ".installed"
    if note.is_file() and note.read_text() == "\n".join(pins):
        return python
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins])
    note.write_text("\n".join(pins))
    return python


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"it took longer than {PATIENCE} s") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in f"{error.stdout}\n{error.stderr}".splitlines() if line.strip()]
        told = [line for line in said if line.startswith("ERROR")] or said or [f"exit code {error.returncode}"]
        raise NotInstalledError(told[-1].removeprefix("ERROR: ")) from error


def different(one: Any, other: Any, where: str = "answers") -> str | None:
    """Return where two answers differ first; floating numbers are the same to eleven digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{where}: {sorted(one.keys() ^ other.keys())} on one side only"
        found = (different(one[key], other[key], f"{where}, {key}") for key in one)
        return next((words for words in found if words), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        found = (different(*pair, f"{where}, {at}") for at, pair in enumerate(zip(one, other, strict=True)))
        return next((words for words in found if words), None)
    if isinstance(one, float) and isinstance(other, int | float) and math.isclose(one, other, rel_tol=1e-11):
        return None
    return None if one == other else f"{where}: {one!r} and {other!r}"


def run(side: Side, task: dict[str, Any], folder: Path) -> tuple[float, dict[str, Any]]:
    """Run a side in a process and return its seconds from start to end, and what it told."""
    asked, answer = folder / "task.json", folder / "answer.json"
    asked.write_text(json.dumps({**task, "reader": side.reader}))
    command = [side.python, str(HERE / side.program), str(asked), str(answer)]
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    took = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"{side.program} failed:\n{done.stderr}")
    return took, json.loads(answer.read_text())


def compare(title: str, task: dict[str, Any], sides: dict[str, Side], rounds: int, folder: Path) -> list[str]:
    """Print the times of all sides and return which goals were missed."""
    cold = dict.fromkeys(sides, math.inf)
    memory = dict.fromkeys(sides, 0)
    for _ in range(rounds):
        for name, one in sides.items():
            took, told = run(one, {**task, "rounds": 1}, folder)
            cold[name], memory[name] = min(cold[name], took), max(memory[name], told["peak_mb"])
    warm = {name: run(one, {**task, "rounds": rounds + 1}, folder)[1] for name, one in sides.items()}
    found = warm[OURS]["answers"]
    for name in sides:
        words = different(found, warm[name]["answers"])
        assert words is None, f"{OURS} and {name}: {words}"
    least = {name: {part: min(one[part] for one in told["rounds"]) for part in PARTS} for name, told in warm.items()}
    print(f"{title}: {found['cases']:,} cases, {found['variants']:,} variants, the same results")
    for name, times in least.items():
        parts = ", ".join(f"{part} {seconds * 1000:,.0f} ms" for part, seconds in times.items())
        print(
            f"  {name:17} cold {cold[name]:6.2f} s, warm {total(times):6.2f} s ({parts}), {memory[name]:,} MB at most"
        )
    best = min(total(times) for name, times in least.items() if name != OURS)
    ratios = {
        "cold": cold[OURS] / min(seconds for name, seconds in cold.items() if name != OURS),
        "warm": total(least[OURS]) / best,
    }
    asked = total(least[OURS], PARTS[1:]) / min(total(least[name], PARTS[1:]) for name in sides if name != OURS)
    print(f"  BOS / PM4Py: cold {ratios['cold']:.2f}, warm {ratios['warm']:.2f} (goal 1.0); once loaded {asked:.2f}")
    missed = [f"{title}, {name}" for name, ratio in ratios.items() if ratio > 1]
    if missed:
        print(f"  behind: {why(least[OURS], min((least[name] for name in sides if name != OURS), key=total))}")
    return missed


def total(times: dict[str, float], parts: tuple[str, ...] = PARTS) -> float:
    return sum(times[part] for part in parts)


def why(ours: dict[str, float], theirs: dict[str, float]) -> str:
    """Return which part BOS loses most by."""
    worst = max(PARTS, key=lambda part: ours[part] - theirs[part])
    reason = " (it checks each event, looks for it in the lake, and commits a table)" if worst == "load" else ""
    return f"most is lost by {worst}, {(ours[worst] - theirs[worst]) * 1000:,.0f} ms{reason}"


def payments(folder: Path, events: int) -> Path:
    """Write generated payments, each once (the generator repeats some), by case, time and step."""
    made, target = generate(folder / "made", events=events).events, folder / "payments.parquet"
    with duckdb.connect(config={"memory_limit": "4GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"""COPY (SELECT DISTINCT ON (case_id, event_time, event, event_id) * FROM
            read_parquet('{made}') ORDER BY case_id, event_time, event, event_id)
            TO '{target}' (FORMAT parquet, COMPRESSION zstd)""")  # noqa: S608 - our own paths
    return target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--required", action="store_true", help="fail where PM4Py cannot be installed")
    options, _ = parser.parse_known_args()
    try:
        python = str(installed(ENVIRONMENT))
    except NotInstalledError as error:
        print(f"Not measured: PM4Py could not be installed: {error}")
        return 1 if options.required else 0
    ours = {OURS: Side(sys.executable, "bos_side.py")}
    theirs = {"PM4Py": Side(python, "pm4py_side.py", "rustxes")}
    missed = []
    with tempfile.TemporaryDirectory(prefix="bos-bench-") as name:
        folder, log = Path(name), DATA / "bpi2012.xes.gz"
        if log.is_file():
            task = {"source": str(log), "format": "xes", "columns": {}, "ways": BPI_WAYS}
            own = {"PM4Py, own reader": Side(python, "pm4py_side.py", "chunk_regex")}
            missed += compare("Real log (XES)", task, ours | theirs | own, options.rounds, folder)
        else:
            print("Real log: left out, bpi2012.xes.gz is not here (BOS_TEST_DATA names its folder).")
        task = {"source": str(payments(folder, min(options.events, 10_000_000))), "format": "parquet"}
        task |= {"columns": COLUMNS, "ways": PAYMENT_WAYS}
        missed += compare("Generated (Parquet)", task, ours | theirs, options.rounds, folder)
    print("Goals missed: " + "; ".join(missed) if missed else "Goals met.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
