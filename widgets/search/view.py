"""The search as data: from what BOS found to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bos.model.roles import ROLES
from widgets.search.messages import KINDS, TEXT, say
from widgets.surface import parts
from widgets.surface.page import page
from widgets.surface.words import STATES

if TYPE_CHECKING:
    from bos.model.answers.documents import Hit, SearchFilter
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

WORDS_FIELD = "q"
NARROW = ("kind", "step", "system", "regulation", "owner", "role", "state", "tag")
"""Fields to narrow by, in their order on the page."""
MOST = 50
"""Hits on the page."""


@dataclass
class State:
    """All that the page is made of. ``chosen`` has the values narrowed by, ``uses`` the document referred to."""

    text: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    uses: str = ""
    hits: tuple[Hit, ...] = ()
    more: bool = False
    filters: tuple[SearchFilter, ...] = ()
    flows: dict[str, str] = field(default_factory=dict)
    session: SessionAnswer | None = None
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def asked(self) -> bool:
        """Return whether anything is asked for."""
        return bool(self.text.strip() or self.uses or any(self.chosen.values()))


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    return page(
        title=TEXT["title"],
        heading=TEXT["heading"],
        lede=TEXT["lede"],
        bar=parts.bar(state.session, parts.link(TEXT["home"], "home.ipynb")),
        banners=parts.outcome(state.wrong),
        body=[_question(state), _hits(state)],
        status=_count(state) if state.asked else "",
        focus=state.focus,
        ack=state.ack,
        buffer="search",
    )


def _question(state: State) -> Element:
    words = parts.field("text", WORDS_FIELD, TEXT["text"], state.text, hint=TEXT["text_hint"], optional=True)
    narrow = parts.box(*(choice for name in NARROW if (choice := _choice(state, name))), look="wz-line")
    inside = [words, parts.details(TEXT["narrow"], narrow, key="narrow", open=any(state.chosen.values()))]
    if state.uses:
        kind, _, name = state.uses.partition("/")
        inside.append(parts.text(say("uses", kind=KINDS.get(kind, (kind,))[0].lower(), name=name)))
    if state.asked:
        inside.append(parts.actions(parts.button(TEXT["clear"], "clear", look="quiet")))
    return parts.box(parts.card(*inside))


def _choice(state: State, name: str) -> Element | None:
    """Return the field for a filter, or nothing where there is nothing to choose."""
    chosen = state.chosen.get(name, "")
    if name == "kind":
        options = [(kind, many) for kind, (_, many) in KINDS.items()]
    else:
        mine = [one for one in state.filters if one.filter == name]
        options = [
            (one.value, say("option", label=STATES[one.value][0] if name == "state" else one.label, n=one.count))
            for one in sorted(mine, key=lambda one: one.label.casefold())
        ]
    if chosen and chosen not in dict(options):
        options.append((chosen, chosen))
    if not options:
        return None
    return parts.field("select", name, TEXT[name], chosen, options=[("", TEXT["any"]), *options], look="wz-short")


def _hits(state: State) -> Element:
    rows = [_hit(state, hit) for hit in state.hits]
    listed = parts.listing(TEXT["found"], rows, empty=TEXT["empty"] if state.asked else TEXT["begin"])
    told = [parts.text(say("many", n=len(state.hits)), "bos-lede")] if state.more else []
    return parts.box(*told, listed)


def _count(state: State) -> str:
    return TEXT["count_one"] if len(state.hits) == 1 else say("count", n=f"{len(state.hits)}{'+' * state.more}")


def _hit(state: State, hit: Hit) -> Element:
    words, shape = STATES[hit.state]
    flow = state.flows.get(hit.flow, hit.flow) if hit.flow and hit.kind != "template" else ""
    told = [say("of", flow=flow)] if flow else []
    told.append(say("owned", role=ROLES.get(hit.owner, hit.owner)))
    sentence = "; ".join(told)
    snippet = f"… {found} …" if (found := hit.snippet.replace("**", "").strip()) else ""
    return parts.row(
        hit.title, f"{sentence[0].upper()}{sentence[1:]}. {snippet}", key=f"{hit.kind}/{hit.id}", level=2,
        marks=[parts.badge(KINDS[hit.kind][0]), parts.status(words, shape)], ends=_ways(hit),
    )  # fmt: skip


def _ways(hit: Hit) -> list[Element]:
    """Return the ways on from a hit."""
    about = say("about", title=hit.title)
    quiet: dict[str, Any] = {"look": "bos-button bos-button--quiet", "about": about}
    if hit.kind in {"signal", "calendar", "cost_rule"}:
        uses = parts.button(TEXT["use"], "uses", f"{hit.kind}/{hit.id}", look="quiet", about=about)
        asked = {"cost_rule": ("costs", "rule"), "calendar": ("calendars", "calendar")}
        if hit.kind not in asked:
            return [uses]
        page, name = asked[hit.kind]
        return [parts.link(TEXT["open"], f"{page}.ipynb?{urlencode({name: hit.id})}", **quiet), uses]
    if not hit.flow:
        return []
    query = {"flow": hit.flow}
    ways = [parts.link(TEXT["dashboard"], f"dashboard.ipynb?{urlencode(query)}", look="bos-button", about=about)]
    if hit.kind == "kpi":
        place = {**query, "stage": "populate", "item": f"outcomes[{hit.id.partition('/')[2]}]"}
        ways.append(parts.link(TEXT["wizard"], f"wizard.ipynb?{urlencode(place)}", **quiet))
        told = {**query, "kpi": hit.id.partition("/")[2]}
        ways.append(parts.link(TEXT["published"], f"published.ipynb?{urlencode(told)}", **quiet))
    elif hit.kind == "template":
        ways.append(parts.link(TEXT["wizard"], f"wizard.ipynb?{urlencode(query)}", **quiet))
        ways.append(parts.link(TEXT["history"], f"history.ipynb?{urlencode(query)}", **quiet))
        ways.append(parts.link(TEXT["published"], f"published.ipynb?{urlencode(query)}", **quiet))
    return ways
