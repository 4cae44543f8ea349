"""An import that is killed at any moment leaves nothing or everything, and its retry completes it once."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import duckdb
import pytest

from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake

MAPPING = {"case": "case", "step": "step", "time": "time", "amount": "amount", "attr.note": "note"}
MOMENTS = 40
ROWS = 30_000
PART_ROWS = 5_000  # several parts, so that a kill may come between two of them

CHILD = f"""
import sys
from pathlib import Path
from bos.telemetry import ingest
from bos.telemetry.lake import Lake
ingest.PART_ROWS = {PART_ROWS}
root, source, batch = sys.argv[1:]
print("ready", flush=True)
ingest.import_events(Lake(root), "loan", Path(source), mapping={MAPPING!r}, batch=batch, rejects=Path(root) / "rejects")
print("done", flush=True)
"""


def write_log(path, seed):
    chance = random.Random(seed)
    lines = ["case,step,time,amount,note"]
    for number in range(ROWS):
        moment = f"2026-01-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:00Z"
        lines.append(
            f"c{chance.randint(0, 3000)},s{chance.randint(0, 9)},{moment},{chance.randint(0, 10**6)}.50,n{number}"
        )
    path.write_text("\n".join([*lines, ",no case,2026-01-01T00:00:00Z,1,x"]) + "\n")


def start(root, source, batch):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), str(source), batch], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "ready\n"
    return child


def finish(child):
    output, _ = child.communicate(timeout=120)
    return output


def count(snapshot):
    if not snapshot.files:
        return (0, 0)
    with duckdb.connect() as connection:
        rows = connection.read_parquet(list(snapshot.files)).aggregate("count(*), count(distinct event_id)")
        return rows.fetchall()[0]


def stored_files(lake):
    return {str(path) for path in lake.events("loan").glob("*.parquet")}


@pytest.mark.full
def test_a_killed_import_is_absent_or_whole_and_its_retry_completes_it_once(tmp_path):
    source = tmp_path / "log.csv"
    write_log(source, seed=1)
    began = time.monotonic()
    child = start(tmp_path / "measure", source, "b")
    began = time.monotonic()
    assert finish(child) == "done\n"
    duration = time.monotonic() - began

    chance = random.Random(20261123)
    whole = absent = left = 0
    for moment in range(MOMENTS):
        root, batch = tmp_path / f"home {moment}", f"batch-{moment}"
        child = start(root, source, batch)
        time.sleep(chance.uniform(0, duration * 1.05))
        child.kill()
        acknowledged = finish(child) == "done\n"

        lake = Lake(root)
        found = count(lake.snapshot("loan"))
        assert found in {(0, 0), (ROWS, ROWS)}
        assert (batch in lake.batches("loan")) == (found == (ROWS, ROWS))
        assert found == (ROWS, ROWS) or not acknowledged
        whole, absent = whole + bool(found[0]), absent + (not found[0])

        report = import_events(lake, "loan", source, mapping=MAPPING, batch=batch, rejects=root / "rejects")
        assert report.repeated == bool(found[0])
        assert (report.read, report.added, report.duplicates, report.rejected) == (ROWS + 1, ROWS, 0, 1)
        assert count(lake.snapshot("loan")) == (ROWS, ROWS)
        assert (lake.snapshot("loan").version, lake.batches("loan")) == (1, {batch})
        assert report.reject_file.read_text().count("\n") == 2

        swept = lake.sweep()
        left += swept.staging + swept.files
        assert stored_files(lake) == set(lake.snapshot("loan").files)
        assert not [path for path in lake.staging.iterdir() if path.is_dir()]
        assert (lake.sweep().staging, lake.sweep().files) == (0, 0)
        assert count(lake.snapshot("loan")) == (ROWS, ROWS)
    assert absent > 0
    assert left > 0
    assert whole + absent == MOMENTS
