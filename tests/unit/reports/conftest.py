"""A home with the pilot flow and 13 generated weeks, over a real socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import bos
from bos.generate import generate
from bos.settings import Settings

FLOW = "loan-payment-processing"


@dataclass
class Pilot:
    """A served home: its settings, its address, and what was generated into it."""

    settings: Settings
    url: str
    manifest: Any

    def week_of(self, incident):
        """Return the ISO week in which a planted incident begins."""
        found = next(one for one in self.manifest.incidents if one.id == incident)
        year, week, _ = found.start.isocalendar()
        return f"{year}-W{week:02d}"


@pytest.fixture(scope="module")
def pilot(serving, module_store_url, tmp_path_factory):
    """Return a served home with the pilot flow and its telemetry."""
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), env={}, database_url=module_store_url)
    made = generate(tmp_path_factory.mktemp("made"), events=40_000)
    with serving(settings) as url:
        with bos.connect(settings.home, url=url) as wb:
            wb.templates.create(FLOW)
            for events in (made.events, made.late):
                wb.flow(FLOW).import_events(events, generated=True)
        yield Pilot(settings, url, made.manifest)


@pytest.fixture
def wb(pilot):
    """Return a workbench on the served home."""
    with bos.connect(pilot.settings.home, url=pilot.url) as workbench:
        yield workbench


@pytest.fixture
def launched(pilot, monkeypatch):
    """Return a function that runs a report as the command line does, against the served home."""
    from bos.reports.launch import launch  # noqa: PLC0415 - a face loads when it is used

    monkeypatch.setenv("BOS_URL", pilot.url)
    return lambda report, week, out, flow=FLOW: launch(report, flow, week, out, pilot.settings.home)
