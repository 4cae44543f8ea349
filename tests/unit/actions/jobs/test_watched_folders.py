"""Watched folders: files are taken by themselves, each once, and what is wrong with one is told and stops no other."""

import csv
import os
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bos.actions import connection_health, pull_times, taking, work
from bos.actions.rights import WITHHELD
from bos.actions.telemetry import rejects
from bos.auth.actor import Actor
from bos.errors import Cancelled, Invalid, Unavailable
from bos.model.standing import standing
from bos.outgoing.breaker import FAILURES
from bos.store import jobs as stored
from bos.store.engine import alone, transaction
from bos.store.locks import seize
from tests.unit.actions.jobs.watched import AT, SAM


def test_rows_of_a_file_that_cannot_be_read_are_told_with_its_name(watched):
    rows = [f"c{number},opened,2026-01-02T10:00:00Z" for number in range(10)]
    watched.put("half.csv", *rows, ",opened,2026-01-02T10:00:00Z", "c11,opened,soon")
    head = "branch,loan,event,at,teller\n"
    watched.put("whole.csv", "x,d1,opened,2026-01-03T10:00:00Z,y", "x,c1,opened,2026-01-02T10:00:00Z,y", head=head)
    assert watched.took() == {"half.csv": ("taken", 10), "whole.csv": ("taken", 1)}
    health = watched.health()
    (file,) = health.files
    assert (health.state, health.untaken, file.name, file.read, file.rejected) == ("well", 0, "half.csv", 12, 2)
    told = standing(file)
    assert told.startswith("half.csv was taken ")
    assert told.endswith(
        f" UTC: 12 rows read, 10 new, 2 rejected; rejected rows are kept apart as those of the import {file.batch}: "
        "the case is missing (1), the time is no ISO 8601 time (1)."
    )
    kept = b"".join(rejects(watched.ctx, SAM, watched.flow, file.batch)).decode()
    assert [one["row"] for one in csv.DictReader(kept.splitlines())] == ["11", "12"]
    (hidden,) = watched.health(Actor("vic", "Vic", roles=frozenset({"viewer"}))).files
    assert (hidden.reasons, hidden.rejected, hidden.batch) == ({}, 2, file.batch)
    assert standing(hidden).endswith(f"kept apart as those of the import {file.batch}.")
    assert watched.took()["half.csv"] == ("known", 0)
    assert watched.health().files == (file,)
    watched.put("half.csv", *rows, "c10,opened,2026-01-02T10:00:00Z")
    assert watched.took()["half.csv"] == ("taken", 1)
    (file,) = watched.health().files
    assert (file.rejected, file.duplicates, standing(file).count("rejected")) == (0, 10, 0)


