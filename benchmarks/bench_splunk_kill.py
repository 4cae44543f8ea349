"""A large export of Splunk whose reader is killed on the way: what is stored then, what is read again, and memory.

A double on a socket (``tests/doubles``) gives the rows. A process of its own pulls them into a home, as a worker does;
it is killed (``kill -9``) when so much of the rows was sent, and another goes on with the same job. Goals: every row of
the double is in the lake once, by its id and by all it says; the first rows are stored while the stream is open; from a
fifth of the rows to the end no process holds more than a quarter more memory.
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
sys.path.insert(0, str(REPOSITORY))

import duckdb  # noqa: E402 - the doubles are found by the line above

from bos.actions import connections, documents, pulling  # noqa: E402
from bos.actions.context import Context, open_context  # noqa: E402
from bos.auth.actor import Actor  # noqa: E402
from bos.model.roles import SIGNING_ROLES  # noqa: E402
from bos.settings import Settings  # noqa: E402
from tests.doubles.splunk import TOKEN, Double, serving  # noqa: E402
from tests.doubles.splunk_search import generated  # noqa: E402

FLOW, STEP, WIDE, EARLY, FLAT = "payments", 0.01, 300, 0.2, 1.25
WHO = Actor("bench", "Bench", roles=SIGNING_ROLES)
OUTGOING = {"BOS_OUTGOING_HOSTS": "localhost", "BOS_OUTGOING_PRIVATE": "127.0.0.0/8, ::1/128"}
MAPPING = {"case": "payment", "event_id": "uid", "amount": "amount", "step": "event"}
SECTIONS = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
CHILD = f"""
import sys
from pathlib import Path
from bos.actions import work
from bos.actions.context import open_context
from bos.settings import Settings

home, state, job = sys.argv[1:]
work.run_job(open_context(Settings.load(home=Path(home), env={OUTGOING!r}, state_dir=Path(state))), job, "bench")
"""


def asked(ctx: Context, url: str, since: datetime) -> str:
    """Make a flow whose payments come from the double; return the id of the job that pulls them."""
    link = {"id": "splunk", "title": "Splunk", "connector": "splunk", "address": url}
    binding = {"connection": "splunk", "query": "index=main", "event": "booked", "mapping": MAPPING}
    booked = {"id": "booked", "title": "Booked", "type": "process", "binding": binding}
    flow = {
        "id": FLOW, "title": FLOW, "currency": "EUR", "time_zone": "UTC",
        "flow": {"correlation_key": ["payment"], "steps": [{"id": "all", "title": "All"}]},
        "process_signals": [{"id": "booked", "signal": "booked", "step": "all"}],
        "ownership": [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in SECTIONS],
    }  # fmt: skip
    for kind, document in (("connection", link), ("signal", booked), ("template", flow)):
        documents.put(ctx, WHO, kind, str(document["id"]), document, rationale="Bench.")
    connections.secrets.give(ctx, WHO, "splunk", "token", TOKEN, rationale="Bench.")
    return pulling.start(ctx, WHO, FLOW, ["booked"], since=since).id


def peak(process: subprocess.Popen[bytes]) -> int:
    """Return the most memory a process held so far, in MB (Linux); 0 once it has ended."""
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    return int(found[1]) // 1024 if found else 0


def stored(ctx: Context) -> int:
    return ctx.lake.table(FLOW).snapshot().events


def pull(ctx: Context, job: str, double: Double, rows: int, until: float) -> dict[str, Any]:
    """Pull in a process of its own, which is killed when so much of the rows was sent; above 1 it comes to its end."""
    home, state = str(ctx.settings.home), str(ctx.settings.state_dir)

    def sent() -> int:
        return int(double.streaming["rows"])

    double.streaming["rows"] = 0
    before, begun = stored(ctx), time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", CHILD, home, state, job], cwd=REPOSITORY)
    told: dict[str, Any] = {"early": 0, "peak": 0, "first": 0.0, "sent first": 0}
    while process.poll() is None and sent() < until * rows:
        told["peak"] = max(told["peak"], peak(process))
        if not told["early"] and sent() >= EARLY * rows:
            told["early"] = told["peak"]
        if not told["first"] and stored(ctx) > before:
            told |= {"first": time.perf_counter() - begun, "sent first": sent()}
        time.sleep(0.05)
    told |= {"sent": sent(), "seconds": time.perf_counter() - begun}
    process.kill()
    killed = process.wait() == -signal.SIGKILL
    assert killed is (until < 1), process.returncode
    return told | {"stored": stored(ctx)}


def differs(ctx: Context, events: Any) -> str:
    """Return how the lake differs from the double's own rows, or nothing."""
    files = [str(file) for file in ctx.lake.table(FLOW).snapshot().files]
    text = "SELECT event_id, case_id, step, epoch_ms(event_time), amount::VARCHAR FROM read_parquet(?)"
    with duckdb.connect() as connection:
        found = Counter(connection.execute(text, [files]).fetchall())
    wanted = Counter(
        (e["uid"], e["payment"], e["event"], round(e["_time"] * 1000), f"{float(e['amount']):.2f}") for e in events()
    )
    lost, more = (wanted - found).total(), (found - wanted).total()
    return f"{lost:,} rows lost, {more:,} doubled or changed" if lost or more else ""


