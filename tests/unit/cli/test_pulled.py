"""What pulls and tries print: of a pull of which only a part could be read, that part; and how the rest is read."""

from __future__ import annotations

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bos.cli import system
from bos.cli.main import app
from bos.errors import Invalid
from bos.model.answers.pulls import Pulled, PullRow
from bos.model.answers.trying import TriedSignal

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


AGAIN = "latency: They can be read again from then on: bos connector run loans --signal latency --since 2026-03-01T"


def shown(monkeypatch, *arguments, **calls):
    wb = SimpleNamespace(flow=lambda _: SimpleNamespace(**calls))
    monkeypatch.setattr(system, "workbench", lambda _: nullcontext(wb))
    done = CliRunner().invoke(app, ["connector", *arguments])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize(("rejected", "told"), [(0, False), (1, True), (1440, False)])
def test_from_when_on_rows_that_were_not_taken_can_be_read_again_is_printed(monkeypatch, rejected, told):
    found = Pulled(flow="loans", signals=[{**READ, "rejected": rejected}])
    printed = shown(monkeypatch, "run", "loans", pull=lambda *_, **__: found)
    assert (f"{AGAIN}00:00:00+00:00" in printed) == told


@pytest.mark.parametrize("name", ["start", "since", "neither"])
def test_the_list_of_pulls_says_so_too(monkeypatch, name):
    short = {"rows": 3, "at": READ["end"]} | ({name: "2026-03-01T06:00:00Z"} if name != "neither" else {})
    row = PullRow(signal="latency", connection="prom", query="up", rejected=short)
    printed = shown(monkeypatch, "pulls", "loans", pulls=lambda: [row])
    assert "3 rows could not be taken." in printed
    assert (f"{AGAIN}06:00:00+00:00" in printed) == (name != "neither")


@pytest.mark.parametrize("spanless", [True, False])
def test_a_try_without_a_whole_span_says_so_and_not_that_the_system_has_no_row(monkeypatch, spanless):
    found = TriedSignal(
        flow="loans", signal="latency", connection="prom", query="up", start=READ["start"], end=READ["start"],
        events=False, read=0, more=False, taken=0, counted=0, columns=(), hidden=(), fields=(), problem="", hint="",
        reasons=(), notes=(), rows=(), spanless=spanless,
    )  # fmt: skip
    printed = shown(monkeypatch, "try", "loans", "latency", try_signal=lambda *_, **__: found)
    assert ("No whole span" in printed) == spanless
    assert ("no row" in printed) != spanless
