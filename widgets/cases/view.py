"""The page of cases as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from widgets.cases.messages import COLUMNS, NOTES, NOTHING, TEXT, say
from widgets.surface import parts
from widgets.surface.filters import words_of
from widgets.surface.moments import on_clock
from widgets.surface.page import page

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.cases import CaseList, CaseRow
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

PART = "part"
PARTS = ("failed", "counted", "out_of")
"""In the order in which they are looked for: the first that the KPI has is shown."""
MOST = 1_000


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``limit`` is how many cases are listed, ``titles`` those of the flow and the KPI.
    """

    flow: str = ""
    kpi: str = ""
    start: datetime | None = None
    end: datetime | None = None
    filters: dict[str, list[str | None]] = field(default_factory=dict)
    limit: int = 50
    titles: tuple[str, str] = ("", "")
    found: CaseList | None = None
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
    return page(
        title=say("title", kpi=kpi or state.kpi),
        heading=say("heading", kpi=kpi or state.kpi),
        lede=TEXT["lede"],
        bar=parts.bar(state.session, *links),
        banners=parts.outcome(state.wrong),
        body=_body(state, state.found) if state.found else [],
        status=_count(state.found) if state.found else "",
        focus=state.focus,
        ack=state.ack,
        buffer="cases",
    )


def _body(state: State, found: CaseList) -> list[Element]:
    facts = [
        (TEXT["period"], _period(found)),
        *([(TEXT["only"], words_of(state.filters))] if state.filters else []),
        (TEXT["zone"], found.time_zone),
        (TEXT["snapshot"], found.snapshot),
    ]  # fmt: skip
    options = [(part, TEXT[part]) for part in found.parts]
    choice = parts.field("radios", PART, TEXT["part"], found.part, options=options)
    return [parts.box(parts.facts(facts), *([choice] if len(options) > 1 else [])), _listed(found)]


def _listed(found: CaseList) -> Element:
    if not found.items:
        return parts.box(parts.text(TEXT["none"]))
    zone = ZoneInfo(found.time_zone)
    rows = [
        (one.case, f"{one.at.astimezone(zone):%d %b %Y %H:%M:%S}", one.shown or NOTHING, _became(one))
        for one in found.items
    ]
    more: list[Element] = []
    if found.total > len(found.items):
        full = len(found.items) >= MOST
        more = [parts.text(say("most", most=f"{MOST:,}")) if full else parts.button(TEXT["more"], "more")]
    return parts.box(parts.table(_count(found), COLUMNS, rows), *more)


def _became(one: CaseRow) -> str:
    """Return what became of a case: why it breaks a rule, else a word, and by how much it is late."""
    note = one.evidence.words if one.evidence else NOTES.get(one.note, one.note)
    late = say("late", late=timedelta(seconds=round(one.late))) if one.late is not None else ""
    return ", ".join(filter(None, (note, late))) or NOTHING


def _count(found: CaseList) -> str:
    if found.total == 1:
        return TEXT["found_one"]
    return say("found", shown=f"{len(found.items):,}", total=f"{found.total:,}")


def _period(found: CaseList) -> str:
    start, end = (moment and on_clock(moment, found.time_zone) for moment in (found.start, found.end))
    if start and end:
        return say("between", start=start, end=end)
    if start or end:
        return say("since", start=start) if start else say("until", end=end)
    return TEXT["all_time"]
