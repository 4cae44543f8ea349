"""A dashboard run and its KPIs, made by hand: what golden files and hostile texts are tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bos.dashboards.exports.cards import Card, Query
from bos.model.answers.dashboards import DashboardRun, DashboardWindow, Panel, TargetMark

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def outcome(name, title, *, target=None, thresholds=(), formula="count(posted)", unit="count"):
    return {
        "id": name, "title": title, "description": "What it tells.", "target": target, "thresholds": list(thresholds),
        "measure": {"formula": formula, "unit": unit},
    }  # fmt: skip


def tile(name, title, unit="count", **more):
    target = TargetMark(value=0.03, direction="at_most", shown="at most 3 %") if unit == "ratio" else None
    own = {"kind": "kpi", "summary": title, "owner": "business_owner", "period": "all", "target": target}
    return Panel(id=name, title=title, unit=unit, **{**own, **more})


def run_of(*panels, title="Payments", **more):
    window = DashboardWindow(by="hour", time_zone="UTC", words="all")
    own = {"run": "c4ca4238a0b923820dcc509a6f75849b", "dashboard": "payments", "dashboard_version": 1}
    own |= {"flow": "payments", "template_version": 4, "snapshot": "payments@7", "at": AT, "author": "ana"}
    return DashboardRun(**{**own, "title": title, "window": window, "panels": panels, "result_hash": "0", **more})


def cards_of(text='sum(x{channel="web"})', title="Return rate", why="PromQL cannot say `duration`."):
    """Return a KPI with both queries, and one that the language cannot say."""
    target = {"value": 0.03, "direction": "at_most", "source": ""}
    levels = [{"id": "w", "level": "warning", "value": 0.02}, {"id": "b", "level": "breach", "value": 0.05}]
    rate = outcome("rate", title, target=target, thresholds=levels, formula="ratio(a, b)", unit="ratio")
    value = Query(text=text, span=timedelta(days=30), marking="estimated", notes=("An instant query.",))
    trend = Query(text=text, by="hour", marking="estimated")
    return [
        Card(tile("rate", title, "ratio"), rate, value=value, trend=trend),
        Card(tile("time", f"Time of {title}", "seconds"), outcome("time", title, unit="seconds"), why=why),
    ]
