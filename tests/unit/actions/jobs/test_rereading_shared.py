"""Rows that several files have, or several contents of one: none is lost by reading again unless that is told."""

from dataclasses import replace

import duckdb
import pytest
from sqlalchemy import text

from bos.actions import jobs, rereading, taken, taking, work
from bos.model.standing import account
from bos.store.engine import transaction
from tests.unit.actions.jobs.watched import SAM, Watched, switch_off

HEAD = "id,loan,event,at,amt,fee\n"
MAP = "event_id=id,case=loan,step=event,time=at,amount="


def row(name, amount="1.00", fee="9.00", time="2026-01-02T10:00:00Z"):
    return f"{name},c-{name},opened,{time},{amount},{fee}"


def amounts(watched):
    """Return id and amount of every event of the flow, as DuckDB reads them in its files."""
    files = [str(file) for file in watched.ctx.lake.table(watched.flow).snapshot().files]
    found = duckdb.execute("SELECT case_id, amount::varchar FROM read_parquet(?) ORDER BY ALL", [files]).fetchall()
    return {case.removeprefix("c-"): amount for case, amount in found}


def listed(watched):
    found = taken.listing(watched.ctx, SAM, watched.flow, connection=None, limit=100).items
    return {one.name: one for one in found}


def run(watched, job):
    work.run_job(watched.ctx, job.id, "test")
    done = jobs.show(watched.ctx, SAM, job.id)
    assert done.state == "done", done.error
    return done.result


def take(watched):
    found = run(watched, taking.start(watched.ctx, SAM, watched.flow, watched.connection))["files"]
    return {one["name"]: (one["state"], one["added"], one["duplicates"], one["rejected"]) for one in found}


def again(watched, name):
    return run(watched, rereading.start(watched.ctx, SAM, watched.flow, watched.connection, name, rationale="Why."))


@pytest.fixture
def other(watched, tmp_path):
    """Return a second folder, whose files go into the same flow over a connection of its own."""
    folder = tmp_path / "other"
    folder.mkdir()
    one = Watched(replace(watched.ctx), watched.flow, folder)
    one.connection = f"{watched.flow}.other"
    one.save(map=f"{MAP}amt")
    yield one
    switch_off(one.ctx, one.connection)


def test_a_file_taken_before_its_connection_was_kept_is_known_once_a_look_finds_it(watched, desk):
    watched.save(map=f"{MAP}amt")
    watched.put("a.csv", row("1"), row("2"), head=HEAD)
    watched.put("b.csv", row("3"), head=HEAD)
    assert take(watched) == {"a.csv": ("taken", 2, 0, 0), "b.csv": ("taken", 1, 0, 0)}
    of = {"flow": watched.flow}
    with transaction(watched.ctx.engine) as session:
        session.execute(text("UPDATE batch SET report = report - 'connection' - 'reading' WHERE flow = :flow"), of)
        session.execute(text("UPDATE taken_file SET batch = '' WHERE flow = :flow AND name = 'a.csv'"), of)
    take(watched)
    found = desk.rows("SELECT report FROM batch WHERE flow = :flow", **of)
    kept = {one.report["file"]: one.report.get("connection") for one in found}
    assert kept == {"a.csv": watched.connection, "b.csv": None}


def test_a_row_that_went_with_one_file_is_told_of_the_other_that_has_it_and_comes_back_from_there(watched, other):
    watched.save(map=f"{MAP}amt")
    watched.put("a-1.csv", row("q1"), row("q2", fee="bad"), head=HEAD)
    other.put("b-1.csv", row("q1"), row("q2", fee="bad"), row("q3"), head=HEAD)
    other.put("c-1.csv", row("q4"), head=HEAD)
    assert take(watched) == {"a-1.csv": ("taken", 2, 0, 0)}
    assert take(other) == {"b-1.csv": ("taken", 1, 2, 0), "c-1.csv": ("taken", 1, 0, 0)}
    assert other.health().files == ()
    watched.save(map=f"{MAP}fee")
    done = again(watched, "a-1.csv")
    assert (done["withdrawn"], done["added"], done["rejected"], done["short"]) == (2, 1, 1, ["b-1.csv"])
    assert amounts(watched) == {"q1": "9.00", "q3": "1.00", "q4": "1.00"}
    assert {name: one.short for name, one in listed(watched).items()} == {
        "a-1.csv": "", "b-1.csv": "a-1.csv", "c-1.csv": "",
    }  # fmt: skip
    (told,) = other.health().files
    assert told.short == "a-1.csv"
    assert "withdrawn with a-1.csv, which had them first and was read again: read this one again" in account(told)
    assert again(other, "b-1.csv")["rejected"] == 1  # q1 is there by a-1.csv, with another amount
    assert amounts(watched) == {"q1": "9.00", "q2": "1.00", "q3": "1.00", "q4": "1.00"}
    assert other.health().files[0].short == ""


