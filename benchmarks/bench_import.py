"""How long an import takes, first byte to commit, beside readers that only parse the same file.

One run measures all lines in turn, several times over, and takes the best of each, so that the ratios hold even where
the machine is shared. Goal: at most twice what lxml needs to touch every element of the same file.
"""

from __future__ import annotations

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
from lxml import etree

from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parent.parent
GOAL = 2.0
MAPPING = {"amount": "case:AMOUNT_REQ"}


def find_log() -> Path | None:
    folder = Path(os.environ.get("BOS_TEST_DATA") or REPOSITORY.parent / "shared" / "data")
    log = folder / "bpi2012.xes.gz"
    return log if log.is_file() else None


def parse_only(log: Path) -> int:
    """Touch every element of the log once with lxml, keeping nothing."""
    touched = 0
    with gzip.open(log) as stream:
        for _, element in etree.iterparse(stream, events=("end",)):
            element.get("key")
            touched += 1
            if element.tag.endswith("trace"):
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    return touched


def store(folder: Path, log: Path, name: str) -> None:
    report = import_events(
        Lake(folder / "lake"), name, log, mapping=MAPPING, currency="EUR", batch="bench", rejects=folder / "rejects"
    )
    assert report.added == 262_200


def write_csv(folder: Path) -> Path:
    """Write the imported log as CSV, for pandas."""
    target = folder / "log.csv"
    files = list(Lake(folder / "lake").snapshot("warm").files)
    with duckdb.connect() as connection:
        rows = connection.read_parquet(files).project(
            "case_id, step, event_time, resource, amount, attributes['lifecycle:transition'] as transition"
        )
        rows.write_csv(str(target))
    return target


def command(home: Path, *words: str) -> None:
    """Run a whole command, interpreter and all, on a home."""
    bos = Path(sys.executable).with_name("bos")
    environment = {**os.environ, "BOS_HOME": str(home), "BOS_STATE_DIR": f"{home}-state"}
    subprocess.run([bos, *words, "--json"], check=True, capture_output=True, env=environment)


def best(work: Callable[[], object], times: list[float]) -> None:
    began = time.perf_counter()
    work()
    times.append(time.perf_counter() - began)


def measure(log: Path, folder: Path, rounds: int, *, whole: bool) -> dict[str, list[float]]:
    folder.chmod(0o711)  # the embedded database of root's homes runs as another user
    store(folder, log, "warm")
    table = write_csv(folder)
    lines: dict[str, list[float]] = {name: [] for name in ("lxml", "pandas", "import", "again")}
    for number in range(rounds):
        best(lambda: parse_only(log), lines["lxml"])
        best(lambda: pd.read_csv(table, parse_dates=["event_time"]), lines["pandas"])
        best(lambda: store(folder, log, f"flow{number}"), lines["import"])  # noqa: B023 - called at once
        best(lambda: again(folder, log, number), lines["again"])  # noqa: B023 - called at once
    for number in range(rounds if whole else 0):
        home = folder / f"home {number}"
        command(home, "template", "create", "--blueprint", "loan-application")
        words = ("telemetry", "import", str(log), "--flow", "loan-application")
        best(lambda: command(home, *words), lines.setdefault("command", []))  # noqa: B023 - called at once
    return lines


def again(folder: Path, log: Path, number: int) -> None:
    report = import_events(
        Lake(folder / "lake"),
        f"flow{number}",
        log,
        mapping=MAPPING,
        currency="EUR",
        batch="again",
        rejects=folder / "rejects",
    )
    assert (report.added, report.changed) == (0, False)


TITLES = {
    "lxml": "lxml touches every element of the file",
    "pandas": "pandas reads the same events as CSV",
    "import": "import, first byte to commit",
    "again": "import again (all duplicates)",
    "command": "bos telemetry import, whole command",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--library", action="store_true", help="leave out the whole command")
    options = parser.parse_args()
    rounds = options.rounds
    log = find_log()
    if log is None:
        print("Skipped: the real log bpi2012.xes.gz is not here (BOS_TEST_DATA names its folder).")
        return 0
    with tempfile.TemporaryDirectory(prefix="bos-bench-") as name:
        lines = measure(log, Path(name), rounds, whole=not options.library)
    base = min(lines["lxml"])
    print(f"{'262,200 events of bpi2012.xes.gz, best of ' + str(rounds):45}  seconds  x lxml")
    for key, times in lines.items():
        print(f"{TITLES[key]:45}  {min(times):7.2f}  {min(times) / base:6.2f}")
    ratio = min(lines["import"]) / base
    print(f"Goal: import ≤ {GOAL:.1f} x lxml: {'met' if ratio <= GOAL else 'missed'} ({ratio:.2f})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
