"""The page that says why a KPI changed: asks BOS, shows the view, takes the change apart in another way."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bos.errors import NotExpressible, NotFound
from widgets.explanation.messages import COMPARED, KNOWN, TEXT, say
from widgets.explanation.view import COMPARE, DIMENSION, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt
from widgets.surface.filters import filters_of
from widgets.surface.moments import window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bos.client.workbench import Workbench

_WIDEST = 60
_log = logging.getLogger("widgets.explanation")


class ExplanationPage:
    """Why a KPI changed. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``flow``, ``kpi``, and, where they say more, ``start`` and
    ``end`` (ISO 8601 with an offset) or, as a dashboard has them, ``from`` and ``to`` (days, both count), ``compare``
    (a span such as ``1 week``), ``dimension`` (or ``split``), and ``filter``
    (``field=value``, repeated) and ``missing`` (a field that is not recorded, repeated).
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
        document = wb.templates.get(state.flow).document
        outcomes = {one["id"]: one for one in document["outcomes"]}
        if state.kpi not in outcomes:
            raise NotFound(f"There is no KPI {state.kpi!r} in this flow.", hint="Open it from a dashboard.")
        outcome = outcomes[state.kpi]
        state.kpis = {name: one["title"] for name, one in outcomes.items()}
        state.titles, state.fields = (document["title"], outcome["title"]), tuple(outcome["measure"]["dimensions"])
        state.filters = filters_of(asked)
        state.zone = outcome["measure"]["time_zone"] or document["time_zone"]
        state.start, state.end = window_of(first, state.zone)
        state.compare = first.get("compare") or COMPARED[0]
        if unknown := [name[:_WIDEST] for name in first if name not in KNOWN]:
            state.wrong = say("unknown", names=", ".join(unknown))
        asked_for = first.get("dimension", first.get("split", next(iter(state.open), "")))
        state.dimension = asked_for if asked_for in state.open else next(iter(state.open), "") if asked_for else ""
        self._explain()

    def _explain(self) -> None:
        state = self._state
        state.found = state.moved = None
        flow, asked = self._wb.flow(state.flow), state.asked
        try:
            state.found = flow.explain(state.kpi, **asked)
        except NotExpressible:  # it is no sum over parts: how it moved can be told all the same
            state.moved = flow.movement(state.kpi, **asked)

    def _receive(self, message: dict[str, Any]) -> None:
        state = self._state
        state.wrong = ""
        name, value = message.get("field"), str(message.get("value") or "")
        if message.get("type") == "field" and name in {COMPARE, DIMENSION}:
            state.ack = int(message.get("rev") or 0)
            if name == COMPARE:
                state.compare = value
            else:
                state.dimension = value
            self._try(self._explain)
        self.surface.view = view(state)

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log, refused=TEXT["refused"]) or self._state.wrong