def measured(ctx: Context, url: str, double: Double, first: datetime, options: argparse.Namespace) -> int:
    rows, job = options.rows, asked(ctx, url, first)
    size = rows * len(json.dumps({"preview": False, "offset": rows, "result": next(double.events())})) / 1e6
    killed = pull(ctx, job, double, rows, options.share)
    time.sleep(1.0)  # the double finds that nobody reads any more
    again = pull(ctx, job, double, rows, 2.0)
    wrong = differs(ctx, double.events)
    print(f"{rows:,} rows, {size:,.0f} MB")
    print(f"{'':10} seconds  rows sent  first stored after   in the lake  peak MB at {EARLY:.0%}  at the end")
    for name, one in (("killed", killed), ("again", again)):
        when = f"{one['first']:.1f} s, {one['sent first']:,} sent"
        row = f"{name:10} {one['seconds']:7.1f} {one['sent']:10,} {when:>19} {one['stored']:13,}"
        print(f"{row} {one['early']:15,} {one['peak']:11,}")
    early = 0 < killed["sent first"] < options.share * rows
    flat = max(killed["peak"], again["peak"]) <= FLAT * min(killed["early"], again["early"])
    met = early and flat and not wrong and again["stored"] == rows
    words = f"{wrong or 'no row lost or doubled'}; first rows while the stream is open: {early}; memory flat: {flat}"
    print(f"Goals met: {'yes' if met else 'NO'} ({words})")
    return 1 if wrong else 0


def main() -> int:
    """Measure as often as asked; return 1 where a row was lost or doubled in any round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=0.6, help="so much of the rows was sent when it is killed")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    return max([whole(options) for _ in range(options.rounds)], default=0)


def whole(options: argparse.Namespace) -> int:
    """Measure once, in a home of its own; return 1 where a row was lost or doubled."""
    first = (datetime.now(UTC) - timedelta(hours=4)).replace(microsecond=0)
    double = Double(events=generated(options.rows, int(first.timestamp()), STEP, WIDE))
    with tempfile.TemporaryDirectory(prefix="bos-bench-") as name, serving(double) as url:
        folder = Path(name)
        folder.chmod(0o711)  # the database of root belongs to another account
        ctx = open_context(Settings.load(home=folder / "home", env=OUTGOING, state_dir=folder / "state"))
        try:
            return measured(ctx, url, double, first, options)
        finally:
            ctx.close()


if __name__ == "__main__":
    raise SystemExit(main())
