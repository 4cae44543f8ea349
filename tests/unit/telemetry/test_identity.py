"""Which rows are the same: within a file, between files, with ids of the source and without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bos.telemetry.merge import CHANGED

HEAD = "id,case,step,time,amount\n"
T = "2026-01-31T10:00:00Z"
IDS = {"event_id": "id", "case": "case", "step": "step", "time": "time", "amount": "amount"}


def test_equal_events_of_one_file_are_distinct_and_a_second_import_adds_none(bench):
    content = HEAD + f"x,1,a,{T},\n" * 3
    assert bench.events(content).added == 3
    again = bench.events(content)
    assert (again.added, again.duplicates, again.changed, again.version) == (0, 3, False, 1)
    assert bench.query("select count(distinct event_id) from lake") == [(3,)]


def test_a_file_that_overlaps_adds_only_what_is_beyond(bench):
    bench.events(HEAD + f"x,1,a,{T},\n" * 2 + f"x,2,a,{T},\n")
    report = bench.events(HEAD + f"x,1,a,{T},\n" * 3 + f"x,3,a,{T},\n")
    assert (report.added, report.duplicates) == (2, 2)
    assert bench.query("select case_id, count(*) from lake group by 1 order by 1") == [("1", 3), ("2", 1), ("3", 1)]


def test_an_id_of_the_source_counts_once_and_a_contradiction_is_rejected(bench):
    first = bench.events(HEAD + f"e1,1,a,{T},5\ne1,1,a,{T},5\ne1,1,b,{T},5\ne2,1,a,{T},5\n", IDS)
    assert (first.read, first.added, first.duplicates, first.rejected) == (4, 2, 1, 1)
    assert first.reasons == {CHANGED: 1}
    second = bench.events(HEAD + f"e1,1,a,{T},6\ne2,1,a,{T},5.00\ne3,1,a,{T},5\n", IDS)
    assert (second.added, second.duplicates, second.rejected) == (1, 1, 1)
    assert bench.reject_rows(second)[0]["row"] == "1"
    assert bench.query("select event_id, step, amount::varchar from lake order by 1") == [
        ("e1", "a", "5.00"),
        ("e2", "a", "5.00"),
        ("e3", "a", "5.00"),
    ]


def test_a_missing_id_is_rejected_where_ids_are_mapped(bench):
    report = bench.events(HEAD + f",1,a,{T},\ne,1,a,{T},\n", IDS)
    assert report.reasons == {"the event id is missing": 1}


def test_the_same_batch_again_gives_the_report_of_then(bench):
    source = bench.file(HEAD + f"x,1,a,{T},\nx,,a,{T},\n")
    first = bench.events(source, batch="monday")
    again = bench.events(source, batch="monday")
    assert first.changed
    assert again.repeated
    assert (again.added, again.rejected, again.version, again.first) == (1, 1, 1, datetime(2026, 1, 31, 10, tzinfo=UTC))
    assert again.reject_sample == first.reject_sample
    assert bench.lake.batches("loan") == {"monday"}


def test_a_late_event_is_added_and_counted(bench):
    bench.events(HEAD + f"x,1,a,{T},\n")
    report = bench.events(HEAD + "x,1,b,2026-01-30T10:00:00Z,\nx,1,c,2026-02-01T10:00:00Z,\n")
    assert (report.added, report.late) == (2, 1)
    assert report.first == datetime(2026, 1, 30, 10, tzinfo=UTC)


def test_what_lies_more_than_a_day_ahead_is_added_and_told(bench):
    now = datetime.now(UTC)
    later = [now + timedelta(hours=20), now + timedelta(days=2), now + timedelta(days=200)]
    report = bench.events(HEAD + f"x,1,a,{T},\n" + "".join(f"x,1,b,{at.isoformat()},\n" for at in later), batch="one")
    assert (report.added, report.ahead, report.farthest) == (4, 2, later[2])
    again = bench.events(HEAD + f"x,1,a,{T},\n", batch="one")
    assert (again.repeated, again.ahead, again.farthest) == (True, 2, later[2])
    assert (bench.events(HEAD + f"x,1,z,{T},\n").ahead, report.late) == (0, 0)


def test_fields_that_run_together_make_different_events(bench):
    bench.events("case,step,time\n" + f"1,ab,{T}\n1a,b,{T}\n")
    assert bench.query("select count(distinct event_id) from lake") == [(2,)]


def test_many_parts_agree_with_one(bench, monkeypatch):
    content = HEAD + "".join(f"x,{i % 50},a,{T},\n" for i in range(500))
    bench.events(content, flow="one")
    monkeypatch.setattr("bos.telemetry.ingest.PART_ROWS", 20)
    bench.events(content, flow="many")
    ids = "select case_id, count(*), count(distinct event_id) from lake group by 1 order by 1"
    assert bench.query(ids, flow="one") == bench.query(ids, flow="many") != []
    again = bench.events(content, flow="many")
    assert (again.added, again.duplicates) == (0, 500)


def test_a_point_is_known_by_signal_time_and_labels(bench):
    mapping = {"time": "time", "value": "value", "signal": "signal", "label.host": "host"}
    head = "signal,time,value,host\n"
    first = bench.metrics(head + f"cpu,{T},1.5,a\ncpu,{T},1.5,b\ncpu,{T},1.5,a\ncpu,{T},nan,a\n", mapping)
    assert (first.added, first.duplicates, first.rejected) == (2, 1, 1)
    second = bench.metrics(head + f"cpu,{T},2.5,a\ncpu,{T},1.5,b\ncpu,2026-01-31T10:05:00Z,1,a\n", mapping)
    assert (second.added, second.duplicates, second.rejected, second.reasons) == (1, 1, 1, {CHANGED: 1})
    assert bench.query("select count(*), sum(value) from lake", kind="metrics") == [(3, 4.0)]
