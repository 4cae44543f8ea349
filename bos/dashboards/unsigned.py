"""What is not approved on the page of a dashboard: said once in the head, and by a small mark on each panel."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bos.dashboards.standing import approval_mark, listed

if TYPE_CHECKING:
    from bos.model.answers.dashboards import DashboardRun, Panel

_DRAWN = (
    'not <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="M1.5 6.8l3 3 6-7.6"/></svg>'
)
"""“Not” and a tick: a picture of a tile alone tells by it that the number is not approved."""


def approvals(run: DashboardRun) -> str:
    """Return, once for all, behind their mark, how many numbers and charts are not approved, and who is waited for."""
    open_ = [panel for panel in run.panels if approval_mark(panel.approval)]
    others = [panel for panel in run.panels if panel.kind != "kpi"]
    told = [run.approval_words] if run.approval_words else []
    if many := sum(panel.kind != "kpi" for panel in open_):
        every = f"{len(others)} chart{'' if len(others) == 1 else 's'}"
        told.append(f"{many} of {every} {'rests' if many == 1 else 'rest'} on what is not")
    if not told:
        return ""
    roles = dict.fromkeys(role for panel in open_ if panel.approval for role in panel.approval.waiting_for)
    waits = f"; they wait for {listed(list(roles))}" if roles else ""
    words = escape(f"{', '.join(told)}{waits}.")
    if any(panel.approval and panel.approval.held for panel in open_):
        words += " Where a change is held, the approved value is shown."
    key = f"{_mark('Not approved yet')} " if any(map(_small, open_)) else ""
    return f"<p>{key}{words}</p>"


def unsigned(panel: Panel) -> str:
    """Return the mark of a panel that is not approved, with the words for who points at it or hears it."""
    if _small(panel):
        return _mark(panel.approval_words or approval_mark(panel.approval))
    words = approval_mark(panel.approval)
    return f'<span class="bos-badge bos-badge--mark">{words}</span>' if words else ""


def in_words(panel: Panel) -> bool:
    """Return whether a chart says in words how far it is approved: what a mark says is said in the head."""
    return bool(approval_mark(panel.approval)) and not _small(panel)


def _small(panel: Panel) -> bool:
    """Return whether a panel was never approved, as all are until somebody signs the template."""
    return panel.approval is not None and panel.approval.state == "provisional"


def _mark(words: str) -> str:
    said = escape(words)
    kinds = "bos-badge bos-badge--mark bos-unsigned"
    return f'<span class="{kinds}" role="img" aria-label="{said}" title="{said}">{_DRAWN}</span>'
