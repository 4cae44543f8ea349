"""The page of published numbers as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.moments import instant
from widgets.published.listed import frozen_runs, outcome, over
from widgets.published.messages import KINDS, TEXT, say
from widgets.published.values import values
from widgets.surface import parts
from widgets.surface.page import page

if TYPE_CHECKING:
    from bos.model.answers.kpis import Restated
    from bos.model.answers.people import SessionAnswer
    from widgets.published.runs import Again, Frozen, Told
    from widgets.surface.parts import Element

RUN, KPI, ONLY = "run", "kpi", "only"
_NAMED = 2


@dataclass
class State:
    """All that the page is made of.

    ``titles`` are those of the KPIs, ``zone`` is the flow's. ``told`` is the run whose values are shown, ``found`` what
    of them is another one now (``None``: not computed). ``done`` are the runs that were computed again, ``turns``
    how often each was asked to be, ``busy`` the one that is being computed, ``newest`` the last that was.
    """

    flow: str = ""
    title: str = ""
    zone: str = "UTC"
    titles: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    runs: tuple[Frozen, ...] = ()
    more: bool = False
    told: Told | None = None
    found: Restated | None = None
    kpi: str = ""
    only: bool = False
    done: dict[str, Again] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)
    busy: Frozen | None = None
    newest: str = ""
    session: SessionAnswer | None = None
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def may_compute(self) -> bool:
        """Whether the person may compute numbers somewhere; the server decides where."""
        return self.session is not None and "kpi.evaluate" in self.session.may

    def at(self, run: Frozen) -> str:
        """Return when a run was made, on the clock of the flow."""
        return instant(run.at, self.zone)


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    name = state.title or state.flow
    body: list[Element] = []
    if state.title:
        body = [*_values(state), frozen_runs(state)]
    return {
        **page(
            title=say("title", flow=name),
            heading=say("heading", flow=name),
            lede=TEXT["lede"],
            bar=parts.bar(state.session, *_links(state)),
            banners=[*parts.outcome(state.wrong), *outcome(state)],
            body=body,
            status=say("busy_status", at=state.at(state.busy)) if state.busy else "",
            focus=state.focus,
            ack=state.ack,
            buffer=f"published.{state.flow}",
        ),
        "location": f"?{urlencode(_address(state))}",
    }


def _address(state: State) -> dict[str, str]:
    """Return what the address of the page says: what is as usual is left out."""
    own = {RUN: state.told.of.run if state.told else "", KPI: state.kpi, ONLY: "restated" if state.only else ""}
    return {"flow": state.flow, **{name: value for name, value in own.items() if value}}


def _links(state: State) -> list[Element]:
    links = [parts.link(TEXT["home"], "home.ipynb")]
    query = urlencode({"flow": state.flow})
    if state.flow:
        links += [parts.link(TEXT[name], f"{name}.ipynb?{query}") for name in ("dashboard", "history")]
    return links


def _values(state: State) -> list[Element]:
    if state.told is None:
        return [parts.box(parts.text(TEXT["no_runs"]))] if not state.runs else []
    return [parts.box(parts.heading(TEXT["values"]), _choices(state, state.told), *values(state, state.told))]


def _choices(state: State, told: Told) -> Element:
    offered = {one.run: _option(state, one) for one in state.runs if one.kind != "report"}
    offered.setdefault(told.of.run, _option(state, told.of))
    names = dict.fromkeys(value.kpi for value in told.values)
    kpis = [("", TEXT["every"]), *((name, state.titles.get(name, name)) for name in names)]
    chosen = [
        parts.field("select", RUN, TEXT["run"], told.of.run, options=list(offered.items()), look="wz-long"),
        parts.field("select", KPI, TEXT["kpi"], state.kpi, options=kpis),
    ]
    if state.found is not None:
        which = [("", TEXT["all"]), ("restated", TEXT["only"])]
        chosen.append(parts.field("select", ONLY, TEXT["which"], "restated" if state.only else "", options=which))
    return parts.box(*chosen, look="wz-line")


def _option(state: State, run: Frozen) -> str:
    return say("run_of", kind=KINDS[run.kind], at=state.at(run), what=over(state, run, _what(state, run)))


def _what(state: State, run: Frozen) -> str:
    if isinstance(run.of, str):
        return run.of
    titles = [state.titles.get(name, name) for name in run.of]
    names = ", ".join(titles[:_NAMED])
    return names if len(titles) <= _NAMED else say("more_kpis", names=names, n=len(titles) - _NAMED)
