"""Runs computed again: the same bytes after whatever happened since, or exactly why not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bos.actions import changes, dashboards, documents, kpis, reruns, restating
from bos.errors import NotFound
from bos.kpi import engine
from bos.model.diff import Change
from bos.store import kpis as stored
from bos.store.engine import reading
from bos.store.tables import journal


def move_on(ctx, ana, flow, add):
    """Change the template and a signal, add late data, and compact the lake."""
    change = Change(op="set", path="outcomes[sent].measure", new={"formula": "count(received)", "unit": "count"})
    changes.submit(ctx, ana, "template", flow, base_version=1, changes=[change], rationale="Received counts.")
    found = documents.show(ctx, ana, "signal", "payment.posted")
    content = {**found.document, "title": "Booked"}
    documents.put(ctx, ana, "signal", "payment.posted", content, base_version=found.version, rationale="Its name.")
    add("late", [("p9", "payment.initiated", "2026-02-02T09:00:00Z", "1.00", "web")])
    assert ctx.lake.compact(flow).changed


@pytest.fixture
def frozen(ctx, ana, flow):
    asked = {"by": "month", "dimensions": ["channel"], "compare": "previous"}
    runs = [kpis.evaluate(ctx, ana, flow), kpis.evaluate(ctx, ana, flow, kpis=["sent"], **asked)]
    return runs, dashboards.build(ctx, ana, flow, split="channel")


def test_a_run_comes_out_the_same_after_a_change_of_the_template_late_data_and_a_compaction(
    ctx, ana, flow, add, frozen
):
    runs, board = frozen
    html = dashboards.html(ctx, ana, board.run)
    move_on(ctx, ana, flow, add)
    assert kpis.evaluate(ctx, ana, flow).result_hash != runs[0].result_hash
    for run in (*runs, board):
        again = reruns.rerun(ctx, ana, run.run)
        assert (again.same, again.now_hash, again.reasons, again.differences) == (True, run.result_hash, (), ())
    assert [reruns.rerun(ctx, ana, run.run).kind for run in (runs[0], board)] == ["kpi", "dashboard"]
    assert dashboards.html(ctx, ana, board.run) == html
    assert kpis.run(ctx, ana, runs[0].run) == runs[0]
    with reading(ctx.engine) as connection:
        told = connection.execute(journal.select().where(journal.c.tag == "run.repeated")).all()
    assert {row.after["run"] for row in told} == {run.run for run in (*runs, board)}


def test_a_run_of_before_missing_events_were_told_apart_comes_out_with_its_noughts(ctx, ana, flow):
    april = {"start": datetime(2026, 4, 1, tzinfo=UTC), "end": datetime(2026, 5, 1, tzinfo=UTC)}
    run = kpis.evaluate(ctx, ana, flow, kpis=["sent"], **april)
    (told,) = run.values
    assert (told.value, told.no_data.words) == (None, "No data since 3 Feb 2026 04:00: Initiated")
    assert reruns.rerun(ctx, ana, run.run).same
    nought = told.model_copy(update={"value": 0, "no_data": None})
    asked = {name: value for name, value in run.options.items() if name != "silence"}
    changed = {"run": "0" * 32, "options": asked, "values": (nought,), "result_hash": kpis.hash_of((nought,))}
    old = run.model_copy(update=changed)
    kept = {name: getattr(old, name) for name in ("run", "flow", "snapshot", "author", "result_hash", "at")}
    with ctx.engine.begin() as connection:
        stored.write(connection, {**kept, "record": old.model_dump(mode="json")})
    again = reruns.rerun(ctx, ana, old.run)
    assert (again.same, again.now_hash, again.reasons) == (True, old.result_hash, ())
    assert restating.restated(ctx, ana, old.run).items == ()


@pytest.mark.parametrize("harm", ["content", "length", "gone"])
def test_a_damaged_data_file_is_named_and_nothing_is_counted_from_it(ctx, ana, flow, frozen, harm):
    (run, _), board = frozen
    (path,) = (Path(name) for name in ctx.lake.snapshot(flow).files)
    whole = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    else:
        whole[len(whole) // 3] ^= 1
        path.write_bytes(whole if harm == "content" else whole[:-1])
    for name in (run.run, board.run):
        again = reruns.rerun(ctx, ana, name)
        assert (again.same, again.now_hash) == (False, None)
        words = {"content": "has other content", "length": "has 3,", "gone": "is missing"}[harm]
        assert f"The snapshot payments@1 (events) is not as it was: {path.name} {words}" in again.reasons[0]


def test_another_result_is_told_value_by_value(ctx, ana, frozen, monkeypatch):
    run = frozen[0][0]
    original = reruns.answers

    def counts_otherwise(*args, **options):
        values, queries = original(*args, **options)
        return tuple(v.model_copy(update={"value": 4}) if v.kpi == "sent" else v for v in values), queries

    monkeypatch.setattr(reruns, "answers", counts_otherwise)
    again = reruns.rerun(ctx, ana, run.run)
    assert not again.same
    assert again.now_hash not in {None, again.then_hash}
    assert [(one.where, one.then["value"], one.now["value"]) for one in again.differences] == [("sent", 3, 4)]
    assert "another BOS" in again.reasons[0]


def test_queries_that_are_written_otherwise_are_told_apart_from_numbers(ctx, ana, frozen, monkeypatch):
    runs, board = frozen
    original = engine.compile_sql
    monkeypatch.setattr(engine, "compile_sql", lambda *args, **options: f"{original(*args, **options)} -- as now")
    assert reruns.rerun(ctx, ana, runs[0].run).same
    again = reruns.rerun(ctx, ana, board.run)
    assert not again.same
    assert {one.where.rpartition(".")[2] for one in again.differences} == {"queries"}
    assert "Every number is as it was" in again.reasons[0]


def test_a_run_that_is_not_there_is_told(ctx, ana):
    for name in ("nothing", "\x00"):
        with pytest.raises(NotFound, match="no run"):
            reruns.rerun(ctx, ana, name)
