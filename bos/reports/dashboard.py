"""The dashboard as a report: the picture the server renders, framed like every pack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bos.reports.pieces import Seal, Section, facts
from bos.reports.source import digest, pack_id

if TYPE_CHECKING:
    from bos.model.answers.dashboards import DashboardRun

_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_MAIN = re.compile(r"</?main[^>]*>")


def board(html: str) -> Section:
    """Return what a dashboard's HTML file shows, without its frame."""
    found = _BODY.search(html)
    return Section(_MAIN.sub("", found[1] if found else html))


def provenance(run: DashboardRun) -> Section:
    """Return what the report rests on."""
    rows = (
        ("Pack", pack_id("dashboard", run.result_hash)),
        ("Parameters", f"flow = {run.flow}"),
        ("Data snapshot", run.snapshot or "none"),
        ("Result (SHA-256)", run.result_hash),
        ("Notebook (SHA-256)", digest("dashboard")),
    )
    return Section(f"<h2>Where this report comes from</h2>{facts(rows)}")


def seal(run: DashboardRun) -> Seal:
    """Return what says that the report is whole."""
    last = (run.window.end or run.as_of or run.at).date()
    return Seal(
        pack=pack_id("dashboard", run.result_hash),
        title=f"{run.title} · dashboard",
        flow=run.flow,
        period=str(last),
        snapshot=run.snapshot,
        exceptions=len(run.attention),
        attention=_attention(run),
    )


def _attention(run: DashboardRun) -> list[str]:
    """Return how the KPIs stand, where one is in breach, in warning or without a value, and what is not approved."""
    shown, hidden = ([one.status for one in kept if one.kind == "kpi"] for kept in (run.panels, run.hidden))
    gone = not {"withheld", "no_data"}.isdisjoint([*shown, *hidden])
    told = [run.status_words if run.attention or gone else "", run.approval_words]
    return [f"{words}." for words in told if words]
