"""A pull of which only a part could be read prints that part, and fails."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bos.cli import system
from bos.cli.main import app
from bos.errors import Invalid
from bos.model.answers.pulls import Pulled

READ = {
    "signal": "latency", "connection": "prom", "start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z",
    "read": 1440, "added": 1439, "rejected": 0,
}  # fmt: skip


@pytest.fixture
def _broken(monkeypatch):
    def pull(*_, **__):
        raise Invalid("depth of loans: It refuses the query.", details={"signals": [READ]})

    wb = SimpleNamespace(flow=lambda _: SimpleNamespace(pull=pull))
    monkeypatch.setattr(system, "workbench", lambda _: nullcontext(wb))


@pytest.mark.usefixtures("_broken")
def test_what_was_read_is_printed_beside_the_error_of_what_was_not():
    done = CliRunner().invoke(app, ["connector", "run", "loans"])
    assert done.exit_code == 1
    assert "latency" in done.stdout
    assert "1,439" in done.stdout or "1439" in done.stdout
    assert "depth of loans: It refuses the query." in done.stderr
    done = CliRunner().invoke(app, ["connector", "run", "loans", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["signals"][0]["added"]) == (1, 1439)


def test_rows_of_the_future_are_told_with_the_signal(monkeypatch):
    far = {**READ, "ahead": 1, "farthest": "2062-03-01T09:00:00Z"}
    found = Pulled(flow="loans", signals=[far])
    wb = SimpleNamespace(flow=lambda _: SimpleNamespace(pull=lambda *_, **__: found))
    monkeypatch.setattr(system, "workbench", lambda _: nullcontext(wb))
    done = CliRunner().invoke(app, ["connector", "run", "loans"])
    assert "latency: 1 row lies in the future, the latest 1 Mar 2062 09:00 UTC; look at its times." in done.output
