"""The page of published numbers: asks BOS, shows the view, computes a run again beside the page."""

from __future__ import annotations

import hashlib
import logging
import threading
from itertools import islice
from typing import TYPE_CHECKING, Any

from bos.errors import NotFound
from widgets.published.messages import TEXT
from widgets.published.runs import Again, of_dashboard, of_kpis, of_pack, told_by_dashboard, told_by_kpis
from widgets.published.view import KPI, ONLY, RUN, State, view
from widgets.surface import Surface
from widgets.surface.attempt import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bos.client.boards import Dashboard
    from bos.client.workbench import Workbench
    from widgets.published.runs import Frozen, Told

_log = logging.getLogger("widgets.published")
MOST = 20
"""Runs of each kind that are listed."""
_PAIR = 2


class PublishedPage:
    """What was published of a flow, and what it is now. ``surface`` is the widget to show.

    ``asked`` is what the address of the page asks for: ``flow``, and, where they say more, ``run`` (of KPIs or of the
    dashboard), ``kpi``, and ``only=restated``.
    """

    def __init__(self, wb: Workbench, asked: Mapping[str, Sequence[str]] | None = None) -> None:
        self._wb = wb
        self._lock = threading.Lock()
        first = {name: values[0] for name, values in (asked or {}).items() if values}
        self._state = State(first.get("flow", ""), kpi=first.get(KPI, ""), only=first.get(ONLY) == "restated")
        self._try(lambda: self._begin(first.get(RUN, "")))
        self.surface = Surface(view(self._state), self._receive)

    def _begin(self, run: str) -> None:
        state, wb = self._state, self._wb
        state.session = wb.session()
        if not state.flow:
            state.wrong = TEXT["missing"]
            return
        state.names = {one.person: one.display for one in state.session.sample_people}
        document = wb.templates.get(state.flow).document
        state.title, state.zone = document["title"], document["time_zone"]
        state.titles = {one["id"]: one["title"] for one in document["outcomes"]}
        self._list()
        chosen = run or _usual(state.runs)
        if chosen:
            self._see(chosen)

    def _list(self) -> None:
        """List the newest runs of every kind that the person may see."""
        state, flow = self._state, self._wb.flow(self._state.flow)
        may = state.session.may if state.session else ()
        kinds: list[list[Frozen]] = [
            [of_kpis(one) for one in islice(flow.runs(), MOST + 1)] if "kpi.read" in may else [],
            [of_dashboard(one) for one in islice(flow.dashboard_runs(), MOST + 1)] if "dashboard.read" in may else [],
            [of_pack(one) for one in flow.packs()[: MOST + 1]] if "report.read" in may else [],
        ]
        state.more = any(len(found) > MOST for found in kinds)
        every = [one for found in kinds for one in found[:MOST]]
        state.runs = tuple(sorted(every, key=lambda one: (one.at, one.run), reverse=True))

    def _see(self, name: str) -> None:
        """Show what a run told, beside what BOS computes today."""
        state, wb = self._state, self._wb
        told = self._told(name)
        state.told, state.found = told, None
        if state.kpi not in {value.kpi for value in told.values}:
            state.kpi = ""
        if state.may_compute:
            state.found = wb.restated(name)

    def _told(self, name: str) -> Told:
        state, wb = self._state, self._wb
        known = next((one.kind for one in state.runs if one.run == name), "")
        if known == "dashboard":
            run = wb.dashboard_run(name)
        else:
            try:
                kpis = wb.run(name)
            except NotFound:
                run = self._dashboard(name)
            else:
                self._own(kpis.flow)
                return told_by_kpis(kpis, state.zone)
        self._own(run.flow)
        return told_by_dashboard(run)

    def _dashboard(self, name: str) -> Dashboard:
        try:
            return self._wb.dashboard_run(name)
        except NotFound:
            raise NotFound(TEXT["no_run"], hint=TEXT["no_run_hint"]) from None

    def _own(self, flow: str) -> None:
        if flow != self._state.flow:
            raise NotFound(TEXT["other"], hint="Open it from its own flow.")

    def _receive(self, message: dict[str, Any]) -> None:
        with self._lock:
            state = self._state
            state.wrong = ""
            kind = message.get("type")
            if kind == "field":
                state.ack = int(message.get("rev") or 0)
                self._take(str(message.get("field")), str(message.get("value") or ""))
            elif kind == "action":
                self._act(str(message.get("action")), message.get("value"))
            self.surface.view = view(state)

    def _take(self, name: str, value: str) -> None:
        state = self._state
        if name == RUN:
            self._try(lambda: self._see(value))
        elif name == KPI:
            state.kpi = value
        elif name == ONLY:
            state.only = value == "restated"

    def _act(self, action: str, value: Any) -> None:
        state = self._state
        if action == "see" and isinstance(value, str):
            self._try(lambda: self._see(value))
            state.focus += 1
        elif action == "again" and isinstance(value, list) and len(value) == _PAIR:
            run = next((one for one in state.runs if one.run == value[0]), None)
            if run is not None and state.busy is None and state.turns.get(run.run, 0) == value[1]:
                state.busy, state.turns[run.run] = run, value[1] + 1
                threading.Thread(target=self._again, args=(run,), daemon=True).start()

    def _again(self, run: Frozen) -> None:
        """Compute a run again, or hold the file of a pack against its sum; the page goes on answering meanwhile."""
        found: list[Again] = []
        wrong = attempt(lambda: found.append(self._repeated(run)), _log, refused=TEXT["refused"])
        with self._lock:
            state = self._state
            state.busy, state.wrong = None, wrong
            if found:
                state.done[run.run], state.newest = found[0], run.run
                state.focus += 1
            self.surface.view = view(state)

    def _repeated(self, run: Frozen) -> Again:
        if run.kind != "report":
            found = self._wb.rerun(run.run)
            return Again(found.same, found.now_hash, found.reasons, found.differences)
        now = hashlib.sha256(self._wb.pack_html(run.run).encode("utf-8")).hexdigest()
        return Again(now == run.result, now, () if now == run.result else (TEXT["file_reason"],))

    def _try(self, work: Callable[[], None]) -> None:
        self._state.wrong = attempt(work, _log, refused=TEXT["refused"]) or self._state.wrong


def _usual(runs: Sequence[Frozen]) -> str:
    """Return the run that is shown without being asked for: the newest of KPIs, else the newest of the dashboard."""
    kinds = ("kpi", "dashboard")
    return next((one.run for kind in kinds for one in runs if one.kind == kind), "")
