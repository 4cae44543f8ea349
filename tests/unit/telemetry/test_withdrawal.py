"""What was read again takes the place of what it was read as before, in one version, and of nothing else."""

import pytest

from bos.errors import InputError, Unavailable
from bos.telemetry.table import Table, taken_until
from bos.telemetry.withdrawal import Replaces

HEAD = "case,step,time,branch,sum\n"
RIGHT = {"case": "case", "step": "step", "time": "time"}
WRONG = {**RIGHT, "step": "branch"}
OTHER = "9,other,2026-01-09T10:00:00Z,north,1\n"


def row(number, step="paid"):
    return f"{number},{step},2026-01-0{number}T10:00:00Z,north,{number}\n"


def steps(bench, version=None, kind="events"):
    return sorted(bench.query("select case_id, step from lake", version=version, kind=kind))


def test_rows_of_a_wrong_mapping_give_way_in_one_version_and_those_of_another_file_stay(bench):
    bench.events(HEAD + row(1) + row(2), WRONG, batch="a")
    bench.events(HEAD + OTHER, batch="b")
    bench.lake.compact("loan")
    before = bench.lake.snapshot("loan")
    done = bench.events(HEAD + row(1) + row(2), RIGHT, batch="a-2", replaces=Replaces("a"))
    assert (done.withdrawn, done.added, done.duplicates, done.version) == (2, 2, 0, before.version + 1)
    assert done.unread == ("branch", "sum")
    assert steps(bench) == [("1", "paid"), ("2", "paid"), ("9", "other")]
    assert steps(bench, before.version) == [("1", "north"), ("2", "north"), ("9", "other")]
    again = bench.events(HEAD + row(1) + row(2), RIGHT, batch="a-2", replaces=Replaces("a"))
    assert (again.repeated, again.withdrawn, bench.lake.snapshot("loan").version) == (True, 2, done.version)
    third = bench.events(HEAD + row(1), {**RIGHT, "amount": "sum"}, batch="a-3", replaces=Replaces("a"))
    assert (third.withdrawn, third.added) == (2, 1)
    assert (third.first.day, third.last.day) == (1, 9)
    assert steps(bench) == [("1", "paid"), ("9", "other")]
    snapshot = bench.lake.snapshot("loan")
    taken = taken_until(snapshot.folder, snapshot.version)
    assert (taken.added, taken.duplicates) == (2, 0)


def test_a_row_that_another_file_has_too_is_there_once_whichever_is_read_again(bench):
    bench.events(HEAD + row(1) + row(2), batch="a")
    assert bench.events(HEAD + row(2) + row(3), batch="b").duplicates == 1
    done = bench.events(HEAD + row(2) + row(3), batch="b-2", replaces=Replaces("b"))
    assert (done.withdrawn, done.added, done.duplicates) == (1, 1, 1)
    done = bench.events(HEAD + row(1) + row(2), batch="a-2", replaces=Replaces("a"))
    assert (done.withdrawn, done.added) == (2, 2)
    assert steps(bench) == [("1", "paid"), ("2", "paid"), ("3", "paid")]


def test_a_file_that_brings_only_what_is_there_is_withdrawn_without_a_row_of_its_own(bench):
    bench.events(HEAD + row(1), WRONG, batch="a")
    bench.events(HEAD + row(1), batch="b")
    done = bench.events(HEAD + row(1), batch="a-2", replaces=Replaces("a"))
    assert (done.withdrawn, done.added, done.duplicates, done.changed) == (1, 0, 1, True)
    assert steps(bench) == [("1", "paid")]
    assert "a-2" in bench.lake.batches("loan")


def test_rows_that_do_not_come_back_are_counted(bench):
    bench.events(HEAD + row(1) + row(2) + row(3), batch="a")
    assert bench.events(HEAD + row(1) + row(2) + row(3), batch="a-2", replaces=Replaces("a")).lost == 0
    done = bench.events(HEAD + row(1) + OTHER, batch="a-3", replaces=Replaces("a"))
    assert (done.withdrawn, done.lost) == (3, 2)
    assert bench.events(HEAD + row(1) + OTHER, batch="a-3", replaces=Replaces("a")).lost == 2


