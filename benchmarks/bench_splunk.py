"""A large export of Splunk: rows a second and memory, beside the reader of Splunk's own SDK on the same stream.

A double on a socket (``tests/doubles``) gives the rows; each side reads them in a process of its own, in turn, the best
of several rounds. The SDK's side only counts the rows that its ``JSONResultsReader`` gives; BOS's first line does the
same over its connector, the second stores them in a lake. Goals: reading takes at most 1.25 times as long as the
SDK and a third of its memory; the first rows are stored in the first half of the time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from side import peak

REPOSITORY = Path(__file__).parent.parent
FIRST, STEP, WIDE = 1_772_409_600, 0.02, 300
SLOWEST, MOST_MEMORY = 1.25, 1 / 3
COLUMNS = {"case": "payment", "time": "_time", "event_id": "uid", "amount": "amount", "currency": "currency"}
TITLES = {
    "sdk": "the SDK's JSONResultsReader counts the rows",
    "read": "BOS reads them, batch by batch",
    "store": "BOS stores them in a lake",
}


def sdk(url: str) -> dict[str, Any]:
    from splunklib import client, results  # noqa: PLC0415 - the memory of a side is that of what it loads

    from tests.doubles.splunk import TOKEN  # noqa: PLC0415 - as above

    port = int(url.rpartition(":")[2])
    service = client.connect(host="localhost", port=port, scheme="http", splunkToken=TOKEN)
    before, begun, first, rows = peak(), time.perf_counter(), 0.0, 0
    body = service.jobs.export("search index=main", output_mode="json", preview="0")
    for one in results.JSONResultsReader(body):
        first = first or time.perf_counter() - begun
        rows += isinstance(one, dict)
    return told(rows, begun, first, before)


def told(rows: int, begun: float, first: float, before: int) -> dict[str, Any]:
    return {
        "rows": rows,
        "seconds": time.perf_counter() - begun,
        "first": first,
        "peak": peak(),
        "grown": peak() - before,
    }


def batches(url: str) -> Any:
    from bos.outgoing.allowed import Allowed  # noqa: PLC0415 - as above
    from bos.outgoing.target import Reached  # noqa: PLC0415 - as above
    from connectors.splunk.source import Splunk  # noqa: PLC0415 - as above
    from tests.doubles.splunk import TOKEN  # noqa: PLC0415 - as above

    allowed = Allowed.of("localhost", "127.0.0.0/8, ::1/128")
    system = Splunk(Reached("splunk", url, {}, 60.0, allowed, {"token": TOKEN}.get))
    begin = datetime.fromtimestamp(FIRST, UTC)
    return system.read("index=main", start=begin, end=begin + timedelta(days=30))


def read(url: str) -> dict[str, Any]:
    stream = batches(url)
    before, begun, first, rows = peak(), time.perf_counter(), 0.0, 0
    for batch in stream:
        first = first or time.perf_counter() - begun
        rows += batch.num_rows
    return told(rows, begun, first, before)


def store(url: str) -> dict[str, Any]:
    from bos.telemetry.ingest import import_events  # noqa: PLC0415 - as above
    from bos.telemetry.lake import Lake  # noqa: PLC0415 - as above
    from bos.telemetry.merge import Read  # noqa: PLC0415 - as above
    from bos.telemetry.rows import parts  # noqa: PLC0415 - as above

    stream = batches(url)
    before, begun, first, rows = peak(), time.perf_counter(), 0.0, 0
    with tempfile.TemporaryDirectory(prefix="bos-bench-") as name:
        folder, lake = Path(name), Lake(Path(name) / "lake")
        (folder / "read").mkdir()
        part = Read(folder / "read", None)
        keys = {key: key for key in (*COLUMNS, "step")}
        for file, _ in parts(stream, part.folder, columns=COLUMNS, fixed={"step": "booked"}):
            options = {"mapping": keys, "batch": f"part-{rows}", "rejects": folder / "rejects", "read": part}
            rows += import_events(lake, "flow", file, **options, memory_limit="512MB").added
            first = first or time.perf_counter() - begun
        return told(rows, begun, first, before)


SIDES = {"sdk": sdk, "read": read, "store": store}


def side(name: str, url: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, __file__, "--side", name, "--url", url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout)


def serve(rows: int) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "tests.doubles.splunk", "--rows", str(rows)]
    command += ["--first", str(FIRST), "--step", str(STEP), "--wide", str(WIDE)]
    double = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert double.stdout is not None
    return double, double.stdout.readline().strip()


def measure(rows: int, rounds: int) -> dict[str, list[dict[str, Any]]]:
    double, url = serve(rows)
    try:
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in SIDES}
        for _ in range(rounds):
            for name in SIDES:
                found[name].append(side(name, url))
                assert found[name][-1]["rows"] == rows, (name, found[name][-1])
        return found
    finally:
        double.communicate("\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    if options.side:
        print(json.dumps(SIDES[options.side](options.url)))
        return
    found = measure(options.rows, options.rounds)
    best = {name: min(each, key=lambda one: one["seconds"]) for name, each in found.items()}
    most = {name: max(one["peak"] for one in each) for name, each in found.items()}
    head = f"{options.rows:,} rows, best of {options.rounds}"
    print(f"{head:46} seconds     rows/s  first row  x SDK  peak MB  x SDK")
    for name, one in best.items():
        ratio = one["seconds"] / best["sdk"]["seconds"]
        row = f"{TITLES[name]:46} {one['seconds']:7.1f} {options.rows / one['seconds']:10,.0f} {one['first']:8.2f} s"
        print(f"{row} {ratio:6.2f} {most[name]:8} {most[name] / most['sdk']:6.2f}")
    slow = best["read"]["seconds"] / best["sdk"]["seconds"]
    large = most["read"] / most["sdk"]
    early = best["store"]["first"] < best["store"]["seconds"] / 2
    met = slow <= SLOWEST and large <= MOST_MEMORY and early
    words = f"reading {slow:.2f} of {SLOWEST}, memory {large:.2f} of {MOST_MEMORY:.2f}"
    print(f"Goals met: {'yes' if met else 'NO'} ({words})")


if __name__ == "__main__":
    main()
