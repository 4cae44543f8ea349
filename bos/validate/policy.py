"""Rules of the approval policy."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.model.fields import signed_fields
from bos.model.policy import POLICY_ID
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of the policy: fields and roles exist, and no two rules want opposite orders."""
    del resolve
    if document["id"] != POLICY_ID:
        yield Problem("id", "A home has one approval policy.", f"Change the policy {POLICY_ID!r}.", "policy.one")
    yield from owner_problems(document)
    for rule in document["rules"]:
        yield from _of_rule(rule, f"rules[{rule['id']}]")
    yield from _circles(document)


def _of_rule(rule: dict[str, Any], path: str) -> Iterator[Problem]:
    known, field = signed_fields(rule["covers"]), rule["field"]
    if field not in known or field.endswith("[]"):
        yield Problem(
            f"{path}.field",
            f"A {rule['covers']} has no field {field!r} that can be signed.",
            "Write it as the field guide does, such as outcomes[].target.",
            "policy.field",
        )
    if not rule["signers"]:
        yield Problem(f"{path}.signers", "The rule names nobody who signs.", "Name a role.", "policy.signers")
    named: set[str] = set()
    for signer in rule["signers"]:
        role = signer["role"]
        if role not in SIGNING_ROLES:
            why = f"The role {ROLES[role]} signs nothing." if role in ROLES else f"There is no role {role!r}."
            hint = f"Roles that sign are {', '.join(sorted(SIGNING_ROLES))}."
            yield Problem(f"{path}.signers", why, hint, "policy.role")
        if role in named:
            hint = "Name it once, with the number of people who sign."
            yield Problem(f"{path}.signers", f"The role {role} is named twice.", hint, "policy.twice")
        named.add(role)


def _circles(document: dict[str, Any]) -> Iterator[Problem]:
    """Yield a problem where roles wait for one another: changes that go together would never be signed."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    ordered = [rule for rule in document["rules"] if rule["in_order"]]
    for rule in ordered:
        roles = [signer["role"] for signer in rule["signers"]]
        for earlier, later in pairwise(roles):
            if earlier != later:
                sorter.add(later, earlier)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        paths = tuple(f"rules[{rule['id']}].signers" for rule in ordered)
        yield Problem(
            paths[-1],
            f"These roles would wait for one another: {', then '.join(circle)}.",
            "Give all rules one order, or take the order out of one of them.",
            "policy.order",
            paths[:-1],
        )
