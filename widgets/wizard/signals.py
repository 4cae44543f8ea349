"""The form that changes a shared signal: where it is, what it was filled from, what is wrong with it, and its desk."""

from __future__ import annotations

import copy
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bos.errors import BosError, NotFound
from bos.model.diff import diff
from bos.model.document import LONGEST_REASON
from bos.model.version import digest
from widgets.surface.words import told
from widgets.wizard import fields
from widgets.wizard.checks import MOST_DAYS, too_long
from widgets.wizard.messages import wrong
from widgets.wizard.state import Wrong, find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bos.client.workbench import Workbench
    from bos.model.answers.changes import Group, Submitted
    from bos.model.answers.trying import TriedSignal
    from widgets.wizard.state import State

_ITEM = re.compile(r"^((?:process|system)_signals\[[^\]]+\])\.signal(?:\[([0-9]{1,9})\])?$")
_PLACES = {
    "title": "title", "description": "description", "event": "binding.event", "unit": "unit", "pii": "pii",
    "days": "retention_days", "connection": "binding.connection", "query": "binding.query",
    "mapping": "binding.mapping", "pulled": "binding.every", "language": "binding.language",
    "fields": "binding.fields", "where": "binding.where", "every": "arrival.every", "clock": "arrival.clock",
    "by": "arrival.by",
}  # fmt: skip
"""Part of the form → path in the signal. ``why`` is a part of the form alone."""


class Form(NamedTuple):
    """The form of the signal that an entry of the flow uses, filled from a version (0: from what is live)."""

    use: str
    version: int


@dataclass(frozen=True)
class Sheet:
    """What a form was filled from: the signal as it was live, what waits for signatures, other flows by title.

    ``before`` is what the form was filled from before that, where that is another version.
    ``saw`` are the changes that whoever saves it knows of, ``connections`` those that can be read, with their titles.
    """

    use: str
    id: str
    version: int
    document: dict[str, Any]
    waiting: tuple[Group, ...] = ()
    saw: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    connections: tuple[tuple[str, str], ...] = ()
    before: dict[str, Any] | None = None

    @property
    def process(self) -> bool:
        """Return whether the signal is an event of a step."""
        return bool(self.document["type"] == "process")

    @property
    def prefix(self) -> str:
        """Return how the names of the form's fields begin: what is typed for one signal is not shown for another."""
        return f"new.signals[{self.id}]."

    def filled(self) -> dict[str, str]:
        """Return what the form shows before anything is typed."""
        return filled(self.document)


@dataclass(frozen=True)
class Tried:
    """What trying a binding came to, of the signal ``of``: rows, or why there are none."""

    of: str
    binding: dict[str, Any]
    found: TriedSignal | None = None
    problem: str = ""


def filled(document: dict[str, Any]) -> dict[str, str]:
    """Return what the form shows of a signal, by part."""
    shown = {part: _shown(find(document, path)) for part, path in _PLACES.items()}
    return {**shown, "clock": shown["clock"] or "calendar"}


def _shown(value: Any) -> str:
    """Return a value as its control shows it: pairs line by line."""
    if isinstance(value, dict):
        return "\n".join(f"{name} = {column}" for name, column in value.items())
    if isinstance(value, list):
        return "\n".join(f"{one['id']} = {one['native']}, {one['type']}" for one in value)
    return str(fields.show(value) or "")


def form_at(item: str) -> Form | None:
    """Return the form that a page's item names, if it names one."""
    found = _ITEM.match(item)
    return Form(found.group(1), int(found.group(2) or 0)) if found else None


def sheet_of(state: State) -> Sheet | None:
    """Return what the form at hand was filled from; ``None`` at any other page, or where it could not be read."""
    form, sheet = form_at(state.item), state.sheet
    return sheet if form and sheet and sheet.use == form.use else None


def problems(state: State) -> list[Wrong]:
    """Return what is wrong with the form, in the order of the page."""
    sheet = sheet_of(state)
    return list(_problems(state, sheet)) if sheet else []


