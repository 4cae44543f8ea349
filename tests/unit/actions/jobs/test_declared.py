"""Every task that a job can be says what its answer may quote; one that nobody knows quotes whatever it likes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bos.actions import jobs
from bos.actions.declared import DECLARED, declared
from bos.actions.rights import UNTOLD, WITHHELD
from bos.actions.tasks import TASKS

ROWS = {"telemetry.import", "telemetry.take", "telemetry.reread", "hook.read"}
SYSTEM = {"telemetry.pull", "dashboard.place"}
ERROR = {
    "code": "input",
    "detail": "Row 1: SECRET",
    "hint": "SECRET",
    "problems": ["SECRET"],
    "details": {"a": "SECRET"},
}


def test_every_task_that_runs_is_declared_and_no_other():
    assert set(DECLARED) == set(TASKS)
    assert {name for name, one in DECLARED.items() if one.words == "rows"} == ROWS
    assert {name for name, one in DECLARED.items() if one.words == "system"} == SYSTEM
    assert {name for name, one in DECLARED.items() if one.lists} == ROWS | {"telemetry.pull"}
    assert [name for name, one in DECLARED.items() if one.sent] == ["telemetry.import"]


@pytest.mark.parametrize("task", [*sorted(ROWS | SYSTEM), "of.another.bos"])
def test_the_journal_keeps_of_what_may_quote_its_kind_alone(task):
    kept = jobs._kept(task, ERROR)
    instead = UNTOLD if task in SYSTEM else WITHHELD
    assert kept == {"code": "input", "detail": instead, "hint": "", "problems": [], "details": {}}


def test_a_task_that_is_not_declared_is_told_to_who_may_read_rows_alone(monkeypatch):
    row = SimpleNamespace(task="of.another.bos", author="ana", arguments={"flow": "f"})
    job = jobs.Job.model_construct(
        task=row.task, error=ERROR, result={"files": [{"name": "a.csv", "problem": "SECRET", "reasons": {"SECRET": 1}}]}
    )
    monkeypatch.setattr(jobs, "answer_of", lambda _: job)
    for may in (True, False):
        monkeypatch.setattr(jobs, "may_read_rows", lambda *_, may=may: may)
        told = jobs._told(None, row, SimpleNamespace(person="ana"))
        assert ("SECRET" in str((told.error, told.result))) == may
    assert told.result["files"][0]["name"] == "a.csv"
    assert declared("telemetry.compact").words == ""
