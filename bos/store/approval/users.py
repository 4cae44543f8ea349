"""The approved KPIs that use a shared document: their approvers sign what it holds, too (rule 11)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from bos.model.paths import within
from bos.model.version import digest
from bos.store.approval.critical import critical_values
from bos.store.approval.need import Approvers
from bos.store.tables import approval, document, relation, version
from bos.store.waivers import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

_SUFFIX = ".measure"


def roles_of_users(connection: Connection, kind: str, id_: str, rules: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the approver roles of the signed values of every live KPI that uses a document, directly or by others.

    A waived value counts as signed. ``rules`` are those of the approval policy.
    """
    roles: set[str] = set()
    for template, kpis in _users(connection, kind, id_).items():
        roles.update(_roles(connection, template, kpis, Approvers("template", template, rules)))
    return frozenset(roles)


def _users(connection: Connection, kind: str, id_: str) -> Mapping[str, set[str]]:
    """Return the paths of the KPIs that use a document, by template."""
    query = select(relation.c.id, relation.c.path).where(
        relation.c.kind == "template",
        relation.c.target_kind == kind,
        relation.c.target == id_,
        relation.c.path.like(f"outcomes[%{_SUFFIX}"),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(query):
        found[row.id].add(row.path.removesuffix(_SUFFIX))
    for template, kpis in found.items():
        _add_derived(connection, template, kpis)
    return found


def _add_derived(connection: Connection, template: str, kpis: set[str]) -> None:
    """Add the KPIs that stand on those named, through every KPI in between."""
    mine = and_(relation.c.kind == "template", relation.c.id == template, relation.c.target_kind == "kpi")
    ties = list(connection.execute(select(relation.c.path, relation.c.target).where(mine)))
    ahead = set(kpis)
    while ahead:
        names = {path.removeprefix("outcomes[").removesuffix("]") for path in ahead}
        ahead = {tie.path.removesuffix(_SUFFIX) for tie in ties if tie.target in names} - kpis
        kpis |= ahead


def _roles(connection: Connection, template: str, kpis: Iterable[str], approvers: Approvers) -> Iterator[str]:
    live = connection.execute(
        select(version.c.doc)
        .join(document, and_(document.c.kind == version.c.kind, document.c.id == version.c.id))
        .where(
            document.c.kind == "template",
            document.c.id == template,
            ~document.c.retired,
            version.c.n == document.c.head,
        )
    ).first()
    if live is None:
        return
    mine = and_(approval.c.kind == "template", approval.c.id == template)
    signed = {row.path: row.value_hash for row in connection.execute(select(approval).where(mine))}
    counted = standing(connection, [("template", template)]).get(("template", template), {})
    waived = {path: found.value_hash for path, found in counted.items()}
    for path, value in critical_values(approvers, live.doc).items():
        if digest(value) in {signed.get(path), waived.get(path)} and any(within(path, kpi) for kpi in kpis):
            need = approvers.need(path)
            yield from need.roles if need else ()
