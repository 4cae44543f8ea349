"""The page of an upgrade as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from widgets.surface import parts
from widgets.surface.page import page
from widgets.upgrade.messages import TEXT, say

if TYPE_CHECKING:
    from bos.model.answers.documents import Blueprint, DocumentAnswer, Instance, Upgrade, UpgradeChange
    from bos.model.answers.people import SessionAnswer
    from widgets.surface.parts import Element

PICK, WHY, FLOWS, MODE, WHY_ALL = "pick", "why", "flows", "mode", "why_all"
"""The fields: what this flow takes and why; which other flows take what, and why."""


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading."""

    flow: str
    live: DocumentAnswer | None = None
    found: Upgrade | None = None
    shipped: Blueprint | None = None
    others: tuple[Instance, ...] = ()
    session: SessionAnswer | None = None
    pick: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    mode: str = "unchanged"
    why: str = ""
    why_all: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    told: str = ""
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def title(self) -> str:
        """Return what the flow is called."""
        return str(self.live.document.get("title") or self.flow) if self.live else self.flow

    @property
    def may_edit(self) -> bool:
        """Return whether who is signed in may change flows."""
        return self.session is not None and self.session.may_edit

    def safe(self) -> list[str]:
        """Return the paths of what nobody changed here and no proposal waits for."""
        return [one.change.path for one in self.found.changes if not one.changed_here] if self.found else []


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    query = urlencode({"flow": state.flow})
    links = [
        parts.link(TEXT["home"], "home.ipynb"),
        parts.link(TEXT["wizard"], f"wizard.ipynb?{query}"),
        parts.link(TEXT["history"], f"history.ipynb?{query}"),
        parts.link(TEXT["approvals"], "approvals.ipynb"),
    ]
    return page(
        title=say("title", error=TEXT["error"] if state.errors else "", title=state.title),
        heading=say("heading", title=state.title),
        lede=TEXT["lede"],
        bar=parts.bar(state.session, *links),
        errors=state.errors,
        banners=parts.outcome(state.wrong, state.told),
        body=_body(state),
        status=state.told,
        focus=state.focus,
        ack=state.ack,
        buffer=f"upgrade.{state.flow}",
    )


def _body(state: State) -> list[Element]:
    if state.found is None:
        return []
    return [parts.box(_facts(state, state.found), *_mine(state, state.found)), *_others(state)]


def _facts(state: State, found: Upgrade) -> Element:
    made_from = say("version", n=found.from_version) if found.from_version else TEXT["unknown"]
    name = state.shipped.title if state.shipped else found.blueprint
    shipped = say("version", n=found.to_version)
    return parts.facts([(TEXT["blueprint"], name), (TEXT["from"], made_from), (TEXT["to"], shipped)])


def _mine(state: State, found: Upgrade) -> list[Element]:
    if not found.changes:
        return [parts.text(TEXT["up_to_date"])]
    aside = [
        parts.text(say(name, names=", ".join(names)))
        for name, names in (("needs", found.needs), ("differs", found.differs))
        if names
    ]
    if not state.may_edit:
        points = [" · ".join((one.text, *_marks(one))) for one in found.changes]
        return [parts.text(TEXT["look_only"]), parts.heading(TEXT["brings"]), parts.plain(points), *aside]
    options = [(one.change.path, one.text, " · ".join(_marks(one))) for one in found.changes]
    marks = [parts.button(TEXT[name], "mark", name, look="quiet", small=True) for name in ("safe", "all", "none")]
    chosen = parts.field(
        "checks",
        PICK,
        TEXT["what"],
        state.pick,
        hint=TEXT["what_hint"],
        options=options,
        error=state.errors.get(PICK),
        wide=True,
    )
    return [parts.card(chosen, parts.actions(*marks), *aside,
                       _reason(state, WHY, state.why), parts.actions(parts.button(TEXT["take"], "take")),
                       key="mine")]  # fmt: skip


def _marks(one: UpgradeChange) -> list[str]:
    said = (("critical", one.critical), ("waits", one.group), ("changed_here", one.changed_here and not one.group))
    return [TEXT[name] for name, on in said if on]


def _reason(state: State, name: str, value: str) -> Element:
    return parts.field("area", name, TEXT["why"], value, hint=TEXT["why_hint"], error=state.errors.get(name))


def _others(state: State) -> list[Element]:
    if not state.may_edit:
        return []
    heading = parts.heading(TEXT["others"])
    if not state.others:
        return [parts.box(heading, parts.text(TEXT["others_none"]))]
    options = [(one.id, one.title, say("flow_hint", n=one.from_version)) for one in state.others]
    error = state.errors.get(FLOWS)
    modes = [("unchanged", TEXT["unchanged"]), ("all", TEXT["everything"])]
    card = parts.card(
        parts.field("checks", FLOWS, TEXT["flows"], state.flows, options=options, error=error, wide=True),
        parts.field("radios", MODE, TEXT["mode"], state.mode, options=modes),
        _reason(state, WHY_ALL, state.why_all),
        parts.actions(parts.button(TEXT["upgrade_all"], "take_all")),
        key="others",
    )
    return [parts.box(heading, parts.text(TEXT["others_lede"]), card)]
