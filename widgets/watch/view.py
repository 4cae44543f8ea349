"""Watched KPIs as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.moments import instant
from bos.model.numbers import each
from bos.model.roles import ROLES
from widgets.surface import parts
from widgets.surface.page import page
from widgets.watch.messages import TEXT, say

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.documents import DocumentRow
    from bos.model.answers.people import SessionAnswer
    from bos.model.answers.watching import Watched
    from widgets.surface.parts import Element

WHY = "why"
_WORST = ("breach", "warning", "withheld", "no_data", None, "ok")
_SHAPES = {"withheld": "withheld", "no_data": "no_data", None: "none"}


@dataclass
class State:
    """All that the page is made of.

    ``taking`` is the flow and KPI somebody is about to look after, ``instead_of`` the person who does so now.
    """

    flow: str = ""
    flows: tuple[DocumentRow, ...] = ()
    found: dict[str, tuple[Watched, ...]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    session: SessionAnswer | None = None
    taking: tuple[str, str] | None = None
    instead_of: str = ""
    why: str = ""
    missing: str = ""
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    def may(self, right: str) -> bool:
        """Return whether the person may do something somewhere; the server decides where."""
        return self.session is not None and right in self.session.may

    @property
    def me(self) -> str:
        """Who looks at the page."""
        return self.session.person if self.session else ""

    def of(self, flow: str, kpi: str) -> Watched | None:
        """Return a watched KPI that the page shows."""
        return next((one for one in self.found.get(flow, ()) if one.kpi == kpi), None)


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    titles = {row.id: row.title for row in state.flows}
    body = [_flow(state, flow, titles.get(flow, flow), rows) for flow, rows in state.found.items() if rows]
    return page(
        title=TEXT["title"],
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(state.session, parts.link(TEXT["home"], "home.ipynb")),
        banners=parts.outcome(state.wrong, state.told),
        body=body or [parts.box(parts.text(TEXT["none"]))],
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer="watch",
    )


def _flow(state: State, flow: str, title: str, rows: tuple[Watched, ...]) -> Element:
    ordered = sorted(rows, key=lambda one: _WORST.index(one.state))
    link = parts.link(
        TEXT["dashboard"], f"dashboard.ipynb?{urlencode({'flow': flow})}", about=say("about", title=title)
    )
    forms = [_form(state, one) for one in ordered if state.taking == (flow, one.kpi)]
    listed = parts.listing(say("rows", title=title), [_row(state, one) for one in ordered], empty="")
    return parts.box(parts.heading(title), *forms, listed, parts.actions(link))


def _row(state: State, one: Watched) -> Element:
    shape = _SHAPES.get(one.state, one.state or "none")
    marks = [parts.status(TEXT[one.state or "never"], shape)]
    if one.money and one.state in {"warning", "breach"}:
        marks.append(parts.badge(say("money", money=one.money.shown), mark=True))
    return parts.row(
        f"{one.title}: {one.shown}" if one.value is not None else one.title,
        " · ".join(_facts(state, one)),
        key=f"{one.flow}/{one.kpi}",
        level=3,
        marks=marks,
        ends=_ends(state, one),
    )


def _facts(state: State, one: Watched) -> list[str]:
    told = [one.words] if one.words not in {"", TEXT.get(one.state or "", "")} else []
    if one.since:
        told.append(say("since", at=_at(one, one.since)))
    if one.coming:
        looks = TEXT["look"] if one.times == 1 else say("looks", n=one.times)
        told.append(say("coming", state=TEXT[one.coming], times=looks))
    people = ", ".join(state.names.get(name, name) for name in one.owners) or TEXT["nobody"]
    told.append(say("owner", role=ROLES.get(one.owner, one.owner), people=people))
    every = say("every", every=each(one.every), over=each(one.over))
    told.append(f"{every}, {say('looked', at=_at(one, one.looked_at), zone=one.time_zone)}" if one.looked_at else every)
    if one.acknowledged:
        done = one.acknowledged
        told.append(say("after", by=state.names.get(done.by, done.by), at=_at(one, done.at), why=done.why))
    return told


def _ends(state: State, one: Watched) -> list[Element]:
    key, ends = [one.flow, one.kpi], []
    if state.may("kpi.acknowledge") and one.state not in {None, "ok"}:
        has = one.acknowledged.by if one.acknowledged else ""
        if has in {"", state.me}:
            words = TEXT["again"] if has else TEXT["take"]
        else:
            words = say("over", by=state.names.get(has, has))
        look = {"look": "quiet"} if has else {}
        ends.append(parts.button(words, "take", key, small=True, about=one.title, **look))
    if state.may("kpi.subscribe"):
        words, action = (TEXT["hush"], "hush") if one.subscribed else (TEXT["hear"], "hear")
        ends.append(parts.button(words, action, key, look="quiet", small=True, about=one.title))
    return ends


def _form(state: State, one: Watched) -> Element:
    return parts.card(
        parts.heading(one.title, 3),
        parts.field("area", WHY, TEXT["why"], state.why, hint=TEXT["why_hint"], error=state.missing or None, rows=2),
        parts.actions(
            parts.button(_save(state), "save", [one.flow, one.kpi], default=True),
            parts.button(TEXT["cancel"], "cancel", look="quiet"),
        ),
    )


def _save(state: State) -> str:
    by = state.instead_of
    return say("over", by=state.names.get(by, by)) if by else TEXT["save"]


def _at(one: Watched, moment: datetime) -> str:
    """Return a moment on the clock of the KPI, which its words name, too."""
    return instant(moment, one.time_zone)