def test_what_had_none_of_the_rows_that_went_is_not_named_though_it_had_others_that_were_there(watched, other):
    watched.save(map=f"{MAP}amt")
    watched.put("a-1.csv", row("q1"), row("q2", fee="bad"), head=HEAD)
    other.put("x-1.csv", row("z1"), head=HEAD)
    take(watched)
    take(other)
    other.put("x-2.csv", row("z1"), row("z2"), head=HEAD)  # the first is there by x-1.csv
    other.put("x-3.csv", row("q2", fee="bad"), row("z1"), head=HEAD)
    assert {name: told[2] for name, told in take(other).items()} == {"x-1.csv": 0, "x-2.csv": 1, "x-3.csv": 2}
    watched.save(map=f"{MAP}fee")
    assert again(watched, "a-1.csv")["short"] == ["x-3.csv"]
    with transaction(watched.ctx.engine) as session:  # as imports were kept before
        session.execute(text("UPDATE batch SET report = report - 'shared' WHERE flow = :flow"), {"flow": watched.flow})
    watched.save(map=f"{MAP}amt")
    again(watched, "a-1.csv")
    watched.save(map=f"{MAP}fee")
    assert again(watched, "a-1.csv")["short"] == ["x-2.csv", "x-3.csv"]


def test_files_read_again_whose_rows_all_come_back_name_no_other(watched, other):
    watched.save(map=f"{MAP}amt")
    other.put("d.csv", row("q1"), head=HEAD)
    for name, rows in (("a.csv", ("q1", "q2")), ("b.csv", ("q1", "q3")), ("c.csv", ("q2", "q4"))):
        watched.put(name, *map(row, rows), head=HEAD)
        take(watched)
    take(other)
    assert [again(watched, f"{name}.csv")["short"] for name in "bca"] == [[], [], []]
    assert len(amounts(watched)) == 4


def test_a_file_read_again_that_withdraws_nothing_names_no_other(watched, other):
    watched.save(map=f"{MAP}amt")
    watched.put("a-1.csv", row("q1"), row("q2"), head=HEAD)
    other.put("b-1.csv", row("q1"), row("q3"), head=HEAD)
    assert take(other)["b-1.csv"] == ("taken", 2, 0, 0)
    assert take(watched)["a-1.csv"] == ("taken", 1, 1, 0)
    assert again(watched, "a-1.csv")["short"] == []
    assert again(other, "b-1.csv")["short"] == []
    assert amounts(watched) == {"q1": "1.00", "q2": "1.00", "q3": "1.00"}


def test_a_file_that_was_rewritten_with_the_same_ids_goes_on_being_named_and_its_rows_are_replaced(watched):
    watched.save(map=f"{MAP}amt")
    watched.put("a.csv", row("q1"), row("q2"), head=HEAD)
    take(watched)
    watched.put("b.csv", row("q9"), head=HEAD)
    take(watched)
    watched.save(map=f"{MAP}fee")
    watched.put("a.csv", row("q1"), row("q2", fee="8.00"), row("q3"), head=HEAD)
    assert take(watched) == {"a.csv": ("taken", 1, 0, 2), "b.csv": ("known", 0, 0, 0)}
    assert amounts(watched) == {"q1": "1.00", "q2": "1.00", "q3": "9.00", "q9": "1.00"}
    assert watched.health().earlier == 2
    assert listed(watched)["a.csv"].earlier
    watched.put("a.csv", row("q1"), row("q2", fee="7.00"), head=HEAD)
    assert take(watched)["a.csv"] == ("taken", 0, 0, 2)
    assert listed(watched)["a.csv"].earlier
    done = again(watched, "a.csv")
    assert (done["withdrawn"], done["added"], done["rejected"], done["staying"]) == (2, 2, 0, 1)
    assert amounts(watched) == {"q1": "9.00", "q2": "7.00", "q3": "9.00", "q9": "1.00"}
    assert (watched.health().earlier, listed(watched)["a.csv"].earlier) == (1, False)
    watched.put("a.csv", row("q1"), row("q2", fee="8.00"), row("q3"), head=HEAD)
    assert take(watched)["a.csv"][0] == "known"
    assert listed(watched)["a.csv"].earlier
    assert again(watched, "a.csv")["rejected"] == 0
    assert amounts(watched) == {"q1": "9.00", "q2": "8.00", "q3": "9.00", "q9": "1.00"}


def test_what_another_file_says_now_does_not_give_way_to_a_file_that_had_said_it_before(watched):
    watched.save(map=f"{MAP}amt")
    watched.put("a.csv", row("q1"), row("q2"), head=HEAD)
    take(watched)
    (watched.folder / "a.csv").rename(watched.folder / "b.csv")
    watched.put("a.csv", row("q1", amount="5.00"), head=HEAD)
    assert take(watched) == {"a.csv": ("taken", 0, 0, 1), "b.csv": ("known", 0, 0, 0)}
    assert again(watched, "a.csv")["withdrawn"] == 0
    assert amounts(watched) == {"q1": "1.00", "q2": "1.00"}
