"""A home with the pilot flow and 15 generated weeks over a real socket, and a flow whose every event a test names."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

import bos
from bos.actions import changes, documents, reviews
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.generate import generate
from bos.model.diff import Change
from bos.model.roles import SIGNING_ROLES
from bos.settings import Settings
from bos.telemetry.ingest import import_events, import_metrics

if TYPE_CHECKING:
    from pathlib import Path

FLOW = "loan-payment-processing"
METRICS = {"signal": "signal", "time": "time", "value": "value"}


@dataclass
class Pilot:
    """A served home: its settings, its address, and what was generated into it (files of events and of points)."""

    settings: Settings
    url: str
    manifest: Any
    events: tuple[Path, ...]
    metrics: Path

    def week_of(self, incident):
        """Return the ISO week in which a planted incident begins."""
        found = next(one for one in self.manifest.incidents if one.id == incident)
        year, week, _ = found.start.isocalendar()
        return f"{year}-W{week:02d}"


@pytest.fixture(scope="module")
def pilot(serving, module_store_url, tmp_path_factory):
    """Return a served home with the pilot flow and its telemetry."""
    settings = Settings.load(home=tmp_path_factory.mktemp("home"), env={}, database_url=module_store_url)
    # The data begins within a week: the last incident is planted in the eleventh, which ten whole weeks judge.
    made = generate(tmp_path_factory.mktemp("made"), events=40_000, start=date(2025, 12, 29), days=105)
    with serving(settings) as url:
        with bos.connect(settings.home, url=url) as wb:
            wb.templates.create(FLOW)
            for events in (made.events, made.late):
                wb.flow(FLOW).import_events(events, generated=True)
            wb.flow(FLOW).import_metrics(made.metrics, map=METRICS, generated=True)
        yield Pilot(settings, url, made.manifest, (made.events, made.late), made.metrics)


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
    word = f"bos1.42.{'9f' * 32}.20260302T093000Z.{'k' * 43}.{'s' * 86}"
    home = pilot.settings.home
    return lambda report, week, out, flow=FLOW: launch(report, flow, week, out, home, checkpoint=word)


@dataclass
class Small:
    """A flow of payments in New York: three process signals, two system signals, and the KPIs a test gives it."""

    ana = Actor("ana", "Ana", roles=frozenset({"process_owner"}))
    sam = Actor("sam", "Sam", roles=SIGNING_ROLES)

    ctx: Any
    folder: Path
    numbers: Any = field(default_factory=lambda: count(1))

    def make(self, *outcomes, flow="payments", **over):
        """Make the flow with its signals."""
        for name in ("sent", "posted", "returned"):
            content = {"title": name.title(), "type": "process", "binding": {"event": name}}
            documents.put(self.ctx, self.ana, "signal", f"payment.{name}", content, rationale="First.")
        for name, unit in (("latency", "seconds"), ("errors", "ratio")):
            content = {"title": name.title(), "type": "system", "unit": unit}
            documents.put(self.ctx, self.ana, "signal", f"gateway.{name}", content, rationale="First.")
        uses = [{"id": name, "signal": f"payment.{name}", "step": "all"} for name in ("sent", "posted", "returned")]
        systems = [
            {"id": "latency", "signal": "gateway.latency", "affects": ["late"]},
            {"id": "errors", "signal": "gateway.errors", "affects": ["late", "all"]},
        ]
        sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
        template = {
            "title": "Payments",
            "time_zone": "America/New_York",
            "currency": "USD",
            "flow": {
                "correlation_key": ["id"],
                "steps": [{"id": "all", "title": "Take in"}, {"id": "late", "title": "Post"}],
            },
            "process_signals": uses,
            "system_signals": systems,
            "outcomes": list(outcomes),
            "ownership": [
                {"id": name.replace("_", "-"), "covers": name, "accountable": "process_owner"} for name in sections
            ],
            **over,
        }
        return documents.put(self.ctx, self.ana, "template", flow, template, rationale="First.")

    def add(self, *events, flow="payments"):
        """Add events: case, step, time."""
        rows = [("case", "step", "time"), *events]
        mapping = {name: name for name in rows[0]}
        path, batch = self._file(rows)
        import_events(self.ctx.lake, flow, path, mapping=mapping, batch=batch, rejects=self.ctx.rejects, currency="USD")

    def points(self, *points, flow="payments"):
        """Add points of system signals: signal, time, value."""
        path, batch = self._file([tuple(METRICS), *points])
        import_metrics(self.ctx.lake, flow, path, mapping=METRICS, batch=batch, rejects=self.ctx.rejects)

    def _file(self, rows):
        batch = f"b{next(self.numbers)}"
        path = self.folder / f"{batch}.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
        return path, batch

    def review(self, week, flow="payments", now=None):
        """Return the weekly review; ``now`` is what the clock shows."""
        return reviews.weekly(self.ctx, self.ana, flow, week, version="test", now=now)

    def kpis(self, week):
        """Return the KPIs of a review by id."""
        return {kpi.kpi: kpi for kpi in self.review(week).kpis}

    def submit(self, path, value, why, *, op="set", by=None, flow="payments"):
        """Change a value of the template."""
        version = documents.show(self.ctx, self.ana, "template", flow).version
        made = [Change(op=op, path=path, new=value)]
        return changes.submit(
            self.ctx, by or self.ana, "template", flow, base_version=version, changes=made, rationale=why
        )

    def sign(self, group, comment=""):
        """Sign a group as somebody who holds every role that can."""
        return changes.sign(self.ctx, self.sam, group, decision="approve", comment=comment)

    @staticmethod
    def day(week, weekday):
        """Return a day of 2026 by its ISO week and its number, Monday is 1."""
        return date.fromisocalendar(2026, week, weekday)

    @staticmethod
    def outcome(name, formula, unit="count", target=None, **measure):
        """Return a KPI."""
        return {
            "id": name,
            "title": name.replace("_", " ").capitalize(),
            "measure": {"formula": formula, "unit": unit, **measure},
            "target": target,
        }


@pytest.fixture
def small(store_url, tmp_path):
    """Return a small flow that is yet to be made."""
    context = open_context(Settings.load(home=tmp_path / "home", env={}, database_url=store_url))
    yield Small(context, tmp_path)
    context.close()
