"""A million events through the library against DuckDB on the same Parquet files, in one run on one machine.

``python benchmarks/bench_library.py [--events 1000000] [--rounds 3]``. Both give an Arrow table of all columns in the
order of time. BOS checks rights, writes the journal, sends a stream and keeps it in a file: in this process, and over
HTTP from a server of its own, whose peak of memory is told, with that of the client. Rounds alternate; the least time
of each counts. Goals: 2 times DuckDB at most in the process, 3 over HTTP; the client grows by 300 MB at most.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import uvicorn

import bos
from bos.api.app import create_app
from bos.generate import generate
from bos.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.client.workbench import Workbench

FLOW = "loan-payment-processing"
MEMORY = "1GB"
GOALS = {"in this process": 2.0, "over HTTP": 3.0}
CLIENT_MB = 300


def serve(home: Path) -> None:
    """Serve the home until the process is ended; print the port."""
    settings = Settings.load(home=home, rate_limit=0, memory_limit=MEMORY)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, access_log=False)).run(sockets=[listener])


@contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, __file__, "--serve", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
        finally:
            process.terminate()


def megabytes(pid: int, what: str) -> int:
    """Return what a process holds of its own (``RssAnon``), or held at most of all (``VmHWM``)."""
    found = re.search(rf"{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) // 1024 if found else 0


def least(rounds: int, *work: Callable[[], pa.Table]) -> list[float]:
    """Return the least time of each; rounds alternate."""
    best = [float("inf")] * len(work)
    for _ in range(rounds):
        for at, one in enumerate(work):
            begun = time.perf_counter()
            rows = one().num_rows
            best[at] = min(best[at], time.perf_counter() - begun)
            assert rows
    return best


def by_hand(files: list[str]) -> pa.Table:
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        columns = "event_id, case_id, step, event_time, effective_date, amount, currency, resource, attributes"
        sql = f"SELECT {columns} FROM read_parquet(?) ORDER BY event_time, event_id"  # noqa: S608 - our own names
        return connection.sql(sql, params=[files]).to_arrow_table()


def compare(wb: Workbench, files: list[str], rounds: int, pid: int) -> bool:
    where = "in this process" if wb.url is None else "over HTTP"
    before = megabytes(os.getpid(), "RssAnon")
    taken = pa.table(wb.events(FLOW))
    grown = megabytes(os.getpid(), "RssAnon") - before
    assert taken.num_rows == by_hand(files).num_rows
    ours, hand = least(rounds, lambda: pa.table(wb.events(FLOW)), lambda: by_hand(files))
    good = ours / hand <= GOALS[where] and (wb.url is None or grown <= CLIENT_MB)
    print(
        f"{where:16} {taken.num_rows:>11,} events {ours:6.2f} s   DuckDB {hand:6.2f} s   {ours / hand:5.2f} times",
        end="",
    )
    print(f"   {'ok' if good else 'MISSED'}")
    if wb.url is not None:
        print(f"  the client grew by {grown} MB; the server held {megabytes(pid, 'VmHWM')} MB at most")
    return good


def main(events: int, rounds: int) -> None:
    good = True
    with tempfile.TemporaryDirectory(prefix="bos-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database of root's homes runs as another user
        home = folder / "home"
        with bos.connect(home) as wb:
            wb.templates.create(FLOW)
            wb.flow(FLOW).import_events(generate(folder / "made", events=events).events, generated=True)
            files = [str(path) for path in sorted((home / "lake" / "events" / FLOW).glob("*.parquet"))]
            good &= compare(wb, files, rounds, os.getpid())
        with served(home) as (url, pid), bos.connect(home, url=url) as wb:
            good &= compare(wb, files, rounds, pid)
    print("Goals met." if good else "Goals missed.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options, _ = parser.parse_known_args()
    if options.serve:
        serve(options.serve)
        sys.exit(0)
    main(options.events, options.rounds)
