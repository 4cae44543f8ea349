"""A worker that watches a folder is killed at any moment: every file is in the lake once."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from bos.actions import connection_health, documents, pull_times, rereading, taking
from bos.auth.actor import Actor
from bos.store import jobs as stored
from bos.store.engine import transaction

SAM = Actor("sam", "Sam", roles=frozenset({"sre", "data_steward"}))
ROUNDS, KILLS, FILES = 5, 3, 8  # a job that ends its process four times is given up


@pytest.mark.full
def test_workers_killed_while_they_take_files_take_each_once(works, tmp_path, monkeypatch):
    monkeypatch.setenv("BOS_INCOMING_FOLDERS", str(tmp_path))
    works.ctx = replace(works.ctx, settings=replace(works.ctx.settings, incoming_folders=str(tmp_path)))
    flow, chance, rows, files = works.flow(), random.Random(29), 0, 0
    settings = {"flow": flow, "settle_seconds": "0", "map": "case=loan,step=event,time=at"}
    document = {"id": "drop", "title": "Drop", "connector": "files", "address": f"file://{tmp_path}"}
    documents.put(
        works.ctx, SAM, "connection", "drop", document | {"settings": settings, "pull_every": "1 minute"},
        rationale="Why.",
    )  # fmt: skip
    (tmp_path / "broken.csv").write_text("nothing,of\n1,2\n")

    def under_way():
        with transaction(works.ctx.engine) as session:
            return stored.under_way(session, taking.TASK, flow)

    for number in range(ROUNDS):
        for file in range(FILES):
            many = chance.randint(1, 20_000)
            lines = [f"c{number}-{file}-{n},opened,2026-01-02T10:00:00Z" for n in range(many)]
            (tmp_path / f"{number}-{file}.csv").write_text("\n".join(["loan,event,at", *lines]) + "\n")
            rows, files = rows + many, files + 1
        pull_times.tick(works.ctx, datetime.now(UTC) + timedelta(days=number + 1))
        for _ in range(KILLS):
            process = works.start()
            time.sleep(chance.uniform(1.0, 3.0))
            process.kill()
            process.wait()
        with works.worker():
            deadline = time.monotonic() + 60
            while under_way():
                assert time.monotonic() < deadline, works.log()
                time.sleep(0.05)
    pull_times.tick(works.ctx, datetime.now(UTC) + timedelta(days=ROUNDS + 1))
    with works.worker():
        deadline = time.monotonic() + 60
        while under_way():
            assert time.monotonic() < deadline, works.log()
            time.sleep(0.05)
    found = [str(file) for file in works.ctx.lake.table(flow).snapshot().files]
    query = "SELECT count(*), count(DISTINCT case_id) FROM read_parquet(?)"
    assert duckdb.execute(query, [found]).fetchall() == [(rows, rows)]
    assert works.rows("SELECT count(*) FROM batch WHERE flow = %s", flow) == [(files,)]
    noted = "SELECT count(*) FROM journal WHERE id = %s AND tag = 'telemetry.imported'"
    assert works.rows(noted, flow) == [(files,)]
    (health,) = [one for one in connection_health.health(works.ctx, SAM).items if one.connection == "drop"]
    assert (health.rows, health.untaken, [one.name for one in health.files]) == (rows, 1, ["broken.csv"])


@pytest.mark.full
def test_workers_killed_while_they_read_a_file_again_leave_each_row_once_at_every_moment(works, tmp_path, monkeypatch):
    monkeypatch.setenv("BOS_INCOMING_FOLDERS", str(tmp_path))
    works.ctx = replace(works.ctx, settings=replace(works.ctx.settings, incoming_folders=str(tmp_path)))
    flow, chance, many = works.flow(), random.Random(31), 60_000
    lines = [f"c{number},opened,2026-01-02T10:00:00Z,north" for number in range(many)]
    (tmp_path / "a.csv").write_text("\n".join(["loan,event,at,branch", *lines]) + "\n")
    (tmp_path / "b.csv").write_text("loan,event,at,branch\nother,closed,2026-01-03T10:00:00Z,south\n")
    steps, version = set(), None
    document = {"id": "again", "title": "Drop", "connector": "files", "address": f"file://{tmp_path}"}

    def save(step):
        nonlocal version
        settings = {"flow": flow, "settle_seconds": "0", "map": f"case=loan,step={step},time=at"}
        done = {**document, "settings": settings}
        told = documents.put(works.ctx, SAM, "connection", "again", done, rationale="Why.", base_version=version)
        version = told.version

    def seen():
        files = [str(file) for file in works.ctx.lake.table(flow).snapshot().files]
        query = (
            "SELECT step, count(*), count(DISTINCT case_id) FROM read_parquet(?) WHERE case_id <> 'other' GROUP BY 1"
        )
        ((step, rows, cases),) = duckdb.execute(query, [files]).fetchall()
        assert (rows, cases) == (many, many)
        steps.add(step)
        return step

    def ended(job):
        ((state,),) = works.rows("SELECT state FROM job WHERE id = %s", job)
        return state in {"done", "failed"}

    save("branch")
    job = taking.start(works.ctx, SAM, flow, "again").id
    with works.worker():
        while not ended(job):
            time.sleep(0.05)
    for number in range(ROUNDS):
        step = ("event", "branch")[number % 2]
        save(step)
        job = rereading.start(works.ctx, SAM, flow, "again", "a.csv", rationale="The mapping was wrong.").id
        for _ in range(KILLS):
            process = works.start()
            deadline = time.monotonic() + chance.uniform(1.0, 4.0)
            while time.monotonic() < deadline:
                seen()
                time.sleep(0.02)
            process.kill()
            process.wait()
        with works.worker():
            deadline = time.monotonic() + 60
            while not ended(job):
                assert time.monotonic() < deadline, works.log()
                seen()
                time.sleep(0.05)
        assert seen() == ("opened", "north")[number % 2]
        assert works.rows("SELECT state FROM job WHERE id = %s", job) == [("done",)]
    assert steps == {"opened", "north"}
    noted = "SELECT count(*) FROM journal WHERE id = %s AND tag = 'telemetry.reread'"
    assert works.rows(noted, flow) == [(ROUNDS,)]
