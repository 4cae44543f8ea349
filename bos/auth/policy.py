"""What an actor may do: one table of roles and of actions on resources. What it does not allow is denied.

A role that somebody holds on one flow, or on the flows with a tag, allows the same, there. Which value a role may sign
is not said here: a field names its approver role (``bos.model.fields``), and no author signs (``docs/store.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.errors import Forbidden, Unauthenticated
from bos.model.roles import ROLES
from bos.model.scope import HOME, Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.auth.actor import Actor
    from bos.model.scope import Place

KNOWN = "known"
"""Whoever is signed in, with a role or without."""

# Action: resource and verb. What each means stands in MEANING, below.
TABLE = """
                 known viewer auditor process_owner business_owner finance_control compliance sre data_steward coe admin
self.read           x
self.act            x
blueprint.read            x      x          x              x              x            x       x       x        x    x
template.read             x      x          x              x              x            x       x       x        x    x
template.write                              x              x              x            x       x       x        x
signal.read               x      x          x              x              x            x       x       x        x    x
signal.write                                x              x              x            x       x       x        x
calendar.read             x      x          x              x              x            x       x       x        x    x
calendar.write                              x              x              x            x       x       x        x
cost_rule.read            x      x          x              x              x            x       x       x        x    x
cost_rule.write                             x              x              x            x       x       x        x
dashboard.read            x      x          x              x              x            x       x       x        x    x
dashboard.write                             x              x              x            x       x       x        x
dashboard.build           x      x          x              x              x            x       x       x        x
dashboard.place                             x              x                                   x       x        x
schedule.read             x      x          x              x              x            x       x       x        x    x
schedule.write                              x              x              x            x       x       x        x
policy.read               x      x          x              x              x            x       x       x        x    x
policy.write                                                                                                    x
connection.read           x      x          x              x              x            x       x       x        x    x
connection.write                                                                               x                x
connection.secret                                                                              x                x
connection.test                                                                                x        x       x
delivery.decide                                                                                x                x
feedback.read             x      x          x              x              x            x       x       x        x    x
feedback.give             x      x          x              x              x            x       x       x        x    x
feedback.write                              x              x              x            x       x       x        x
draft.read                x      x          x              x              x            x       x       x        x    x
change.read               x      x          x              x              x            x       x       x        x    x
change.sign                                 x              x              x            x       x       x        x
change.withdraw                             x              x              x            x       x       x        x
search.read               x      x          x              x              x            x       x       x        x    x
kpi.read                  x      x          x              x              x            x       x       x        x    x
kpi.evaluate              x      x          x              x              x            x       x       x        x
kpi.subscribe             x      x          x              x              x            x       x       x        x    x
kpi.acknowledge                             x              x              x            x       x       x        x
report.read               x      x          x              x              x            x       x       x        x    x
report.make                                 x              x              x            x       x       x        x
telemetry.read            x      x          x              x              x            x       x       x        x    x
telemetry.rows                   x          x              x              x            x       x       x        x
telemetry.import                            x              x                                   x       x        x
telemetry.upkeep                                                                               x       x        x    x
job.read                  x      x          x              x              x            x       x       x        x    x
job.cancel                                  x              x              x            x       x       x        x    x
journal.read                     x                                                     x                        x    x
journal.checkpoint        x      x          x              x              x            x       x       x        x    x
people.read               x      x          x              x              x            x       x       x        x    x
people.manage                                                                                                        x
subject.erase                                                                          x                             x
token.read                x      x          x              x              x            x       x       x        x    x
token.make                x      x          x              x              x            x       x       x        x    x
delegation.read           x      x          x              x              x            x       x       x        x    x
delegation.give                             x              x              x            x       x       x        x    x
"""

MEANING: dict[str, str] = {
    "self.read": "see who one is to BOS",
    "self.act": "begin a session's tickets, act as a sample person of a demo",
    "blueprint.read": "see the blueprints",
    "template.read": "see a flow's template, its versions, drafts and approvals",
    "template.write": "begin, change, retire, restore or roll back a template, and keep drafts of it",
    "signal.read": "see a signal",
    "signal.write": "begin, change, retire, restore or roll back a signal",
    "calendar.read": "see a calendar",
    "calendar.write": "begin, change, retire, restore or roll back a calendar",
    "cost_rule.read": "see a cost rule",
    "cost_rule.write": "begin, change, retire, restore or roll back a cost rule",
    "dashboard.read": "see a dashboard's definition and its runs",
    "dashboard.write": "change a dashboard's definition",
    "dashboard.build": "compute a dashboard",
    "dashboard.place": "put a dashboard into another system",
    "schedule.read": "see when reports are made",
    "schedule.write": "say when reports are made",
    "policy.read": "see the approval policy",
    "policy.write": "propose changes of the approval policy, which a second person of the CoE signs",
    "connection.read": "see the connections to other systems, without their secrets",
    "connection.write": "begin, change, retire, restore or roll back a connection",
    "connection.secret": "give a connection its secrets, and take them away",
    "connection.test": "see what a connected system is told and answers, also what fails, and the names of its secrets",
    "delivery.decide": "try again, or give up, what a connected system could not be told",
    "feedback.read": "read feedback",
    "feedback.give": "give feedback",
    "feedback.write": "answer feedback, and say what became of it",
    "draft.read": "see the drafts one keeps",
    "change.read": "see what waits for signatures",
    "change.sign": "sign, reject, call for rework or waive, in the roles one holds",
    "change.withdraw": "take back what one proposed",
    "search.read": "search",
    "kpi.read": "see a flow's KPIs, their queries and runs",
    "kpi.evaluate": "compute KPIs",
    "kpi.subscribe": "hear of the changes of watched KPIs",
    "kpi.acknowledge": "say that one looks after a KPI that is not as it should be",
    "report.read": "read packs and reports",
    "report.make": "make a pack or report",
    "telemetry.read": "see what telemetry there is",
    "telemetry.rows": "read single events and rejected rows, which may name persons",
    "telemetry.import": "import telemetry",
    "telemetry.upkeep": "join files of the lake, leave old rows out, have a file that was taken read again",
    "job.read": "see long work",
    "job.cancel": "cancel long work",
    "journal.read": "read, verify and export the journal",
    "journal.checkpoint": "see the signed number and hash of the last entry of the journal",
    "people.read": "see people, their roles and what they answer for",
    "people.manage": "add people, disable them, give roles and take them",
    "subject.erase": "erase personal data of somebody: destroy their key",
    "token.read": "see the tokens one has",
    "token.make": "make tokens for one's own programs, and end them",
    "delegation.read": "see who stands in for whom",
    "delegation.give": "let somebody stand in for oneself; an administrator, for anybody",
}

SHARED = frozenset(
    {
        "signal.read",
        "calendar.read",
        "cost_rule.read",
        "policy.read",
        "connection.read",
        "blueprint.read",
        "people.read",
        "delegation.read",
        "token.read",
        "token.make",
        "journal.checkpoint",
    }
)
"""What is of no one flow: a role on any flow allows it as a whole."""


def _parsed(table: str) -> Mapping[str, frozenset[str]]:
    """Return action → roles: a mark stands under the head of its column."""
    head, *rows = table.strip("\n").splitlines()
    found = {}
    for row in rows:
        action, _, _ = row.partition(" ")
        marks = [at for at, char in enumerate(row) if char == "x" and at >= len(action)]
        found[action] = frozenset(_under(head, at) for at in marks)
    return found


def _under(head: str, at: int) -> str:
    start, end = head.rfind(" ", 0, at + 1) + 1, head.find(" ", at)
    return head[start : end if end > 0 else len(head)]


RIGHTS: Mapping[str, frozenset[str]] = _parsed(TABLE)
"""Action → the roles that allow it; ``known`` for whoever is signed in."""


def reach(actor: Actor, action: str) -> Reach:
    """Return on which flows an actor may do something: nowhere, when nothing is named."""
    if actor.kind == "system":
        return Reach(everywhere=True)
    if actor.only is not None and action not in actor.only:
        return Reach(everywhere=False)
    allowing = RIGHTS.get(action, frozenset())
    if KNOWN in allowing or actor.roles & allowing:
        return Reach(everywhere=True)
    grants = tuple(grant for grant in actor.grants if grant.role in allowing)
    return Reach(everywhere=bool(grants) and action in SHARED, grants=grants)


def allow(actor: Actor, action: str, place: Place | None = None) -> None:
    """Return when the actor may do the action at a place; without one, when they may do it somewhere.

    Raises:
        Unauthenticated: nobody is named.
        Forbidden: no rule of the table allows it (``role``).
    """
    if not actor.person.strip():
        raise Unauthenticated("Nobody is signed in.", hint="Sign in, or give a token.")
    found = reach(actor, action)
    if found.covers(place) if place is not None else found.everywhere or found.grants:
        return
    who = actor.display or actor.person
    raise Forbidden(
        f"{who if actor.only is None else f'This token of {who}'} may not"
        f" {MEANING.get(action, action)}{_where(actor, action, place)}.",
        hint=_hint(actor, action),
        details={"right": action},
    )


def _hint(actor: Actor, action: str) -> str:
    if action not in RIGHTS:
        return "No rule allows this to anybody."
    if actor.only is not None and action not in actor.only:
        return "Make a token that names this right, or do it yourself."
    return "Ask the administrator for a role that may."


def _where(actor: Actor, action: str, place: Place | None) -> str:
    """Return words for the place, where the actor may do the action at another."""
    if place is None or not reach(actor, action).grants:
        return ""
    return " here" if place is not HOME else " for all flows"


def allowed(actor: Actor) -> tuple[str, ...]:
    """Return everything an actor may do somewhere, in the order of the table."""
    return tuple(action for action in RIGHTS if reach(actor, action).everywhere or reach(actor, action).grants)


def roles_in_order() -> tuple[str, ...]:
    """Return the columns of the table that are roles, in its order."""
    return tuple(role for role in TABLE.strip("\n").splitlines()[0].split() if role in ROLES)
