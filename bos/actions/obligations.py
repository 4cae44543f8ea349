"""Obligations: each rule a KPI is evidence for, with its field, who answers for it, and what there is to show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.definitions import live_definitions
from bos.actions.holding import Holding
from bos.auth.policy import allow, reach
from bos.dashboards.standing import approval_words, listed, target_mark
from bos.model.answers.audit import Obligation
from bos.model.answers.page import Page
from bos.model.ownership import owner_of
from bos.model.roles import ROLES
from bos.store import documents, kpis, places
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.model.scope import Place

_EVIDENCE = (("report", "pack"), ("dashboard", "dashboard"), ("kpi", "run"))
"""What shows a number to others, the strongest first: a kind of run, and what a person calls it."""


def obligations(ctx: Context, actor: Actor) -> Page[Obligation]:
    """Return every rule that a KPI of a live flow names, by flow and KPI; nothing is left blank.

    What is missing (nobody holds the role, a value is not signed, nothing to show) is said in its place and again in
    ``gaps``.
    """
    allow(actor, "template.read")
    with reading(ctx.engine) as connection:
        flows = documents.ids(connection, "template")
        mine = places.flows_within(connection, flows, reach(actor, "template.read"))
        holding = Holding.at(connection, datetime.now(UTC))
        items = [one for flow in flows if flow in mine for one in _of_flow(connection, flow, holding)]
    return Page(items=tuple(items))


def _of_flow(connection: Connection, flow: str, holding: Holding) -> Iterator[Obligation]:
    head = documents.head(connection, "template", flow)
    named = [outcome for outcome in head.doc["outcomes"] if outcome["regulation"].strip()] if head else []
    if not named:
        return
    found, place = live_definitions(connection, flow), places.of_flow(connection, flow)
    evidence = _evidence(connection, flow)
    for outcome in named:
        yield _of_outcome(found, outcome, holding, place, evidence)


def _of_outcome(
    found: Definitions, outcome: dict[str, Any], holding: Holding, place: Place, evidence: str
) -> Obligation:
    path = f"outcomes[{outcome['id']}].regulation"
    owner = owner_of("template", found.doc, path)
    people = tuple(sorted(holding.of(owner, place)))
    approval = found.approval(outcome["id"])
    target = target_mark(outcome["target"], outcome["measure"]["unit"])
    gaps = [] if people else [f"Nobody holds the role {ROLES.get(owner, owner)}."]
    if approval is None or approval.state not in {"approved", "waived"}:
        waits = f": waits for {listed(approval.waiting_for)}" if approval and approval.waiting_for else ""
        gaps.append(f"Not fully approved{waits}.")
    if target is None:
        gaps.append("The KPI has no target.")
    if not evidence:
        gaps.append("Nothing was computed and kept yet.")
    return Obligation(
        regulation=outcome["regulation"].strip(),
        flow=found.template.id,
        flow_title=found.doc["title"],
        kpi=outcome["id"],
        title=outcome["title"],
        field=path,
        target=target.shown if target else "No target",
        owner=owner,
        owner_title=ROLES.get(owner, owner),
        people=people,
        approval=approval_words(approval) or "Not approved yet",
        signed_by=approval.signed_by if approval else (),
        template_version=found.template.version,
        evidence=evidence or "Nothing yet",
        gaps=tuple(gaps),
    )


def _evidence(connection: Connection, flow: str) -> str:
    """Return the newest of the strongest kind of what was kept, in words; nothing where there is none."""
    for kind, name in _EVIDENCE:
        for row in kpis.newest(connection, flow, after=None, limit=1, kind=kind):
            period = row.record.get("period")
            return f"{name} {row.run}{f' of {period}' if period else ''}, {row.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return ""
