"""The page of cases as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bos.model.moments import instant, period
from bos.model.numbers import GENERATED, became
from widgets.cases.messages import AT, BECAME, CASE, NOTES, NOTHING, OF_CASE, TEXT, VALUES, say
from widgets.surface import parts
from widgets.surface.filters import pairs_of, words_of
from widgets.surface.page import page

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.cases import CaseEvents, CaseList, CaseRow
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

PART = "part"
PARTS = ("failed", "counted", "out_of")
"""In the order in which they are looked for: the first that the KPI has is shown."""
MOST = 1_000


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``limit`` is how many cases are listed, ``titles`` those of the flow and the KPI. ``part`` is what the address asks
    for; ``case`` is the one whose ``events`` are shown instead of the list.
    """

    flow: str = ""
    kpi: str = ""
    start: datetime | None = None
    end: datetime | None = None
    filters: dict[str, list[str | None]] = field(default_factory=dict)
    limit: int = 50
    titles: tuple[str, str] = ("", "")
    found: CaseList | None = None
    part: str = ""
    case: str = ""
    events: CaseEvents | None = None
    session: SessionAnswer | None = None
    wrong: str = ""
    focus: int = 0
    ack: int = 0


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    flow, kpi = state.titles
    links = [parts.link(TEXT["home"], "home.ipynb")]
    if state.flow:
        address = f"dashboard.ipynb?{urlencode({'flow': state.flow})}"
        links.append(parts.link(say("dashboard", flow=flow or state.flow), address))
    one = "case_" if state.case else ""
    if state.case:
        links.append(parts.link(say("back", kpi=kpi or state.kpi), _address(state, "")))
    told = {"kpi": kpi or state.kpi, "case": state.case}
    return page(
        title=say(f"{one}title", **told),
        heading=say(f"{one}heading", **told),
        lede=" ".join([TEXT[f"{one}lede"], *([TEXT["journal"]] if state.found or state.events else [])]),
        bar=parts.bar(state.session, *links),
        banners=parts.outcome(state.wrong),
        body=_content(state),
        status=_status(state),
        focus=state.focus,
        ack=state.ack,
        buffer="cases",
    )


def _content(state: State) -> list[Element]:
    if state.events:
        return _events(state.events)
    return _body(state, state.found) if state.found else []


def _status(state: State) -> str:
    if state.events:
        return _told(state.events)
    return _count(state.found) if state.found else ""


def _address(state: State, case: str) -> str:
    """Return the address of a case, or without one of the list it is from: another visit or a reload shows the same."""
    part = state.found.part if state.found else state.part
    asked = {"flow": state.flow, "kpi": state.kpi, "part": part, "case": case}
    asked |= {name: at.isoformat() for name, at in (("start", state.start), ("end", state.end)) if at}
    pairs = [(name, value) for name, value in asked.items() if value]
    return f"cases.ipynb?{urlencode(pairs + pairs_of(state.filters))}"


def _events(found: CaseEvents) -> list[Element]:
    facts = parts.facts([(TEXT["zone"], found.time_zone), (TEXT["snapshot"], found.snapshot)])
    zone = ZoneInfo(found.time_zone)
    rows = [
        (
            f"{one.at.astimezone(zone):%-d %b %Y %H:%M:%S}",
            one.title,
            one.step or NOTHING,
            one.shown or NOTHING,
            f"{one.effective_date:%-d %b %Y}" if one.effective_date else NOTHING,
            one.by or NOTHING,
        )
        for one in found.items
    ]
    cut = found.total > len(found.items)
    more = [parts.text(say("told_most", shown=f"{len(found.items):,}"))] if cut else []
    return [parts.box(*_mark(found), facts), parts.box(parts.table(_told(found), OF_CASE, rows), *more)]


def _told(found: CaseEvents) -> str:
    if found.total == 1:
        return TEXT["told_one"]
    return say("told", shown=f"{len(found.items):,}", total=f"{found.total:,}")


def _body(state: State, found: CaseList) -> list[Element]:
    facts = [
        (TEXT["period"], _period(found)),
        *([(TEXT["only"], words_of(state.filters))] if state.filters else []),
        (TEXT["zone"], found.time_zone),
        (TEXT["snapshot"], found.snapshot),
    ]  # fmt: skip
    options = [(part, TEXT[part]) for part in found.parts]
    choice = parts.field("radios", PART, TEXT["part"], found.part, options=options)
    told = parts.box(*_mark(found), parts.facts(facts), *([choice] if len(options) > 1 else []))
    return [told, _listed(state, found)]


def _mark(found: CaseList | CaseEvents) -> list[Element]:
    return [parts.actions(parts.badge(GENERATED, mark=True))] if found.generated else []


def _listed(state: State, found: CaseList) -> Element:
    if not found.items:
        return parts.box(parts.text(TEXT["none"]))
    zone = ZoneInfo(found.time_zone)
    told = [_became(one, found.late_unit) for one in found.items]
    columns = [CASE, AT, *([VALUES[found.values]] if found.values else []), *([BECAME] if any(told) else []), ""]
    rows = [
        (
            one.case,
            f"{one.at.astimezone(zone):%-d %b %Y %H:%M:%S}",
            *([one.shown or NOTHING] if found.values else []),
            *([word or NOTHING] if any(told) else []),
            parts.link(TEXT["events"], _address(state, one.case), about=say("events_about", case=one.case)),
        )
        for one, word in zip(found.items, told, strict=True)
    ]
    more: list[Element] = []
    if found.total > len(found.items):
        full = len(found.items) >= MOST
        more = [parts.text(say("most", most=f"{MOST:,}")) if full else parts.button(TEXT["more"], "more")]
    return parts.box(parts.table(_count(found), columns, rows), *more)


def _became(one: CaseRow, late_unit: str) -> str:
    """Return what became of a case: why it breaks a rule, else a word, and how late it is; else nothing."""
    note = one.evidence.words if one.evidence else NOTES.get(one.note, one.note)
    return became(note, one.late, late_unit)


def _count(found: CaseList) -> str:
    if found.total == 1:
        return TEXT["found_one"]
    return say("found", shown=f"{len(found.items):,}", total=f"{found.total:,}")


def _period(found: CaseList) -> str:
    if found.start and found.end:
        return period(found.start, found.end, found.time_zone)
    start, end = (moment and instant(moment, found.time_zone) for moment in (found.start, found.end))
    if start or end:
        return say("since", start=start) if start else say("until", end=end)
    return TEXT["all_time"]
