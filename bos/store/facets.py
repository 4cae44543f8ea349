"""What a search narrows by: the steps, systems and regulations that flows tie their documents and KPIs to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import and_, delete, distinct, exists, func, insert, select, tuple_

from bos.model.signals import system_of
from bos.store.places import within
from bos.store.tables import facet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from bos.model.scope import Reach
    from bos.store.relations import Tie

OF_A_FLOW = ("dashboard", "feedback", "schedule")
"""Kinds that have what their flow has."""

NAMES: tuple[Literal["step", "system", "regulation"], ...] = ("step", "system", "regulation")

MOST = 200
"""Values that are listed of a facet, those of the most documents first."""


class Mark(NamedTuple):
    """One value of a facet of a document or KPI; ``label`` is what people call it."""

    kind: str
    id: str
    facet: str
    value: str
    label: str


def regulation(text: str) -> str:
    """Return a regulation as it is compared: without regard to capitals and spaces."""
    return " ".join(text.split()).casefold()


def marks(kind: str, document: dict[str, Any], ties: Iterable[Tie]) -> set[Mark]:
    """Return what a live document says of itself and, where it is a flow, of what it is made of."""
    if kind == "signal":
        found = _of_signal(document)
    elif kind == "template":
        found = _of_flow(document, ties)
    else:
        return set()
    # A regulation that is spelled in two ways has one value, and one of the spellings.
    return set({(mark.kind, mark.id, mark.facet, mark.value): mark for mark in sorted(found, reverse=True)}.values())


def _of_signal(document: dict[str, Any]) -> Iterator[Mark]:
    named = [system_of(document["id"])] if document["type"] == "system" else []
    for system in (*named, document["binding"]["connection"]):
        if system:
            yield Mark("signal", document["id"], "system", system, system)


def _of_flow(document: dict[str, Any], ties: Iterable[Tie]) -> Iterator[Mark]:
    titles = {step["id"]: step["title"] for step in document["flow"]["steps"]}
    at: defaultdict[str, set[str]] = defaultdict(set)
    """The steps of each signal: where it is emitted, or what it can break."""
    systems: defaultdict[str, set[str]] = defaultdict(set)
    """The systems that can break each step."""
    for use in document["process_signals"]:
        at[use["signal"]] |= {use["step"]} if use["step"] else set()
    for use in document["system_signals"]:
        at[use["signal"]] |= set(use["affects"])
        for step in use["affects"]:
            systems[step].add(system_of(use["signal"]))
    for signal, steps in at.items():
        yield from (Mark("signal", signal, "step", step, titles.get(step, step)) for step in steps)
    yield from _of_itself(document)
    read = _read(ties)
    for outcome in document["outcomes"]:
        signals = _signals(outcome["id"], read)
        name, steps = f"{document['id']}/{outcome['id']}", {step for signal in signals for step in at[signal]}
        yield from (Mark("kpi", name, "step", step, titles.get(step, step)) for step in steps)
        yield from (Mark("kpi", name, "system", system, system) for step in steps for system in systems[step])
        rule = outcome["regulation"].strip()
        if rule:
            whose = [("kpi", name), ("template", document["id"]), *(("signal", signal) for signal in signals)]
            yield from (Mark(kind, id_, "regulation", regulation(rule), rule) for kind, id_ in whose)


def _of_itself(document: dict[str, Any]) -> Iterator[Mark]:
    """Yield the steps and systems of a flow, and the steps of its calendars."""
    flow = document["id"]
    for use in document["system_signals"]:
        yield Mark("template", flow, "system", system_of(use["signal"]), system_of(use["signal"]))
    for step in document["flow"]["steps"]:
        yield Mark("template", flow, "step", step["id"], step["title"])
        calendar = step["calendar"] or document["flow"]["calendar"]
        if calendar:
            yield Mark("calendar", calendar, "step", step["id"], step["title"])


def _read(ties: Iterable[Tie]) -> dict[str, list[tuple[str, str]]]:
    """Return what each KPI reads: kind and id of signals and of KPIs."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, kind, target in ties:
        name, sep, _ = path.removeprefix("outcomes[").partition("].measure")
        if sep and path.startswith("outcomes["):
            found[name].append((kind, target))
    return found


def _signals(kpi: str, read: dict[str, list[tuple[str, str]]]) -> set[str]:
    """Return the signals that a KPI reads, itself or through the KPIs it reads."""
    found: set[str] = set()
    seen, left = {kpi}, [kpi]
    while left:
        for kind, target in read.get(left.pop(), ()):
            if kind == "signal":
                found.add(target)
            elif target not in seen:
                seen.add(target)
                left.append(target)
    return found


def write(connection: Connection, kind: str, document: dict[str, Any], found: set[Mark]) -> None:
    """Write what a document says in the place of what it said; nothing is written where that is the same."""
    flow = document["id"] if kind == "template" else ""
    columns = (facet.c.kind, facet.c.id, facet.c.facet, facet.c.value, facet.c.label)
    mine = facet.c.flow == flow
    if not flow:
        mine = and_(mine, facet.c.kind == kind, facet.c.id == document["id"])
    there = {Mark(*row) for row in connection.execute(select(*columns).where(mine))}
    gone, new = there - found, found - there
    if gone:
        connection.execute(delete(facet).where(mine, tuple_(*columns).in_(sorted(gone))))
    if new:
        connection.execute(insert(facet), [{**mark._asdict(), "flow": flow} for mark in sorted(new)])


def has(search: Any, kind: str, name: str, value: str, reach: Reach) -> ColumnElement[bool]:
    """Return the condition that a row of a kind has a value of a facet, as far as somebody's flows say so."""
    value = regulation(value) if name == "regulation" else value
    wanted = and_(facet.c.facet == name, facet.c.value == value, within(facet.c.flow, reach))
    whose, name_of = ("template", search.c.flow) if kind in OF_A_FLOW else (kind, search.c.id)
    return exists().where(facet.c.kind == whose, facet.c.id == name_of, wanted)


def listed(connection: Connection, name: str, reach: Reach) -> list[Row[Any]]:
    """Return value, label and count of documents and KPIs of each value of a facet, the most frequent first."""
    count = func.count(distinct(tuple_(facet.c.kind, facet.c.id)))
    query = (
        select(facet.c.value, func.min(facet.c.label).label("label"), count.label("count"))
        .where(facet.c.facet == name, within(facet.c.flow, reach))
        .group_by(facet.c.value)
        .order_by(count.desc(), facet.c.value)
        .limit(MOST)
    )
    return list(connection.execute(query))