def test_files_are_taken_once_in_each_span_by_themselves_and_health_says_so(watched):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z", "c2,opened,2026-01-02T10:00:00Z")
    assert watched.health().state == "untried"
    before = datetime.now(UTC)
    assert watched.took() == {"a.csv": ("taken", 2)}
    assert pull_times.tick(watched.ctx, AT + timedelta(minutes=1, seconds=30)) == 0
    found = watched.health()
    assert (found.state, found.rows, found.untaken, found.files) == ("well", 2, 0, ())
    assert before <= found.worked_at == found.upto
    assert found.lag_seconds < 30
    watched.put("b.csv", "c3,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {"a.csv": ("known", 0), "b.csv": ("taken", 1)}
    assert watched.rows() == (3, 3)
    assert watched.health().rows == 3


def test_a_broken_file_is_told_by_its_name_until_it_is_right_and_stops_no_other(watched):
    watched.put("a.csv", "1,2", head="nothing,of\n")
    watched.put("b.csv", "c1,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {"a.csv": ("refused", 0), "b.csv": ("taken", 1)}
    found = watched.health()
    assert (found.state, found.untaken, found.failures) == ("failing", 1, 0)
    (told,) = found.files
    assert (told.name, told.flow) == ("a.csv", watched.flow)
    assert "nothing" in told.problem
    (told,) = watched.health(Actor("vic", "Vic", roles=frozenset({"viewer"}))).files
    assert (told.name, told.problem) == ("a.csv", WITHHELD)
    mend = f"setting map of the connection {watched.connection}"
    (told,) = watched.health().files
    assert mend in told.problem
    assert "--" not in told.problem
    assert watched.took()["a.csv"] == ("refused", 0)
    watched.put("a.csv", "c2,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {"a.csv": ("taken", 1), "b.csv": ("known", 0)}
    found = watched.health()
    assert (found.state, found.files) == ("well", ())  # what was never taken has not changed after it was


def test_a_broken_file_that_is_taken_away_is_told_no_more(watched):
    watched.put("a.csv", "1,2", head="nothing,of\n")
    watched.took()
    (watched.folder / "a.csv").unlink()
    assert watched.took() == {}
    assert (watched.health().state, watched.health().files) == ("well", ())


def test_a_file_that_was_taken_then_broke_and_went_away_keeps_its_rows_and_another_flow_is_told_alone(watched, desk):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    watched.took()
    watched.put("a.csv", "1,2", head="nothing,of\n")
    assert watched.took() == {"a.csv": ("refused", 0)}
    found = watched.health()
    assert (found.state, found.rows, found.untaken) == ("failing", 1, 1)
    other, watched.flow = watched.flow, desk.flow()
    watched.save()
    assert watched.took() == {"a.csv": ("refused", 0)}
    assert [one.flow for one in watched.health().files] == [watched.flow] != [other]
    (watched.folder / "a.csv").unlink()
    assert watched.took() == {}
    found = watched.health()
    assert (found.state, found.rows, found.files) == ("well", 1, ())
    assert found.upto == found.worked_at


def test_a_file_that_changed_after_it_was_taken_is_told_and_taken_again(watched):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    watched.took()
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z", "c2,opened,2026-01-02T10:00:00Z")
    done = watched.look()
    (file,) = done.result["files"]
    assert (file["state"], file["changed"], file["added"]) == ("taken", True, 1)
    (told,) = watched.health().files
    assert (told.name, told.problem) == ("a.csv", "")
    assert told.changed_at is not None
    assert (watched.health().state, watched.health().rows) == ("well", 2)
    assert watched.rows() == (2, 2)
    assert watched.look().result["files"][0]["changed"] is False
    with transaction(watched.ctx.engine) as session:
        session.exec_driver_sql("UPDATE taken_file SET changed_at = now() - interval '8 days'")
    assert watched.health().files == ()


def test_a_file_that_cannot_be_read_now_waits_and_stops_no_other(watched, monkeypatch):
    connector = connection_health.installed()["files"]
    whole = connector.fetch

    def fetch(system, arrived, into):
        if arrived.name == "a.csv":
            raise Unavailable("a.csv was changed while it was read.", hint="It is taken the next time.")
        whole(system, arrived, into)

    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    watched.put("b.csv", "c2,opened,2026-01-02T10:00:00Z")
    with monkeypatch.context() as patch:
        patch.setattr(connector, "fetch", fetch)
        assert watched.took() == {"a.csv": ("waiting", 0), "b.csv": ("taken", 1)}
    (told,) = watched.health().files
    assert "changed while it was read" in told.problem
    assert watched.took() == {"a.csv": ("taken", 1), "b.csv": ("known", 0)}
    assert watched.health().files == ()


def test_a_file_that_is_still_written_to_is_not_taken(watched):
    watched.save(settle_seconds="3600")
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    watched.put("b.csv.part", "c2,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {}
    assert watched.rows() == (0, 0)


def test_a_folder_that_went_away_is_told_left_alone_and_found_again(watched):
    moved = watched.folder.with_name("elsewhere")
    watched.folder.rename(moved)
    for _ in range(FAILURES):
        assert watched.look().error["code"] == "system.silent"
    found = watched.health()
    assert (found.state, found.reason) == ("paused", "The folder is not there.")
    assert pull_times.tick(watched.ctx, datetime.now(UTC)) == 0
    moved.rename(watched.folder)
    with transaction(watched.ctx.engine) as session:
        session.exec_driver_sql("UPDATE connection_state SET open_until = '2026-01-01' WHERE open_until IS NOT NULL")
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {"a.csv": ("taken", 1)}
    assert watched.health().state == "well"


def test_what_no_system_is_to_blame_for_is_told_and_pauses_nothing(watched):
    watched.save_unread(complete="soon")
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    assert watched.look().state == "failed"
    found = watched.health()
    assert (found.state, found.failures) == ("failing", 0)
    assert "'soon' does not say when a file is whole" in found.reason
    watched.save()
    assert watched.took() == {"a.csv": ("taken", 1)}
    assert watched.health().state == "well"


def test_a_taking_under_way_is_not_begun_twice(watched):
    def queued():
        pull_times.tick(watched.ctx, AT + timedelta(days=1))
        with transaction(watched.ctx.engine) as session:
            return [row.id for row in stored.under_way(session, taking.TASK, watched.flow)]

    job = taking.start(watched.ctx, SAM, watched.flow, watched.connection)
    assert queued() == [job.id]
    work.run_job(watched.ctx, job.id, "test")
    assert len(set(queued()) - {job.id}) == 1


def test_a_taking_waits_for_a_place_of_the_connection(watched):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")

    def progress(_done, _total=None, message=""):
        assert message == f"Waiting: enough is under way with {watched.connection}"
        raise Cancelled("Enough.")

    asked = {"flow": watched.flow, "connection": watched.connection}
    with alone(watched.ctx.engine) as held:
        assert all(seize(held, "piece", watched.connection, str(number)) for number in range(2))
        with pytest.raises(Cancelled):
            taking.run_taking(watched.ctx, "j", asked, progress)
    assert watched.rows() == (0, 0)


def test_a_folder_that_is_looked_at_says_which_flow_its_files_go_into(watched):
    with pytest.raises(Invalid, match="which flow the files go into"):
        watched.save(flow="")
    with pytest.raises(Invalid, match="There is no flow 'nowhere'"):
        watched.save(flow="nowhere")


def test_a_taking_done_again_after_its_import_was_committed_records_it_once(watched):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00Z")
    one = SimpleNamespace(flow=watched.flow, connection=watched.connection)
    for _ in range(2):  # the record of the first is lost, as with a process that is killed
        taking.run_taking(watched.ctx, "j", vars(one), lambda *_: None)
    assert watched.rows() == (1, 1)
    assert watched.took() == {"a.csv": ("taken", 1)}
    with transaction(watched.ctx.engine) as session:
        noted = session.exec_driver_sql(
            "SELECT count(*) FROM journal WHERE id = %s AND tag = 'telemetry.imported'", (watched.flow,)
        ).scalar()
    assert noted == 1


def test_a_file_with_a_head_and_no_rows_is_taken_and_brings_none(watched):
    watched.put("a.csv")
    watched.put("b.csv", "c1,opened,2026-01-02T10:00:00Z")
    assert watched.took() == {"a.csv": ("taken", 0), "b.csv": ("taken", 1)}
    assert (watched.health().state, watched.health().files) == ("well", ())
    assert watched.took() == {"a.csv": ("known", 0), "b.csv": ("known", 0)}
    watched.put("c.csv", ",opened,2026-01-02T10:00:00Z")
    assert watched.took()["c.csv"] == ("refused", 0)
    (told,) = watched.health().files
    assert "the case is missing (1 row)" in told.problem
    batch = told.problem.rpartition(" The rows are kept in the reject file. It is that of the import ")[2].rstrip(".")
    assert b"c.csv,1,the case is missing" in b"".join(rejects(watched.ctx, SAM, watched.flow, batch))


def test_a_name_that_is_no_text_is_told_and_stops_no_other_and_names_are_told_as_they_are(watched):
    bad = os.fsencode(watched.folder) + b"/a-M\xe4rz.csv"
    with open(bad, "w") as file:  # noqa: PTH123 - a path of bytes
        file.write("loan,event,at\nc2,opened,2026-01-02T10:00:00Z\n")
    watched.put("b-1.csv", "c1,opened,2026-01-02T10:00:00Z")
    watched.put("c-no-case.csv", "1", head="nothing\n")
    shown = "a-M\\xe4rz.csv"
    assert watched.took() == {shown: ("waiting", 0), "b-1.csv": ("taken", 1), "c-no-case.csv": ("refused", 0)}
    found = watched.health()
    assert (found.state, found.reason, found.untaken) == ("failing", "", 2)
    told = {one.name: one.problem for one in found.files}
    assert "is no text in UTF-8" in told[shown]
    assert "(c-no-case.csv)" in told["c-no-case.csv"]
    os.rename(bad, os.fsencode(watched.folder) + b"/a.csv")  # noqa: PTH104 - a path of bytes
    assert watched.took()["a.csv"] == ("taken", 1)
    assert [one.name for one in watched.health().files] == ["c-no-case.csv"]