def _problems(state: State, sheet: Sheet) -> Iterator[Wrong]:
    value, at = _values(state, sheet), sheet.prefix
    if not value["title"].strip():
        yield Wrong(f"{at}title", wrong("new_title"))
    yield from too_long(f"{at}title", "Name of the signal", value["title"].strip(), fields.LONGEST_LINE)
    yield from too_long(f"{at}description", "Description", value["description"].strip(), fields.LONGEST_TEXT)
    if sheet.process and not value["event"].strip():
        yield Wrong(f"{at}event", wrong("event"))
    yield from too_long(f"{at}event", "Event in the source", value["event"].strip(), fields.LONGEST_LINE)
    yield from _source(value, sheet)
    yield from too_long(f"{at}unit", "Unit", value["unit"].strip(), fields.LONGEST_LINE)
    days = fields.number(value["days"])
    if not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        yield Wrong(f"{at}days", wrong("days"))
    if value["every"].strip() and fields.span(value["every"]) is None:
        yield Wrong(f"{at}every", wrong("span", label="Expected at least every"))
    yield from _late(value, at)
    if not value["why"].strip():
        yield Wrong(f"{at}why", wrong("signal_why"))
    yield from too_long(f"{at}why", "The reason", value["why"].strip(), LONGEST_REASON)


def _source(value: dict[str, str], sheet: Sheet) -> Iterator[Wrong]:
    """Yield what is wrong with how the signal is pulled; of what nobody touched, nothing that is live so."""
    at, filled = sheet.prefix, sheet.filled()
    query, span = value["query"].strip(), value["pulled"].strip()
    yield from too_long(f"{at}query", "Query", query, fields.LONGEST_TEXT)
    if value["language"] and not query:
        yield Wrong(f"{at}query", wrong("language_query"))
    if span and fields.span(span) is None:
        yield Wrong(f"{at}pulled", wrong("span", label="Pulled every"))
    elif span and not (value["connection"] and query):
        yield Wrong(f"{at}pulled", wrong("pulled_nothing"))
    for part, unread, words in (
        ("mapping", fields.pairs(value["mapping"]) is None, wrong("pair")),
        ("fields", fields.columns(value["fields"]) is None, wrong("source_fields")),
        ("where", fields.pairs(value["where"]) is None, wrong("where")),
    ):
        if unread and value[part] != filled[part]:
            yield Wrong(f"{at}{part}", words)


def untried(state: State, sheet: Sheet) -> list[Wrong]:
    """Return what is missing, or wrong, before the binding can be tried."""
    value, at = _values(state, sheet), sheet.prefix
    found = [] if value["connection"] else [Wrong(f"{at}connection", wrong("try_connection"))]
    found += [] if value["query"].strip() else [Wrong(f"{at}query", wrong("try_query"))]
    return [*found, *_source(value, sheet)]


def _late(value: dict[str, str], at: str) -> Iterator[Wrong]:
    """Yield what is wrong with how often the signal is expected, beside the span itself."""
    every, by = fields.span(value["every"]) or "", value["by"].strip()
    if by and fields.hour(by) is None:
        yield Wrong(f"{at}by", wrong("hour", label="By the time of day"))
    elif by and "day" not in every:
        yield Wrong(f"{at}every", wrong("by_days"))
    if value["clock"] == "business" and "week" in every:
        yield Wrong(f"{at}every", wrong("working_weeks"))


def unchanged(state: State) -> list[Wrong]:
    """Return that there is nothing to save, where there is not."""
    sheet = sheet_of(state)
    if sheet is None or diff("signal", sheet.document, document_of(state, sheet)):
        return []
    return [Wrong(f"{sheet.prefix}why", wrong("signal_nothing"))]


def document_of(state: State, sheet: Sheet) -> dict[str, Any]:
    """Return the signal as the form has it; what was not typed stays as it was."""
    document = copy.deepcopy(sheet.document)
    filled, value = sheet.filled(), _values(state, sheet)
    for part, path in _PLACES.items():
        if value[part] == filled[part] or part == ("unit" if sheet.process else "event"):
            continue
        outer, _, name = path.rpartition(".")
        if outer == "arrival":
            document["arrival"] = _arrival(value)
            continue
        place = document[outer] if outer else document
        place[name] = _read(part, value[part])
    return document


