"""The page of the cases behind a number: asks BOS, shows the view, lists another part or more of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bos.errors import UsageError
from widgets.cases.messages import TEXT
from widgets.cases.view import MOST, PART, PARTS, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt
from widgets.surface.filters import filters_of
from widgets.surface.moments import window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bos.client.workbench import Workbench

_log = logging.getLogger("widgets.cases")
_MORE = 4


class CasesPage:
    """The cases behind a number. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``flow``, ``kpi``, and, where they narrow it, ``part``,
    ``start`` and ``end`` (ISO 8601 with an offset) or, as a dashboard has them, ``from`` and ``to`` (days of the KPI's
    time zone, both count), and ``filter`` (``field=value``, repeated) and ``missing`` (a
    field that is not recorded, repeated). With ``case`` the page shows the events of that case.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, Sequence[str]] | None = None) -> None:
        self._wb = wb
        first = {name: values[0] for name, values in (asked or {}).items() if values}
        self._state = State(first.get("flow", ""), first.get("kpi", ""))
        self._try(lambda: self._begin(first, asked or {}))
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self, first: Mapping[str, str], asked: Mapping[str, Sequence[str]]) -> None:
        state, wb = self._state, self._wb
        state.session = wb.session()
        if not state.flow or not state.kpi:
            state.wrong = TEXT["missing"]
            return
        state.filters = filters_of(asked)
        document = wb.templates.get(state.flow).document
        outcomes = {one["id"]: one for one in document["outcomes"]}
        own = outcomes.get(state.kpi, {"title": state.kpi, "measure": {"time_zone": ""}})
        state.titles = (document["title"], own["title"])
        state.start, state.end = window_of(first, own["measure"]["time_zone"] or document["time_zone"])
        part = first.get("part", "")
        state.part = part if part in PARTS else ""
        state.case = first.get("case", "")
        if state.case:
            state.events = wb.flow(state.flow).case(state.kpi, state.case)
            return
        self._first([state.part] if state.part else PARTS)

    def _first(self, wanted: Sequence[str]) -> None:
        """List the first of some parts that the KPI has."""
        refused = []
        for part in wanted:
            try:
                self._list(part)
            except UsageError as error:
                refused.append(error)
            else:
                return
        raise refused[:2][-1]  # why it counts nothing says more than why nothing fails

    def _narrowed(self) -> dict[str, Any]:
        return {"start": self._state.start, "end": self._state.end, "filters": self._state.filters}

    def _list(self, part: str) -> None:
        state = self._state
        state.found = self._wb.flow(state.flow).cases(state.kpi, part, **self._narrowed(), limit=state.limit)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.wrong = ""
        if message.get("type") == "field" and message.get("field") == PART:
            state.ack = int(message.get("rev") or 0)
            part = str(message.get("value"))
            if state.found is not None and part in state.found.parts:
                self._try(lambda: self._list(part))
        elif message.get("type") == "action" and message.get("action") == "more":
            state.limit = min(state.limit * _MORE, MOST)
            part = state.found.part if state.found else PARTS[0]
            self._try(lambda: self._list(part))
        self.surface.view = view(state)

    def _try(self, work: Callable[[], None]) -> None:
        refused = TEXT["refused"]
        self._state.wrong = attempt(work, _log, refused=refused) or self._state.wrong