def test_ids_of_a_source_are_free_again_for_what_is_read_now(bench):
    content = "id,case,step,time\nx1,1,paid,2026-01-01T10:00:00Z\n"
    mapping = {**RIGHT, "event_id": "id"}
    bench.events(content, {**mapping, "step": "case"}, batch="a")
    assert bench.events(content, mapping, batch="b", replaces=Replaces("a")).rejected == 0
    assert steps(bench) == [("1", "paid")]


def test_points_give_way_too(bench):
    content = "time,value,other\n2026-01-01T10:00:00Z,1,5\n"
    bench.metrics(content, batch="a", signal="latency")
    other, old = {"time": "time", "value": "other"}, Replaces("a")
    done = bench.metrics(content, other, batch="b", signal="latency", replaces=old)
    assert (done.withdrawn, done.added, done.unread) == (1, 1, ("value",))
    assert bench.query("select value from lake", kind="metrics") == [(5.0,)]


def test_what_cannot_be_read_or_stored_now_leaves_what_was_read_before(bench, monkeypatch):
    bench.events(HEAD + row(1), WRONG, batch="a")
    bench.events(HEAD + OTHER, batch="b")
    bench.lake.compact("loan")
    with pytest.raises(InputError, match="No row"):
        bench.events(HEAD + row(1), {**RIGHT, "time": "branch"}, batch="a-2", replaces=Replaces("a"))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Table, "commit", full)
        with pytest.raises(Unavailable):
            bench.events(HEAD + row(1), batch="a-2", replaces=Replaces("a"))
    assert steps(bench) == [("1", "north"), ("9", "other")]
    assert bench.lake.sweep().files == 0
    assert bench.events(HEAD + row(1), batch="a-2", replaces=Replaces("a")).withdrawn == 1
    assert steps(bench) == [("1", "paid"), ("9", "other")]


def test_when_rows_were_taken_in_is_found_where_a_version_does_not_say_it(bench, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("bos.telemetry.ingest.ARRIVED", "bos.unknown")
        bench.events(HEAD + row(1), WRONG, batch="a")
    bench.events(HEAD + OTHER, batch="b")
    assert bench.events(HEAD + row(1), batch="a-2", replaces=Replaces("a")).withdrawn == 1
    assert steps(bench) == [("1", "paid"), ("9", "other")]


def test_rows_of_an_earlier_content_give_way_where_their_ids_come_again_and_the_others_are_counted(bench):
    mapping = {**RIGHT, "event_id": "id"}
    head, rows = "id,case,step,time\n", [f"x{number},{row(number)}".rsplit(",", 2)[0] + "\n" for number in (1, 2, 3)]
    bench.events(head + rows[0] + rows[1], {**mapping, "step": "case"}, batch="a")
    bench.events(head + rows[2], mapping, batch="z")
    assert bench.events(head + rows[1] + rows[2], mapping, batch="b").rejected == 1
    done = bench.events(head + rows[1], mapping, batch="b-2", replaces=Replaces("b", ("a",)))
    assert (done.withdrawn, done.staying, done.added, done.rejected) == (1, 1, 1, 0)
    assert steps(bench) == [("1", "1"), ("2", "paid"), ("3", "paid")]


def test_rows_without_ids_of_an_earlier_content_stay_and_are_counted_and_points_are_known_by_what_they_are_of(bench):
    bench.events(HEAD + row(1), WRONG, batch="a")
    bench.events(HEAD + row(2), batch="b")
    done = bench.events(HEAD + row(2), batch="b-2", replaces=Replaces("b", ("a",)))
    assert (done.withdrawn, done.staying) == (1, 1)
    assert steps(bench) == [("1", "north"), ("2", "paid")]
    moment = "2026-01-01T10:00:00Z"
    bench.metrics(f"time,value\n{moment},1\n{moment[:-1]}+09:00,2\n", batch="p", signal="latency")
    done = bench.metrics(f"time,value\n{moment},5\n", batch="r", signal="latency", replaces=Replaces("q", ("p",)))
    assert (done.withdrawn, done.staying, done.added, done.rejected) == (1, 1, 1, 0)
    assert sorted(bench.query("select value from lake", kind="metrics")) == [(2.0,), (5.0,)]
