"""The lake: versions that stay readable, compaction, retention, sweeping, and writers that wait for each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import deltalake
import pytest

from bos.errors import Cancelled, NotFound, Unavailable, UsageError
from bos.telemetry import table
from bos.telemetry.lake import Lake
from bos.telemetry.lock import hold
from bos.telemetry.maintenance import crowded
from bos.telemetry.report import read_report
from bos.telemetry.staging import make_staging

HEAD = "case,step,time\n"


def day(number, case="1"):
    return f"{case},s{number},2026-01-{number:02}T10:00:00Z\n"


def ids(bench, version=None):
    return sorted(bench.query("select event_id, step, event_time, attributes, ingested_at from lake", version=version))


def test_a_flow_without_events_is_version_0(bench):
    snapshot = bench.lake.snapshot("loan")
    assert (snapshot.id, snapshot.version, snapshot.files, snapshot.events) == ("loan@0", 0, (), 0)
    assert (snapshot.first, snapshot.watermark, snapshot.committed_at) == (None, None, None)
    assert bench.lake.flows() == []
    assert bench.lake.batches("loan") == set()
    assert bench.lake.compact("loan").changed is False
    assert bench.lake.retain("loan", datetime(2026, 1, 1, tzinfo=UTC)).changed is False
    with pytest.raises(NotFound, match="no telemetry version 1"):
        bench.lake.snapshot("loan", 1)


def test_every_version_says_what_was_known_then(bench):
    for number in (1, 2, 3):
        bench.events(HEAD + day(number), batch=f"b{number}")
    assert [bench.lake.snapshot("loan", version).events for version in range(4)] == [0, 1, 2, 3]
    now, then = bench.lake.snapshot("loan"), bench.lake.snapshot("loan", 2)
    assert (now.version, now.id) == (3, "loan@3")
    assert (then.first, then.last) == (datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 1, 2, 10, tzinfo=UTC))
    assert now.watermark > then.watermark
    assert now.committed_at >= then.committed_at
    assert bench.lake.batches("loan") == {"b1", "b2", "b3"}
    assert bench.lake.flows() == ["loan"]
    with pytest.raises(NotFound):
        bench.lake.snapshot("loan", 4)


def test_compaction_keeps_the_rows_and_every_older_version(bench):
    for number in range(1, 6):
        bench.events(HEAD + day(number))
    before = [ids(bench, version) for version in range(1, 6)]
    done = bench.lake.compact("loan")
    assert (done.files_before, done.files_after, done.version, done.changed) == (5, 1, 6, True)
    assert [ids(bench, version) for version in range(1, 6)] == before
    assert ids(bench) == before[-1]
    assert bench.lake.snapshot("loan").last == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert bench.lake.compact("loan").changed is False
    assert bench.events(HEAD + day(3)).added == 0
    assert bench.lake.sweep().files == 0


def table_of(*rows):
    """Return what is told of a table whose files have so many rows."""
    return SimpleNamespace(members=lambda: [SimpleNamespace(rows=count) for count in rows])


@pytest.mark.parametrize(
    ("rows", "sizes"),
    [
        ((), None),
        ((10,) * 64, None),
        ((10,) * 65, (0, 244)),
        ((10,) * 64 + (5_000,) * 64, None),
        ((10,) * 64 + (5_000,) * 65, (244, 15_625)),
        ((500_000,) * 65, (15_625, 1_000_000)),
        ((1_000_000,) * 500, None),
    ],
)
def test_files_are_too_many_in_one_class_of_size(rows, sizes):
    assert crowded(table_of(*rows)) == sizes


@pytest.mark.parametrize("size", [1, 3, 243, 244, 5_000])
def test_a_row_is_written_again_six_times_at_most_however_little_comes_in_at_a_time(size):
    written, files = 0, list[int]()
    for _ in range(10_000):
        files.append(size)
        if sizes := crowded(table_of(*files)):
            joined = [count for count in files if sizes[0] <= count < sizes[1]]
            files = [sum(joined), *(count for count in files if count not in joined)]
            written += sum(joined)
    assert sum(files) == 10_000 * size
    assert written <= 6 * sum(files)
    assert len([count for count in files if count < 1_000_000]) <= 3 * 64


def test_retention_leaves_out_what_happened_before_and_older_versions_keep_it(bench):
    bench.events(HEAD + day(1) + day(2) + day(3))
    bench.events(HEAD + day(4))
    before = ids(bench)
    done = bench.lake.retain("loan", datetime(2026, 1, 3, 10, tzinfo=UTC))
    assert (done.removed, done.version, done.changed) == (2, 3, True)
    assert [step for _, step, *_ in sorted(ids(bench), key=lambda row: row[1])] == ["s3", "s4"]
    assert ids(bench, 2) == before
    assert bench.lake.retain("loan", datetime(2026, 1, 3, 10, tzinfo=UTC)).changed is False
    assert bench.lake.retain("loan", datetime(2027, 1, 1, tzinfo=UTC)).removed == 2
    assert bench.lake.snapshot("loan").files == ()
    assert bench.events(HEAD + day(5)).added == 1
    with pytest.raises(UsageError, match="time zone"):
        bench.lake.retain("loan", datetime(2026, 1, 1))  # noqa: DTZ001 - the fault


@pytest.mark.full
def test_a_hundred_versions_and_their_checkpoint_stay_readable(bench):
    for number in range(105):
        bench.events(f"{HEAD}{number},a,2026-01-01T10:00:00Z\n", batch=f"b{number}")
    assert list((bench.lake.events("loan") / "_delta_log").glob("*.checkpoint.parquet"))
    assert [bench.lake.snapshot("loan", version).events for version in (1, 50, 99, 100, 101, 105)] == [
        1,
        50,
        99,
        100,
        101,
        105,
    ]
    assert len(bench.lake.batches("loan")) == 105
    assert bench.lake.status("loan").batches == 105
    assert bench.lake.sweep().files == 0


def test_other_readers_of_delta_agree(bench):
    bench.events(HEAD + day(1) + day(2))
    table = deltalake.DeltaTable(str(bench.lake.events("loan"))).to_pyarrow_table()
    assert sorted(table.column("step").to_pylist()) == ["s1", "s2"]


def test_a_sweep_removes_what_no_version_names_and_spares_what_is_in_use(bench):
    bench.events(HEAD + day(1))
    orphan = bench.lake.events("loan") / "part-of-a-killed-import.parquet"
    orphan.write_bytes(b"x")
    dead = bench.lake.staging / "dead"
    dead.mkdir()
    with make_staging(bench.lake.staging) as alive:
        swept = bench.lake.sweep()
        assert alive.is_dir()
    assert (swept.staging, swept.files) == (1, 1)
    assert not orphan.exists()
    assert not dead.exists()
    assert not alive.exists()
    assert bench.lake.snapshot("loan").events == 1


def test_a_damaged_table_is_unavailable_and_not_empty(bench):
    bench.events(HEAD + day(1))
    log = bench.lake.events("loan") / "_delta_log"
    (log / f"{1:020}.json").write_text("{ no json")
    with pytest.raises(Unavailable, match="cannot be read"):
        bench.lake.snapshot("loan")


def test_a_flipped_bit_of_a_data_file_is_named_before_anything_is_read_from_it(bench):
    bench.events(HEAD + day(1) + day(2))
    (name,) = bench.lake.snapshot("loan").files
    path = Path(name)
    whole = path.read_bytes()
    for at in (5, len(whole) // 3, len(whole) // 2, len(whole) - 20):
        broken = bytearray(whole)
        broken[at] ^= 0x40
        path.write_bytes(broken)
        with pytest.raises(Unavailable, match=f"loan is damaged.*{path.name} has other content") as told:
            bench.lake.snapshot("loan")
        assert told.value.code == "damaged"
        assert str(path.parent) not in str(told.value)
    path.unlink()
    with pytest.raises(Unavailable, match="is missing"):
        bench.lake.snapshot("loan")
    path.write_bytes(whole)
    assert bench.lake.snapshot("loan").events == 2


def test_a_bit_that_the_disk_lost_without_a_trace_is_found_within_the_hour(bench, monkeypatch):
    bench.events(HEAD + day(1))
    path = Path(bench.lake.snapshot("loan").files[0])
    then, broken = path.stat(), bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(broken)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert path.stat().st_mtime_ns == then.st_mtime_ns
    assert bench.lake.snapshot("loan").events == 1
    monkeypatch.setattr(table, "RECHECK_SECONDS", 0)
    with pytest.raises(Unavailable, match=f"{path.name} has other content"):
        bench.lake.snapshot("loan")


def test_a_damaged_file_is_not_written_anew_so_that_it_would_pass_for_whole(bench):
    bench.events(HEAD + day(1))
    bench.events(HEAD + day(2))
    path = Path(bench.lake.snapshot("loan").files[0])
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 0x40
    path.write_bytes(broken)
    with pytest.raises(Unavailable, match="is damaged"):
        bench.lake.compact("loan")
    assert bench.lake.damaged("loan", 2) != []


def test_a_writer_waits_for_the_lock_and_can_be_cancelled(bench):
    told = []

    def progress(_done, _total=None, message=""):
        told.append(message)
        if message.startswith("Waiting"):
            raise Cancelled("The import was cancelled.")

    with hold(bench.lake.lock("loan")), pytest.raises(Cancelled):
        bench.events(HEAD + day(1), progress=progress)
    assert told[-1] == "Waiting for another writer of this flow to finish"
    assert bench.events(HEAD + day(1)).added == 1


IMPORT = """
import sys
from pathlib import Path
from bos.telemetry.ingest import import_events
from bos.telemetry.lake import Lake
root, source, batch = sys.argv[1:]
mapping = {"case": "case", "step": "step", "time": "time"}
print(import_events(Lake(root), "loan", Path(source), mapping=mapping, batch=batch, rejects=Path(root) / "r").as_text())
"""


def test_imports_of_two_processes_into_one_flow_lose_and_double_nothing(bench):
    sources = [
        bench.file(HEAD + "".join(f"{case},a,2026-01-01T10:00:00Z\n" for case in range(low, low + 2000)), f"{low}.csv")
        for low in (0, 1000, 2000, 0)
    ]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORT, bench.lake.root, source, f"b{number}"], stdout=subprocess.PIPE, text=True
        )
        for number, source in enumerate(sources)
    ]
    reports = [read_report(process.communicate(timeout=120)[0]) for process in running]
    assert sum(report.added for report in reports) == 4000
    assert sum(report.duplicates for report in reports) == 4000
    assert bench.query("select count(*), count(distinct case_id), count(distinct event_id) from lake") == [
        (4000, 4000, 4000)
    ]
    assert bench.lake.snapshot("loan").version == sum(report.changed for report in reports)


def test_a_report_survives_its_text(bench):
    report = bench.events(HEAD + day(1) + ",x,y\n")
    assert read_report(report.as_text()) == report
    assert json.loads(report.as_text())["rejected"] == 1


def test_staging_may_be_elsewhere(bench):
    lake = Lake(bench.folder / "lake", bench.folder / "prepare")
    with make_staging(lake.staging) as folder:
        assert folder.parent == bench.folder / "prepare"
