"""Long work is done once, says how far it is, can be cancelled, and survives the death of whoever runs it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from bos.actions import audit, jobs, telemetry
from bos.actions.failure import document_of
from bos.actions.outbox import relay
from bos.actions.runner import Runner
from bos.actions.work import MOST_ATTEMPTS, run_job
from bos.api.problems import document_of as api_document
from bos.errors import Conflict, Forbidden, NotFound, UsageError
from bos.store import jobs as rows
from bos.store.engine import transaction
from bos.telemetry.ingest import import_events


def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_job_waits_until_a_runner_takes_it_and_then_has_a_result(desk, flow):
    asked = desk.ask(flow)
    assert (asked.state, asked.task, asked.author, asked.result) == ("queued", "telemetry.import", "ana", None)
    done = desk.run(asked)
    assert (done.state, done.result["added"], done.error) == ("done", 3, None)
    assert done.done == done.total == len(desk.log())
    assert done.finished_at > done.created_at
    assert desk.tags(asked.id) == ["job.queued"]
    assert desk.tags(flow)[-1] == "telemetry.imported"
    assert desk.uploads() == []


def test_a_finished_job_is_not_run_again(desk, flow):
    done = desk.done(flow)
    assert run_job(desk.ctx, done.id, "other") is False
    assert desk.show(done) == done


def test_a_job_that_fails_keeps_the_problem_the_api_would_have_answered(desk, flow):
    failed = desk.run(desk.ask(flow, "nothing,of,use\n1,2,3\n"))
    assert (failed.state, failed.result) == ("failed", None)
    assert failed.error["type"] == "urn:bos:problem:input"
    assert failed.error["status"] == 422
    assert "no column" in failed.error["detail"]
    assert failed.error["request_id"] == "r1"
    assert desk.tags(failed.id) == ["job.queued", "job.failed"]
    assert desk.uploads() == []


def test_the_problem_of_a_job_has_the_shape_of_the_apis():
    error = Conflict("No.", where="there", hint="Do.", details={"a": 1})
    assert document_of(error, request_id="r") == api_document(error, request_id="r")


def test_an_unexpected_failure_has_a_number_and_no_trace(desk, flow, caplog):
    asked = desk.ask(flow)
    with transaction(desk.ctx.engine) as connection:
        connection.exec_driver_sql("UPDATE job SET arguments = arguments - 'mapping' WHERE id = %s", (asked.id,))
    failed = desk.run(asked)
    assert (failed.state, failed.error["code"]) == ("failed", "internal")
    assert failed.error["details"]["incident"] in caplog.text
    assert "KeyError" in caplog.text
    assert "KeyError" not in str(failed.error)


def test_no_path_of_the_server_is_in_a_problem(desk, flow):
    asked = desk.ask(flow, "loan,event,at,value\n,opened,2026-01-01T00:00:00,1\n")
    failed = desk.run(asked)
    assert failed.state == "failed"
    assert failed.error["details"]["reject_file"].startswith(f"/api/v1/flows/{flow}/imports/")
    assert str(desk.ctx.home.path) not in str(failed.error)


def test_a_job_asked_for_twice_with_one_key_is_one_job(desk, flow):
    first = desk.ask(flow, key="k1")
    again = desk.ask(flow, key="k1")
    assert again == first
    assert len(desk.uploads()) == 1
    with pytest.raises(Conflict, match="used for another request"):
        desk.ask(flow, desk.log(4), key="k1")
    assert len(desk.uploads()) == 1
    desk.run(first)


def test_a_waiting_job_is_cancelled_at_once(desk, flow):
    asked = desk.ask(flow)
    cancelled = jobs.cancel(desk.ctx, desk.ana, asked.id)
    assert (cancelled.state, cancelled.finished_at is not None) == ("cancelled", True)
    assert desk.run(asked).state == "cancelled"
    assert jobs.cancel(desk.ctx, desk.ana, asked.id).state == "cancelled"
    assert desk.tags(asked.id) == ["job.queued", "job.cancelled"]
    assert desk.uploads() == []
    assert desk.ctx.lake.snapshot(flow).version == 0


def test_a_running_job_shows_how_far_it_is_and_stops_when_cancelled(desk, flow):
    asked = desk.ask(flow)
    with desk.busy(flow):
        thread = in_thread(lambda: run_job(desk.ctx, asked.id, "test"))
        running = desk.wait(asked, until=lambda job: "Waiting" in job.message)
        assert (running.state, running.total) == ("running", len(desk.log()))
        assert jobs.cancel(desk.ctx, replace(desk.ana, person="ben"), asked.id).state == "running"
        assert desk.wait(asked, "cancelled").state == "cancelled"
        thread.join()
    assert desk.tags(asked.id) == ["job.queued", "job.cancelled"]
    assert audit.entries(desk.ctx, desk.auditor, id=asked.id).items[0].after["by"] == "ben"
    assert desk.ctx.lake.snapshot(flow).version == 0
    assert desk.uploads() == []


def test_what_is_finished_cannot_be_cancelled(desk, flow):
    done = desk.done(flow)
    with pytest.raises(Conflict, match="is done"):
        jobs.cancel(desk.ctx, desk.ana, done.id)


def test_only_one_runner_has_a_job(desk, flow):
    asked = desk.ask(flow)
    with desk.busy(flow):
        thread = in_thread(lambda: run_job(desk.ctx, asked.id, "one"))
        desk.wait(asked, until=lambda job: "Waiting" in job.message)
        assert run_job(desk.ctx, asked.id, "two") is False
    thread.join()
    assert desk.show(asked).state == "done"


def test_a_runner_that_stops_gives_its_job_back_and_says_so(desk, flow):
    asked = desk.ask(flow)
    relay(desk.ctx, lambda *_: None)
    stopping = replace(desk.ctx, runner=Runner())
    with desk.busy(flow):
        thread = in_thread(lambda: run_job(stopping, asked.id, "one"))
        desk.wait(asked, until=lambda job: "Waiting" in job.message)
        stopping.runner.close()
        thread.join()
    assert desk.show(asked).state == "queued"
    sent = []
    relay(desk.ctx, lambda topic, payload: sent.append((topic, payload)))
    assert sent == [("job", {"id": asked.id})]
    assert desk.run(asked).result["added"] == 3


def test_a_runner_that_lost_its_lease_writes_nothing(desk, flow):
    asked = desk.ask(flow)
    with desk.busy(flow):
        thread = in_thread(lambda: run_job(desk.ctx, asked.id, "one"))
        desk.wait(asked, until=lambda job: "Waiting" in job.message)
        with transaction(desk.ctx.engine) as connection:
            connection.exec_driver_sql("UPDATE job SET runner = 'another' WHERE id = %s", (asked.id,))
        thread.join()
    (row,) = desk.rows("SELECT state, runner FROM job WHERE id = :id", id=asked.id)
    assert tuple(row) == ("running", "another")
    assert desk.ctx.lake.snapshot(flow).version == 0
    assert desk.run(asked).state == "done"


def test_an_import_that_died_between_lake_and_record_is_recorded_once(desk, flow):
    asked = desk.ask(flow)
    (row,) = desk.rows("SELECT arguments FROM job WHERE id = :id", id=asked.id)
    given = row.arguments
    with transaction(desk.ctx.engine) as connection:
        assert rows.claim(connection, asked.id, "dead", dead=None)
    import_events(
        desk.ctx.lake, flow, desk.ctx.staging / given["upload"], mapping=given["mapping"], batch=given["batch"],
        rejects=desk.ctx.rejects, time_zone=given["time_zone"], currency=given["currency"],
    )  # fmt: skip
    version = desk.ctx.lake.snapshot(flow).version
    done = desk.run(asked)
    assert (done.state, done.result["added"], done.result["changed"]) == ("done", 3, True)
    assert desk.ctx.lake.snapshot(flow).version == version
    assert desk.tags(flow).count("telemetry.imported") == 1
    assert len(desk.rows("SELECT 1 FROM batch WHERE flow = :flow", flow=flow)) == 1


def test_a_cancel_that_comes_after_the_lake_has_the_rows_is_too_late(desk, flow):
    asked = desk.ask(flow)
    given = desk.rows("SELECT arguments FROM job WHERE id = :id", id=asked.id)[0].arguments
    import_events(
        desk.ctx.lake, flow, desk.ctx.staging / given["upload"], mapping=given["mapping"], batch=given["batch"],
        rejects=desk.ctx.rejects, time_zone=given["time_zone"], currency=given["currency"],
    )  # fmt: skip
    with transaction(desk.ctx.engine) as connection:
        assert rows.claim(connection, asked.id, "dead", dead=None)
        rows.ask_cancel(connection, asked.id, "ana")
    assert desk.run(asked).state == "done"


def test_a_job_that_ends_its_process_again_and_again_is_given_up(desk, flow):
    asked = desk.ask(flow)
    for _ in range(MOST_ATTEMPTS):
        (row,) = desk.rows("SELECT runner FROM job WHERE id = :id", id=asked.id)
        with transaction(desk.ctx.engine) as connection:
            assert rows.claim(connection, asked.id, "dead", dead=row.runner)
    failed = desk.run(asked)
    assert (failed.state, failed.error["code"]) == ("failed", "crashed")


def test_jobs_are_listed_newest_first_page_by_page_and_by_state(open_desk):
    desk = open_desk()
    flow = desk.flow()
    asked = [desk.ask(flow) for _ in range(3)]
    desk.run(asked[0])
    page = jobs.listing(desk.ctx, desk.ana, limit=2)
    assert [job.id for job in page.items] == [asked[2].id, asked[1].id]
    rest = jobs.listing(desk.ctx, desk.ana, limit=2, cursor=page.next)
    assert ([job.id for job in rest.items], rest.next) == ([asked[0].id], None)
    assert [job.id for job in jobs.listing(desk.ctx, desk.ana, state="done").items] == [asked[0].id]
    assert jobs.counts(desk.ctx) == {"queued": 2, "done": 1}
    with pytest.raises(UsageError, match="cursor"):
        jobs.listing(desk.ctx, desk.ana, cursor="x")


def test_what_is_not_there_cannot_be_shown_or_cancelled(desk):
    for name in ("nothing", "a\x00b"):
        for action in (jobs.show, jobs.cancel):
            with pytest.raises(NotFound, match="no job"):
                action(desk.ctx, desk.ana, name)


def test_who_only_reads_cannot_import_or_cancel(desk, flow):
    upload = desk.upload(desk.log())
    with pytest.raises(Forbidden):
        telemetry.start_import(desk.ctx, desk.viewer, flow, upload)
    assert not upload.exists()
    asked = desk.ask(flow)
    with pytest.raises(Forbidden):
        jobs.cancel(desk.ctx, desk.viewer, asked.id)
    with pytest.raises(Forbidden):
        telemetry.compact(desk.ctx, desk.viewer, flow)
    assert jobs.show(desk.ctx, desk.viewer, asked.id).state == "queued"
    desk.run(asked)


def test_the_journal_of_long_work_is_whole(desk, flow):
    desk.done(flow)
    assert audit.verify(desk.ctx, desk.auditor).ok


def test_a_job_runs_in_this_process_where_there_is_no_worker(inline):
    asked = inline.ask(inline.flow())
    assert inline.wait(asked, "done", "failed").state == "done"


def test_a_job_of_a_process_that_died_goes_on_when_somebody_asks(inline):
    flow = inline.flow()
    elsewhere = replace(inline.ctx, inline_jobs=False)
    asked = telemetry.start_import(elsewhere, inline.ana, flow, inline.upload(inline.log()))
    with transaction(inline.ctx.engine) as connection:
        assert rows.claim(connection, asked.id, "dead", dead=None)
    assert inline.wait(asked, "done", "failed").state == "done"


def test_closing_a_process_gives_its_jobs_back(open_desk):
    desk = open_desk(inline=True)
    flow = desk.flow()
    with desk.busy(flow):
        asked = desk.ask(flow)
        desk.wait(asked, until=lambda job: "Waiting" in job.message)
        desk.ctx.runner.close()
    assert desk.show(asked).state == "queued"


def test_many_jobs_in_one_process_all_end(open_desk):
    desk = open_desk(inline=True)
    flows = [desk.flow() for _ in range(8)]
    asked = [desk.ask(flow) for flow in flows for _ in range(3)]
    assert {desk.wait(job, "done", "failed").state for job in asked} == {"done"}
    assert {desk.ctx.lake.snapshot(flow).events for flow in flows} == {3}
