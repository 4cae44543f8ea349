"""What a document is tied to: signals, calendars and cost rules, steps, the signals and KPIs a KPI stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select

from bos.errors import FormulaError
from bos.kpi import parse, refs
from bos.store.tables import relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Row

Tie = tuple[str, str, str]
"""Path in the document, kind of what it is tied to, id of that."""

_ANCHORS = frozenset({"event", "start", "end"})


def ties(kind: str, document: dict[str, Any]) -> tuple[Tie, ...]:
    """Return every tie of a document, each once."""
    if kind == "dashboard":
        return (("flow", "template", document["flow"]),)
    if kind == "signal" and (connection := document["binding"]["connection"]):
        return (("binding.connection", "connection", connection),)
    return tuple(dict.fromkeys(_of_template(document))) if kind == "template" else ()


def documents_of(kind: str, document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return kind and id of every document that a document refers to."""
    return {(target_kind, target) for _, target_kind, target in ties(kind, document) if target_kind in _DOCUMENTS}


_DOCUMENTS = frozenset({"signal", "calendar", "cost_rule", "template", "connection"})


def _of_template(document: dict[str, Any]) -> Iterator[Tie]:
    for section in ("process_signals", "system_signals"):
        for use in document[section]:
            path = f"{section}[{use['id']}]"
            yield f"{path}.signal", "signal", use["signal"]
            if use["step"]:
                yield f"{path}.step", "step", use["step"]
            for step in use["affects"]:
                yield f"{path}.affects", "step", step
    flow = document["flow"]
    for path, calendar in (
        ("flow.calendar", flow["calendar"]),
        *((f"flow.steps[{step['id']}].calendar", step["calendar"]) for step in flow["steps"]),
    ):
        if calendar:
            yield path, "calendar", calendar
    names = {use["id"]: use["signal"] for use in document["process_signals"]}
    for outcome in document["outcomes"]:
        yield from _of_outcome(outcome, names)


def _of_outcome(outcome: dict[str, Any], names: dict[str, str]) -> Iterator[Tie]:
    path = f"outcomes[{outcome['id']}].measure"
    if outcome.get("cost_rule"):
        yield f"outcomes[{outcome['id']}].cost_rule", "cost_rule", outcome["cost_rule"]
    try:
        used = refs(parse(outcome["measure"]["formula"]))
    except FormulaError:
        return
    anchor = outcome["measure"]["anchor"]
    for name in (*used.signals, *(() if anchor in _ANCHORS else (anchor,))):
        if name in names:
            yield path, "signal", names[name]
    for kpi in used.kpis:
        yield path, "kpi", kpi


def write(connection: Connection, kind: str, id_: str, found: Iterable[Tie]) -> None:
    """Write the ties of a document in the place of those it had."""
    connection.execute(delete(relation).where(relation.c.kind == kind, relation.c.id == id_))
    rows = [{"kind": kind, "id": id_, "path": path, "target_kind": k, "target": target} for path, k, target in found]
    if rows:
        connection.execute(insert(relation), rows)


def around(connection: Connection, kind: str, id_: str) -> list[Row[Any]]:
    """Return the ties of a document and those that lead to it."""
    mine = and_(relation.c.kind == kind, relation.c.id == id_)
    theirs = and_(relation.c.target_kind == kind, relation.c.target == id_)
    order = (relation.c.kind, relation.c.id, relation.c.path, relation.c.target_kind, relation.c.target)
    return list(connection.execute(select(relation).where(or_(mine, theirs)).order_by(*order)))


def users(connection: Connection, kind: str, id_: str) -> list[tuple[str, str]]:
    """Return kind and id of every document that refers to one."""
    query = (
        select(relation.c.kind, relation.c.id)
        .where(relation.c.target_kind == kind, relation.c.target == id_)
        .distinct()
        .order_by(relation.c.kind, relation.c.id)
    )
    return [(row.kind, row.id) for row in connection.execute(query)]
