"""Frozen runs of every kind in one shape, and what one of them told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.model.answers.dashboards import DashboardRun
from bos.model.answers.kpis import KpiValue
from widgets.surface.moments import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bos.model.answers.dashboards import DashboardRunRow
    from bos.model.answers.kpis import KpiRun, RunDifference
    from bos.model.answers.reports import Pack


@dataclass(frozen=True, slots=True)
class Frozen:
    """A run as a list shows it: ``kind`` is kpi, dashboard or report, ``of`` what it is of, in words or KPIs.

    ``result`` is its SHA-256; a pack has no engine, and its ``version`` is not told.
    KPIs are told of a period ``[start, end)``; an end that is missing is open. ``by`` is what they are split by.
    """

    run: str
    kind: str
    at: datetime
    author: str
    of: str | tuple[str, ...]
    result: str
    version: int | None = None
    engine: str = ""
    snapshot: str = ""
    start: datetime | None = None
    end: datetime | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """What came of a run that was computed again, or of the file of a pack: ``hash`` is what its SHA-256 is now."""

    same: bool
    hash: str | None
    reasons: tuple[str, ...] = ()
    differences: tuple[RunDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a run told: its values, the period ``[start, end)`` and buckets, zones by KPI, and filters."""

    of: Frozen
    values: tuple[KpiValue, ...]
    start: datetime | None
    end: datetime | None
    zone: str
    by: str = ""
    zones: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Any] = field(default_factory=dict)


def of_kpis(run: KpiRun) -> Frozen:
    """Return a run of KPIs."""
    names = tuple(dict.fromkeys(value.kpi for value in run.values))
    snapshot = run.snapshot or ""
    start, end = (moment_of(run.options.get(name) or "") for name in ("start", "end"))
    split = (run.options.get("by"), *(run.options.get("dimensions") or ()))
    return Frozen(
        run.run, "kpi", run.at, run.author, names, run.result_hash, run.template_version, run.engine, snapshot,
        start, end, tuple(name.replace("_", " ") for name in split if name),
    )  # fmt: skip


def of_dashboard(row: DashboardRunRow | DashboardRun) -> Frozen:
    """Return a run of a dashboard."""
    words = row.window.words if isinstance(row, DashboardRun) else row.period
    snapshot = row.snapshot or ""
    return Frozen(
        row.run, "dashboard", row.at, row.author, words, row.result_hash, row.template_version, row.engine, snapshot
    )


def of_pack(pack: Pack) -> Frozen:
    """Return an archived report."""
    words = " ".join(filter(None, (pack.report, pack.period)))
    return Frozen(pack.pack, "report", pack.at, pack.author, words, pack.html_sha256, snapshot=pack.snapshot or "")


def told_by_kpis(run: KpiRun, zone: str) -> Told:
    """Return what a run of KPIs told; ``zone`` is that of the flow."""
    of = of_kpis(run)
    return Told(of, run.values, of.start, of.end, zone, run.options.get("by") or "", run.time_zones)


def told_by_dashboard(run: DashboardRun) -> Told:
    """Return what the tiles of a dashboard told, those that had a value."""
    values = tuple(
        KpiValue(kpi=one.id, value=one.value, unit=one.unit, n=one.n)
        for one in run.panels
        if one.kind == "kpi" and one.value is not None
    )
    window = run.window
    return Told(of_dashboard(run), values, window.start, window.end, window.time_zone, filters=run.filters)
