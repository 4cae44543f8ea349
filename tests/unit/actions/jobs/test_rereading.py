"""A file that was taken with a wrong mapping is told, and read again on purpose: nothing doubled, nothing lost."""

from types import SimpleNamespace

import duckdb
import pytest

from bos.actions import jobs, rereading, taken, work
from bos.actions.rights import WITHHELD
from bos.actions.telemetry import rejects
from bos.auth.actor import Actor
from bos.errors import Forbidden, Invalid, NotFound
from bos.model.standing import account, outdated
from bos.store.engine import transaction
from tests.unit.actions.jobs.watched import HEAD, SAM

WHY = "The step was mapped to the branch."
WRONG = "case=loan,step=branch,time=at"
RIGHT = "case=loan,step=event,time=at"
COLUMNS = "loan,event,at,branch,teller\n"


def row(number):
    return f"c{number},opened,2026-01-0{number}T10:00:00Z,north,t{number}"


def steps(watched):
    """Return case and step of every event of the flow, as DuckDB reads them in its files."""
    files = [str(file) for file in watched.ctx.lake.table(watched.flow).snapshot().files]
    return duckdb.execute("SELECT case_id, step FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()


def listed(watched, actor=SAM):
    found = taken.listing(watched.ctx, actor, watched.flow, connection=None, limit=100).items
    return {one.name: one for one in found}


def again(watched, name, **over):
    """Ask that a file is read again; return the job, run."""
    asked = {"connection": watched.connection, "rationale": WHY, **over}
    job = rereading.start(watched.ctx, SAM, watched.flow, asked["connection"], name, rationale=asked["rationale"])
    work.run_job(watched.ctx, job.id, "test")
    return jobs.show(watched.ctx, SAM, job.id)


@pytest.fixture
def wrong(watched):
    """Return a folder of two files that were taken with the wrong column as the step, one with a row that cannot be."""
    watched.save(map=WRONG)
    watched.put("a.csv", row(1), row(2), "c9,opened,soon,north,t", head=COLUMNS)
    watched.put("b.csv", row(2), row(3), head=COLUMNS)
    assert watched.took() == {"a.csv": ("taken", 2), "b.csv": ("taken", 1)}
    return watched


def test_each_file_says_what_it_brought_and_which_columns_nobody_read(wrong):
    found = listed(wrong)
    assert {name: (one.read, one.added, one.duplicates, one.rejected) for name, one in found.items()} == {
        "a.csv": (3, 2, 0, 1), "b.csv": (2, 1, 1, 0),
    }  # fmt: skip
    assert account(found["b.csv"]) == "2 rows read, 1 new, 1 already there; columns not read: event, teller"
    assert not any(one.earlier for one in found.values())
    assert wrong.health().earlier == 0
    one = found["b.csv"].model_copy(update={"read": 1, "duplicates": 0, "unread_columns": ()})
    assert account(one) == "1 row read, 1 new"


def test_a_file_taken_with_an_earlier_mapping_is_told_and_read_again_in_place_of_what_it_brought(wrong):
    wrong.save(map=RIGHT)
    assert wrong.took() == {"a.csv": ("known", 0), "b.csv": ("known", 0)}
    assert steps(wrong) == [("c1", "north"), ("c2", "north"), ("c3", "north")]
    assert (wrong.health().earlier, outdated(2)) == (2, "2 files were taken with an earlier mapping.")
    assert listed(wrong)["a.csv"].earlier
    done = again(wrong, "a.csv")
    assert done.state == "done", done.error
    told = {name: done.result[name] for name in ("withdrawn", "read", "added", "duplicates", "rejected")}
    assert told == {"withdrawn": 2, "read": 3, "added": 2, "duplicates": 0, "rejected": 1}
    assert steps(wrong) == [("c1", "opened"), ("c2", "opened"), ("c3", "north")]
    assert b"soon" in b"".join(rejects(wrong.ctx, SAM, wrong.flow, done.result["batch"]))
    assert (wrong.health().earlier, wrong.health().rows) == (1, 3)
    assert again(wrong, "b.csv").result["duplicates"] == 1
    assert steps(wrong) == [("c1", "opened"), ("c2", "opened"), ("c3", "opened")]
    found = listed(wrong)
    assert (found["b.csv"].earlier, found["b.csv"].unread_columns) == (False, ("branch", "teller"))
    assert (wrong.health().earlier, wrong.health().rows) == (0, 3)
    assert wrong.took() == {"a.csv": ("known", 0), "b.csv": ("known", 0)}
    with transaction(wrong.ctx.engine) as session:
        asked = "SELECT actor, rationale FROM journal WHERE id = %s AND tag = 'telemetry.reread'"
        assert [tuple(one) for one in session.exec_driver_sql(asked, (wrong.flow,))] == [("sam", WHY)] * 2


def test_a_rereading_done_again_after_its_import_was_committed_doubles_nothing(wrong):
    wrong.save(map=RIGHT)
    sha256 = wrong.look().result["files"][0]["sha256"]
    one = SimpleNamespace(flow=wrong.flow, connection=wrong.connection, name="a.csv", sha256=sha256)
    for job in ("first", "first", "second"):  # their records are lost, as with processes that are killed
        rereading.run_rereading(wrong.ctx, job, vars(one), lambda *_: None)
        assert steps(wrong) == [("c1", "opened"), ("c2", "opened"), ("c3", "north")]
    (wrong.folder / "a.csv").unlink()
    rereading.run_rereading(wrong.ctx, "second", vars(one), lambda *_: None)
    wrong.put("a.csv", row(1), row(2), "c9,opened,soon,north,t", head=COLUMNS)
    assert again(wrong, "a.csv").result["withdrawn"] == 2
    assert steps(wrong) == [("c1", "opened"), ("c2", "opened"), ("c3", "north")]


def test_what_was_not_taken_changed_since_or_cannot_be_read_is_refused_and_nothing_changes(wrong):
    before = steps(wrong)
    with pytest.raises(NotFound, match="No file"):
        again(wrong, "c.csv")
    wrong.save(map="case=loan,step=nothing,time=at")
    failed = again(wrong, "a.csv")
    assert (failed.state, failed.error["code"]) == ("failed", "input")
    assert f"setting map of the connection {wrong.connection}" in failed.error["hint"]
    wrong.put("a.csv", row(4), head=COLUMNS)
    assert again(wrong, "a.csv").error["code"] == "changed"
    (wrong.folder / "a.csv").unlink()
    assert again(wrong, "a.csv").error["code"] == "not-found"
    assert steps(wrong) == before


def test_who_may_import_and_keep_telemetry_reads_again_with_a_reason(wrong):
    ana = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
    with pytest.raises(Forbidden, match="have a file that was taken read again"):
        rereading.start(wrong.ctx, ana, wrong.flow, wrong.connection, "a.csv", rationale=WHY)
    with pytest.raises(Invalid, match="rationale"):
        rereading.start(wrong.ctx, SAM, wrong.flow, wrong.connection, "a.csv", rationale=" ")
    vic = Actor("vic", "Vic", roles=frozenset({"viewer"}))
    wrong.put("z.csv", "1,2", head="nothing,of\n")
    wrong.look()
    first, *_ = listed(wrong, vic).values()
    assert (first.name, first.problem) == ("z.csv", WITHHELD)
    with pytest.raises(NotFound):
        taken.listing(wrong.ctx, SAM, "nowhere", connection=None, limit=100)


def test_another_time_zone_counts_and_a_mapping_that_cannot_be_read_tells_nothing(watched):
    watched.put("a.csv", "c1,opened,2026-01-02T10:00:00", head=HEAD)
    watched.save(map=RIGHT, time_zone="UTC")
    assert watched.took() == {"a.csv": ("taken", 1)}
    assert watched.health().earlier == 0
    watched.save(map=RIGHT, time_zone="Europe/Berlin")
    assert watched.health().earlier == 1
    watched.save_unread(map="no mapping", time_zone="UTC")
    assert watched.health().earlier == 0


def test_lines_that_are_no_csv_are_told_in_words_of_their_sender(watched):
    (watched.folder / "a.jsonl").write_text('{"loan": "c1", "kind": "opened", "at": "2026-01-02T10:00:00Z"}\n')
    watched.took()
    (told,) = watched.health().files
    assert told.problem == (
        "What was sent has no field 'event'; its fields are 'loan', 'kind', 'at'. (a.jsonl) Say which field is which "
        f"by the setting map of the connection {watched.connection} (case=NAME,step=NAME,time=NAME), or let the sender "
        "name the fields so."
    )
    watched.save_unread(time_zone="Nowhere/Land")
    watched.took()
    assert "(time_zone) Say in which zone times are by the setting" in watched.health().files[0].problem