def _read(part: str, typed: str) -> Any:
    """Return what the signal keeps for what was typed into a part of the form."""
    if part == "days":
        return fields.number(typed)
    if part in {"mapping", "where"}:
        return fields.pairs(typed) or {}
    if part == "fields":
        return fields.columns(typed) or []
    if part == "pulled":
        return fields.span(typed)
    return typed.strip() or (None if part == "connection" else "")


def _arrival(value: dict[str, str]) -> dict[str, Any] | None:
    """Return how often the signal is expected, as the form has it."""
    every = fields.span(value["every"])
    return {"every": every, "clock": value["clock"] or "calendar", "by": fields.hour(value["by"])} if every else None


def _values(state: State, sheet: Sheet) -> dict[str, str]:
    shown = {**sheet.filled(), "why": ""}
    return {part: str(state.new.get(f"{sheet.prefix}{part}", first)) for part, first in shown.items()}


class SignalDesk:
    """Reads a shared signal for its form, and saves it. Errors are those of ``bos.errors``."""

    def __init__(self, wb: Workbench, state: State) -> None:
        self.wb, self.state = wb, state

    def fill(self, form: Form) -> None:
        """Fill the form with what is live, and keep beside it the version it was filled from before.

        Raises:
            NotFound: the entry names no signal that BOS has.
        """
        state = self.state
        id_ = str(find(state.document, f"{form.use}.signal") or "")
        found = self.wb.signals.get(id_)
        waiting = tuple(group for group in found.open_groups if group.state == "waiting")
        saw = tuple(group.group for group in found.open_groups)
        before = None
        if form.version not in {0, found.version}:
            with suppress(NotFound):
                before = self.wb.signals.get(id_, version=form.version).document
        state.sheet = Sheet(
            form.use, id_, found.version, found.document, waiting, saw, self._others(id_), self._sources(), before
        )
        state.signals[id_] = found.document
        state.item = f"{form.use}.signal[{found.version}]"

    def _others(self, id_: str) -> tuple[str, ...]:
        """Return the titles of the other flows that use a signal."""
        ties = self.wb.signals.relations(id_)
        flows = {tie.id for tie in ties if (tie.kind, tie.target_kind, tie.target) == ("template", "signal", id_)}
        flows.discard(self.state.flow)
        return tuple(row.title for row in self.wb.templates.list() if row.id in flows) if flows else ()

    def _sources(self) -> tuple[tuple[str, str], ...]:
        """Return id and title of the connections that can be pulled; others send by themselves, or are folders."""
        pulled = {one.name for one in self.wb.connections.connectors() if "pull" in one.ways}
        return tuple((one.connection, one.title) for one in self.wb.connections.health() if one.connector in pulled)

    def attempt(self, sheet: Sheet) -> Callable[[], Tried]:
        """Return what tries the binding as it is typed now, beside the page."""
        flow, binding = self.wb.flow(self.state.flow), document_of(self.state, sheet)["binding"]

        def work() -> Tried:
            try:
                return Tried(sheet.id, binding, flow.try_signal(sheet.id, binding=binding))
            except BosError as error:
                return Tried(sheet.id, binding, problem=told(error))

        return work

    def save(self, sheet: Sheet) -> Submitted:
        """Save what the form has, once however often it is asked for; what was typed is let go of.

        Raises:
            Stale: somebody else changed the same field since the form was filled.
            Conflict: a change of the same field waits that was not there then.
            Invalid: BOS refuses the content.
            Forbidden: the person may not change it.
        """
        state = self.state
        document = document_of(state, sheet)
        why = _values(state, sheet)["why"].strip()
        asked = [state.submission, sheet.id, sheet.version, sheet.saw, document, why]
        done = self.wb.signals.put(
            sheet.id, document, rationale=why, base_version=sheet.version, saw=sheet.saw, key=digest(asked)
        )
        state.signals[sheet.id] = self.wb.signals.get(sheet.id).document
        state.submission = uuid.uuid4().hex
        state.took("new.")
        return done
