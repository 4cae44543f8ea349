"""The page that says why a KPI changed as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.numbers import cause, shown
from widgets.explanation.facts import facts
from widgets.explanation.messages import COLUMNS, COMPARED, KINDS, MEANINGS, TEXT, say
from widgets.explanation.moved import lede, moved
from widgets.explanation.waterfall import Step, waterfall
from widgets.surface import parts
from widgets.surface.filters import pairs_of
from widgets.surface.page import page

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.explanation import Explanation, ExplanationPart
    from bos.model.answers.movement import Movement
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

COMPARE, DIMENSION = "compare", "dimension"
MOST = 12
"""Causes that are drawn one by one; the table has all of them."""


@dataclass
class State:
    """All that the page is made of.

    ``found`` is the change as a sum, ``moved`` what is told of a KPI that is none. ``titles`` are those of the flow and
    the KPI, ``kpis`` those of all KPIs, ``fields`` what the KPI declares to be split by, ``zone`` its time zone.
    """

    flow: str = ""
    kpi: str = ""
    start: datetime | None = None
    end: datetime | None = None
    compare: str = COMPARED[0]
    dimension: str = ""
    filters: dict[str, list[str | None]] = field(default_factory=dict)
    titles: tuple[str, str] = ("", "")
    fields: tuple[str, ...] = ()
    kpis: dict[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    found: Explanation | None = None
    moved: Movement | None = None
    session: SessionAnswer | None = None
    wrong: str = ""
    ack: int = 0

    @property
    def asked(self) -> dict[str, Any]:
        """How the change is asked for."""
        own = {"start": self.start, "end": self.end, "compare": self.compare}
        return {**own, "dimension": self.dimension, "filters": self.filters}

    @property
    def open(self) -> tuple[str, ...]:
        """The fields that are left to split by: what is filtered to one value has no parts."""
        return tuple(one for one in self.fields if len(self.filters.get(one, ())) != 1)


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    flow, kpi = state.titles
    links = [parts.link(TEXT["home"], "home.ipynb")]
    if state.flow:
        address = f"dashboard.ipynb?{urlencode([('flow', state.flow), *pairs_of(state.filters)])}"
        links.append(parts.link(say("dashboard", flow=flow or state.flow), address))
    shown_page = page(
        title=say("title", kpi=kpi or state.kpi),
        heading=say("heading", kpi=kpi or state.kpi),
        lede=_lede(state.found) if state.found else lede(state.moved) if state.moved else "",
        bar=parts.bar(state.session, *links),
        banners=parts.outcome(state.wrong),
        body=[*([_choices(state)] if state.titles[1] else []), *_told(state)],
        status=_lede(state.found) if state.found and state.ack else "",
        focus=0,
        ack=state.ack,
        buffer="explanation",
    )
    return {**shown_page, "location": f"?{urlencode(_address(state))}"} if state.titles[1] else shown_page


def _address(state: State) -> list[tuple[str, str]]:
    """Return what the address of the page says."""
    ends = [(name, moment.isoformat()) for name, moment in (("start", state.start), ("end", state.end)) if moment]
    own = [("flow", state.flow), ("kpi", state.kpi), *ends, (COMPARE, state.compare)]
    return [*own, (DIMENSION, state.dimension), *pairs_of(state.filters)]


def _told(state: State) -> list[Element]:
    if state.found is not None:
        return _body(state, state.found)
    return moved(state, state.moved) if state.moved is not None else []


def _lede(found: Explanation) -> str:
    then, now = (shown(side.value, found.unit) for side in (found.then, found.now))
    return say("lede", then=then, now=now, difference=found.rounded.words(found.rounded.total))


def _choices(state: State) -> Element:
    spans = [(one, TEXT["previous"] if one == COMPARED[0] else say("so_earlier", span=one)) for one in COMPARED]
    if state.compare not in COMPARED:
        spans.append((state.compare, say("so_earlier", span=state.compare)))
    chosen = [parts.field("select", COMPARE, TEXT["compare"], state.compare, options=spans, look="wz-short")]
    if state.open:
        fields = [*((one, one.replace("_", " ").capitalize()) for one in state.open), ("", TEXT["none"])]
        chosen.append(
            parts.field("select", DIMENSION, TEXT["dimension"], state.dimension, options=fields, look="wz-short")
        )
    return parts.box(*chosen, look="wz-line")


def _body(state: State, found: Explanation) -> list[Element]:
    unit, told = found.unit, facts(state, found)
    if not found.parts:
        return [*told, parts.box(parts.text(TEXT["nothing"]))]
    drawn = parts.picture(waterfall(_steps(found), TEXT["drawing"]), TEXT["drawing"])
    causes = [(cause(one.kind, unit), one, amount) for one, amount in _ordered(found)]
    rows = [(KINDS[kind], _of(one), found.rounded.words(amount), MEANINGS[kind]) for kind, one, amount in causes]
    return [*told, parts.box(drawn, parts.table(TEXT["table"], COLUMNS, rows))]


def _steps(found: Explanation) -> list[Step]:
    """Return the way from the earlier value to this one, the largest causes one by one, the smallest together."""
    ordered, told = _ordered(found), found.rounded
    few = ordered if len(ordered) <= MOST + 1 else ordered[:MOST]
    named = [(KINDS[cause(one.kind, found.unit)], one, amount) for one, amount in few]
    causes = [(f"{name}: {_of(one)}" if _of(one) else name, one.amount, amount) for name, one, amount in named]
    if rest := ordered[len(few) :]:
        together = sum(one.amount for one, _ in rest), sum((amount for _, amount in rest), Decimal(0))
        causes.append((say("others", n=len(rest)), *together))
    at, unit = found.then.value, found.unit
    steps = [Step(TEXT["then"], shown(at, unit), at, at, level=True)]
    for name, long, amount in causes:
        steps.append(Step(name, told.words(amount), at, at + long))
        at += long
    return [*steps, Step(TEXT["now"], shown(found.now.value, unit), found.now.value, found.now.value, level=True)]


def _ordered(found: Explanation) -> list[tuple[ExplanationPart, Decimal]]:
    """Return the parts with the amounts that are shown, the largest first."""
    return sorted(zip(found.parts, found.rounded.parts, strict=True), key=lambda one: -abs(one[0].amount))


def _of(one: ExplanationPart) -> str:
    return TEXT["unrecorded"] if one.missing else one.of or ""
