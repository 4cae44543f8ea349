"""Imports take what the template says, tell what they did, and add nothing twice; upkeep changes no row by accident."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bos.actions import (
    audit,
    documents,
    importing,
    jobs,
    pulling,
    pulling_rows,
    receiving,
    rereading,
    taking,
    telemetry,
    upkeep,
    uploads,
)
from bos.errors import Conflict, InputError, Invalid, NotFound, Unavailable, UsageError
from bos.kpi.connection import opened
from bos.telemetry import maintenance
from bos.telemetry.raw import Raw
from bos.telemetry.staging import WORKING, working
from tests.unit.actions.jobs.conftest import HEADER
from widgets.home.view import freshness

METRICS = "time,value\n2026-01-02T10:00:00,1.5\n2026-01-02T10:01:00,2.5\n"
BOTH = {"time": "time", "value": "value"}


def entry(desk, flow, tag):
    """Return the newest entry of the journal with a tag."""
    return audit.entries(desk.ctx, desk.auditor, kind="template", id=flow, tag=tag).items[0]


def test_an_import_reads_the_log_as_the_template_says(desk, flow):
    done = desk.done(flow)
    with opened(desk.ctx.lake.snapshot(flow), memory_limit="1GB") as cursor:
        query = "SELECT case_id, step, epoch(event_time), amount, currency FROM events ORDER BY 1"
        rows = cursor.execute(query).fetchall()
    assert rows[0][:2] == ("c0", "opened")
    assert rows[0][2] == datetime(2026, 1, 2, 15, tzinfo=UTC).timestamp()  # ten in New York
    assert (str(rows[1][3]), rows[1][4]) == ("1.50", "USD")
    told = done.result
    assert (told["flow"], told["snapshot"], told["read"], told["rejected"]) == (flow, f"{flow}@1", 3, 0)
    assert told["reject_file"] is None


def test_what_is_asked_is_laid_over_the_template_key_by_key(desk, flow):
    content = "loan,what,at,sum\nc1,opened,2026-01-02T10:00:00,5\n"
    desk.done(flow, content, mapping={"step": "what", "amount": "sum", "attr.x": "what"}, time_zone="UTC")
    with opened(desk.ctx.lake.snapshot(flow), memory_limit="1GB") as cursor:
        (row,) = cursor.execute("SELECT step, epoch(event_time), attributes FROM events").fetchall()
    assert row == ("opened", datetime(2026, 1, 2, 10, tzinfo=UTC).timestamp(), {"x": "opened"})


def test_a_second_import_of_the_same_file_adds_nothing_and_makes_no_snapshot(desk, flow):
    first, second = desk.done(flow), desk.done(flow)
    assert (second.result["added"], second.result["duplicates"], second.result["changed"]) == (0, 3, False)
    assert second.result["snapshot"] == first.result["snapshot"]
    assert second.result["batch"] != first.result["batch"]
    assert len(desk.rows("SELECT 1 FROM batch WHERE flow = :flow", flow=flow)) == 2


def test_an_event_of_1970_is_told_by_the_import_that_brings_it_and_by_no_other(desk, flow):
    told = [desk.done(flow).result]
    told.append(desk.done(flow, f"{HEADER}\nold,opened,1970-01-01T10:00:00,1.00\n").result)
    told.append(desk.done(flow, desk.log(prefix="later")).result)
    old = (1, "1970-01-01T15:00:00Z", "2026-01-02T15:00:00Z")
    assert [(one["stray"], one["oldest"], one["begins"]) for one in told] == [(0, None, None), old, (0, None, None)]


def test_the_newest_event_of_the_status_does_not_lie_in_the_future(desk, flow):
    desk.done(flow)
    ahead = desk.done(flow, f"{HEADER}\nnew,opened,2062-01-01T10:00:00,1.00\n").result
    found = telemetry.status(desk.ctx, desk.ana, flow)
    assert (ahead["ahead"], found.last.year) == (1, 2062)
    assert found.newest == datetime(2026, 1, 2, 15, 0, 2, tzinfo=UTC)
    assert freshness(found) == "4 events, newest 02 Jan 2026 15:00 UTC; some lie in the future, to 01 Jan 2062"


def test_the_journal_says_what_was_imported_by_whom(desk, flow):
    done = desk.done(flow, generated=True)
    found = entry(desk, flow, "telemetry.imported")
    assert found.actor == "ana"
    assert found.after["batch"] == done.result["batch"]
    assert (found.after["added"], found.after["generated"], len(found.after["sha256"])) == (3, True, 64)
    assert found.rationale.startswith("(written by BOS)")


NUL = f"{HEADER}\nc0,sub\0mitted,2026-01-02T10:00:00,1\nc1,opened,2026-01-02T10:00:00,1\n"


def test_a_row_with_a_nul_is_rejected_and_the_import_is_recorded(desk, flow):
    told = desk.done(flow, NUL).result
    assert (told["added"], told["rejected"]) == (1, 1)
    assert entry(desk, flow, "telemetry.imported").after["batch"] == told["batch"]


def test_a_lake_that_has_a_nul_from_before_fails_no_import(desk, flow, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(Raw, "unkept", lambda self: (self, None))
        assert desk.done(flow, NUL).result["added"] == 2
    told = desk.done(flow, desk.log(prefix="d")).result
    assert [one["step"] for one in told["unread"] if "mitted" in one["step"]] == ["sub\ufffdmitted"]


def test_an_import_whose_rows_are_in_the_lake_is_done_whatever_cannot_be_told_of_it(desk, flow, monkeypatch):
    def broken(*_):
        raise Unavailable("The telemetry of this flow cannot be read.")

    monkeypatch.setattr(importing, "unread", broken)
    assert desk.done(flow).result["added"] == 3


def test_rejected_rows_are_fetched_by_a_name_and_not_by_a_path(desk, flow):
    done = desk.done(flow, desk.log() + ",opened,2026-01-02T10:00:00,1\n")
    told = done.result
    assert told["reject_file"] == f"/api/v1/flows/{flow}/imports/{told['batch']}/rejects"
    assert told["reject_sample"][0]["row"] == 4
    lines = b"".join(telemetry.rejects(desk.ctx, desk.ana, flow, told["batch"])).decode().splitlines()
    read = entry(desk, flow, "data.read")
    assert (read.actor, read.after) == (desk.ana.person, {"what": "rejected rows", "batch": told["batch"]})
    assert lines[0] == "file,row,reason,raw"
    assert lines[1].startswith("log.csv,4,")


@pytest.mark.parametrize("batch", ["nothing", "../../token", "a/b", "..", "\x00"])
def test_there_are_no_rejected_rows_of_what_was_not_imported(desk, flow, batch):
    with pytest.raises(NotFound, match="no rejected rows"):
        telemetry.rejects(desk.ctx, desk.ana, flow, batch)


def test_the_batch_is_the_key_made_safe_and_never_that_of_another_file(desk, flow):
    plain = desk.run(desk.ask(flow, key="upload-1"))
    odd = desk.run(desk.ask(flow, desk.log(prefix="d"), key="../odd key"))
    assert plain.result["batch"] == "upload-1"
    assert odd.result["batch"].startswith("key-")
    with_same_key = replace(desk.ctx, idempotency_key="upload-1")
    ben = replace(desk.ana, person="ben")
    other = telemetry.start_import(with_same_key, ben, flow, desk.upload(desk.log(prefix="e")))
    assert desk.run(other).result["added"] == 3


def test_a_flow_without_a_template_takes_no_import(desk):
    for name in ("nobody", "No Flow", "../x"):
        with pytest.raises(NotFound, match="no template"):
            desk.ask(name)
    assert desk.uploads() == []


def test_a_retired_flow_takes_no_import_and_still_shows_what_it_has(desk):
    flow = desk.flow(system_signals=[])
    desk.done(flow)
    documents.delete(desk.ctx, desk.ana, "template", flow, rationale="Over.")
    with pytest.raises(Conflict, match="retired"):
        desk.ask(flow)
    assert desk.uploads() == []
    assert telemetry.status(desk.ctx, desk.ana, flow).events == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "pdf"}, "no format"),
        ({"mapping": {"colour": "x"}}, "no key"),
        ({"mapping": {"case": ""}}, "no column"),
        ({"time_zone": "Mars/Base"}, "Mars"),
        ({"currency": "gold"}, "gold"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_queued(desk, flow, options, words):
    with pytest.raises(UsageError, match=words):
        desk.ask(flow, **options)
    assert desk.uploads() == []


def test_metric_points_are_of_a_signal_the_template_knows(desk, flow):
    done = desk.done(flow, METRICS, what="metrics", signal="latency", mapping=BOTH)
    assert (done.result["added"], done.result["snapshot"]) == (2, f"{flow}@1")
    again = desk.done(flow, METRICS, what="metrics", signal="gateway.latency", mapping=BOTH)
    assert (again.result["added"], again.result["duplicates"]) == (0, 2)
    status = telemetry.status(desk.ctx, desk.ana, flow)
    assert (status.metric_points, status.events, status.snapshot) == (2, 0, None)
    with pytest.raises(Invalid, match="no system signal 'latenzy'") as caught:
        desk.ask(flow, METRICS, what="metrics", signal="latenzy", mapping=BOTH)
    assert "latency" in caught.value.hint


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_that_are_named_as_the_fields_need_no_mapping(desk, mark):
    flow = desk.flow(binding={})
    rows = (("time", "note", "case", "amount", "step"), ("2026-01-02T10:00:00", "no field", "c1", "5.25", "opened"))
    desk.done(flow, "".join(f"{mark.join(row)}\n" for row in rows))
    with opened(desk.ctx.lake.snapshot(flow), memory_limit="1GB") as cursor:
        (row,) = cursor.execute("SELECT case_id, step, amount::VARCHAR, attributes FROM events").fetchall()
    assert row == ("c1", "opened", "5.25", {})
    desk.done(flow, "value,signal,time\n1.5,gateway.latency,2026-01-02T10:00:00\n", what="metrics")
    assert telemetry.status(desk.ctx, desk.ana, flow).metric_points == 1


def test_columns_of_other_names_are_listed_where_nothing_says_what_they_are(desk):
    flow = desk.flow(binding={})
    with pytest.raises(InputError, match="which column of the file is case, which is time") as caught:
        desk.ask(flow, "loan,step,at\nc1,opened,2026-01-02\n")
    assert "'loan', 'step', 'at'" in str(caught.value)
    assert "--map case=COLUMN" in caught.value.hint
    with pytest.raises(InputError, match="which column of the file is signal"):
        desk.ask(flow, METRICS, what="metrics")
    assert desk.uploads() == []


def test_the_status_says_what_there_is(desk, flow):
    empty = telemetry.status(desk.ctx, desk.ana, flow)
    assert (empty.snapshot, empty.events, empty.cases, empty.files, empty.generated) == (None, 0, 0, 0, False)
    desk.done(flow, desk.log(5) + "c1,closed,2026-01-03T10:00:00,1\n")
    status = telemetry.status(desk.ctx, desk.ana, flow)
    assert (status.snapshot, status.events, status.cases, status.files) == (f"{flow}@1", 6, 5, 1)
    assert status.size_bytes > 0
    assert status.first < status.last < status.watermark
    assert status.generated is False
    desk.done(flow, desk.log(2, prefix="g"), generated=True)
    mixed = telemetry.status(desk.ctx, desk.viewer, flow)
    assert (status.recorded, mixed.generated, mixed.recorded) == (True, True, True)
    (listed,) = (one for one in telemetry.statuses(desk.ctx, desk.viewer).items if one.flow == flow)
    assert (listed.generated, listed.recorded) == (True, True)
    with pytest.raises(NotFound):
        telemetry.status(desk.ctx, desk.ana, "nobody")
    path = Path(desk.ctx.lake.snapshot(flow).files[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    damaged = telemetry.status(desk.ctx, desk.ana, flow)
    assert (damaged.events, damaged.cases, len(damaged.damaged)) == (8, None, 1)
    assert path.name in damaged.damaged[0]
    path.write_bytes(whole)
    assert telemetry.status(desk.ctx, desk.ana, flow) == mixed


def test_every_flow_with_telemetry_is_listed(open_desk):
    desk = open_desk()
    first, second, without = desk.flow(), desk.flow(), desk.flow()
    for flow in (second, first):
        desk.done(flow)
    listed = [status.flow for status in telemetry.statuses(desk.ctx, desk.ana).items]
    assert listed == sorted([first, second])
    assert without not in listed


def test_a_compaction_joins_files_and_keeps_every_row(desk, flow):
    for prefix in "ab":
        desk.done(flow, desk.log(prefix=prefix))
    kept = desk.run(telemetry.compact(desk.ctx, desk.ana, flow)).result
    assert (kept["files_before"], kept["files_after"]) == (2, 1)
    assert (kept["events_before"], kept["events_after"], kept["snapshot"]) == (6, 6, f"{flow}@3")
    again = desk.run(telemetry.compact(desk.ctx, desk.ana, flow)).result
    assert (again["files_before"], again["files_after"], again["snapshot"]) == (1, 1, f"{flow}@3")
    assert desk.tags(flow).count("telemetry.compacted") == 1


def test_a_retention_leaves_out_old_events_for_a_reason(desk, flow):
    desk.done(flow, desk.log() + "c9,opened,2026-06-01T10:00:00,1\n")
    before = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(Invalid, match="rationale"):
        telemetry.retain(desk.ctx, desk.ana, flow, before=before, rationale=" ")
    asked = telemetry.retain(desk.ctx, desk.ana, flow, before=before, rationale="Kept for one quarter.")
    kept = desk.run(asked).result
    assert (kept["events_before"], kept["events_after"], kept["snapshot"]) == (4, 1, f"{flow}@2")
    found = entry(desk, flow, "telemetry.retained")
    assert (found.rationale, found.after["before"]) == ("Kept for one quarter.", before.isoformat())


def test_a_retention_that_died_before_it_was_recorded_tells_what_it_did(desk, flow):
    desk.done(flow, desk.log() + "c9,opened,2026-06-01T10:00:00,1\n")
    before = datetime(2026, 3, 1, tzinfo=UTC)
    asked = telemetry.retain(desk.ctx, desk.ana, flow, before=before, rationale="Kept for one quarter.")
    desk.ctx.lake.retain(flow, before)
    kept = desk.run(asked).result
    assert (kept["events_before"], kept["events_after"]) == (4, 1)
    assert desk.tags(flow).count("telemetry.retained") == 1


def test_the_worker_joins_files_by_itself_where_there_are_too_many(desk, flow, monkeypatch):
    monkeypatch.setattr(maintenance, "CROWD", 3)
    for number in range(4):
        upkeep.tidy(desk.ctx)
        desk.done(flow, desk.log(1, prefix=f"d{number}-"))
    query = "SELECT id FROM job WHERE task = :task AND arguments->>'flow' = :flow"
    asked = {"task": upkeep.COMPACT, "flow": flow}
    assert desk.rows(query, **asked) == []
    upkeep.tidy(desk.ctx)
    upkeep.tidy(desk.ctx)
    ((job,),) = desk.rows(query, **asked)
    kept = desk.run(jobs.show(desk.ctx, desk.ana, job)).result
    assert (kept["files_before"], kept["files_after"], kept["events_after"]) == (4, 1, 4)
    assert entry(desk, flow, "telemetry.compacted").actor == "system"
    upkeep.tidy(desk.ctx)
    assert len(desk.rows(query, **asked)) == 1


def test_upkeep_of_a_flow_that_is_not_there_is_refused(desk):
    with pytest.raises(NotFound):
        telemetry.compact(desk.ctx, desk.ana, "nobody")


def test_an_import_whose_file_is_gone_says_so(desk, flow):
    asked = desk.ask(flow)
    uploads.discard(desk.uploads()[0] / "log.csv")
    failed = desk.run(asked)
    assert (failed.state, failed.error["where"]) == ("failed", "log.csv")


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("log.csv", "log.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\Log 1.xes.gz", "Log 1.xes.gz"),
        ("..", "upload"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\n;$(x).csv", "a_b__$(x).csv".replace("$", "_")),
        ("ä" * 200 + ".csv", "ä" * 58 + ".csv"),
        ("\ud800.csv", "_.csv"),
    ],
)
def test_a_hostile_file_name_becomes_a_plain_one(given, safe):
    assert uploads.safe_name(given) == safe


@pytest.mark.parametrize("name", ["", " ", "folder/"])
def test_a_file_needs_a_name(name):
    with pytest.raises(UsageError, match="no name"):
        uploads.safe_name(name)


def test_an_upload_that_is_cut_off_leaves_nothing(desk):
    with uploads.Upload(desk.ctx.staging, "log.csv") as upload:
        upload.write(b"half")
        assert not upload.path.exists()
        assert len(desk.uploads()) == 1
    assert desk.uploads() == []


def test_only_what_was_uploaded_is_imported(desk, flow, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(desk.log())
    link = desk.ctx.staging / ("f" * 32)
    link.mkdir()
    (link / "log.csv").symlink_to(secret)
    for path in (secret, desk.ctx.home.path / "token", link / "log.csv"):
        with pytest.raises(UsageError, match="not uploaded"):
            telemetry.start_import(desk.ctx, desk.ana, flow, path)
    assert secret.exists()


def test_an_old_upload_is_removed_unless_a_job_wants_it(desk, flow):
    asked = desk.ask(flow)
    (wanted,) = desk.uploads()
    stray = desk.upload("x").parent
    for folder in (wanted, stray):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (0, 0))
    fresh = desk.upload("y").parent
    assert uploads.sweep(desk.ctx) == 1
    assert {folder.name for folder in desk.uploads()} == {wanted.name, fresh.name}
    uploads.discard(fresh / "log.csv")
    desk.run(asked)


def test_copies_that_a_killed_worker_left_are_swept_and_those_in_use_are_not(desk):
    left = desk.ctx.staging / f"{WORKING}left"
    (left / "files").mkdir(parents=True)
    (left / "files" / "raw.csv").write_text("names of people")
    before, fresh = desk.ctx.staging / "tmpab12cd_9", desk.ctx.staging / "tmpab12cd_8"
    for folder in (before, fresh):
        folder.mkdir()
    os.utime(before, (0, 0))
    with working(desk.ctx.staging) as used:
        upkeep.tidy(desk.ctx)
        assert used.is_dir()
    assert (left.exists(), before.exists(), fresh.exists(), used.parent.exists()) == (False, False, True, False)


@pytest.mark.parametrize("module", [pulling, pulling_rows, receiving, rereading, taking])
def test_whatever_copies_files_to_work_with_does_so_where_it_is_swept(module):
    assert module.working is working
    assert not hasattr(module, "tempfile")
