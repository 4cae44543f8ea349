"""What a demo says of the telemetry it finds, and when it adds some of its own."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

import bos
from bos.cli import pilot
from bos.model.answers.telemetry import TelemetryStatus


def status(**told):
    return TelemetryStatus(flow=pilot.FLOW, snapshot="s@1", cases=3, **told)


@pytest.mark.parametrize(
    ("told", "adds", "words"),
    [
        ({}, True, "0 generated events"),
        ({"events": 5, "generated": True}, True, "5 generated events"),
        ({"events": 5, "metric_points": 2, "generated": True}, False, "5 generated events"),
        (
            {"events": 9, "metric_points": 2, "generated": True, "recorded": True},
            False,
            "9 generated and imported events",
        ),
        ({"events": 4, "recorded": True}, False, "4 imported events"),
    ],
)
def test_a_demo_adds_nothing_to_telemetry_of_somebodys_own_and_calls_each_what_it_is(
    monkeypatch, tmp_path, capsys, told, adds, words
):
    found, added = status(**told), []
    flow = SimpleNamespace(status=lambda: found.model_copy(update={"generated": True}) if added else found)
    bench = SimpleNamespace(templates=SimpleNamespace(get=lambda _: None), flow=lambda _: flow)
    monkeypatch.setattr(bos, "connect", lambda *_, **__: nullcontext(bench))
    monkeypatch.setattr(pilot, "_import", added.append)
    pilot.fill(tmp_path, "http://127.0.0.1")
    assert bool(added) is adds
    assert f"Telemetry: {words} of 3 payments." in capsys.readouterr().out
