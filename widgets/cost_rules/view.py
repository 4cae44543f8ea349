"""The page of cost rules as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.model.roles import ROLES
from bos.model.wording import words
from widgets.cost_rules.form import AMOUNT, LATER
from widgets.cost_rules.messages import TEXT, count, say
from widgets.surface import parts
from widgets.surface.page import page
from widgets.surface.words import STATES

if TYPE_CHECKING:
    from bos.model.answers.documents import DocumentAnswer
    from bos.model.answers.people import SessionAnswer
    from widgets.cost_rules.form import Form
    from widgets.surface.parts import Element


_NUMBERS = frozenset({"currency", "fixed", "rate", "per_minute", "at_most"})


@dataclass
class State:
    """All that the page is made of; ``focus`` counts up when the page takes the focus to its heading.

    ``used`` are by the id of a rule the KPIs that are charged by it, in words. ``told`` are points of what was done.
    """

    rules: tuple[DocumentAnswer, ...] = ()
    used: dict[str, list[str]] = field(default_factory=dict)
    session: SessionAnswer | None = None
    form: Form | None = None
    moved: str = ""
    told: tuple[str, ...] = ()
    wrong: str = ""
    focus: int = 0
    ack: int = 0

    @property
    def may_edit(self) -> bool:
        """Return whether who is signed in may make and change cost rules."""
        return self.session is not None and "cost_rule.write" in self.session.may


def view(state: State) -> dict[str, Any]:
    """Return the page."""
    form = state.form
    errors = {f"{form.prefix}{name}": text for name, text in form.errors.items()} if form else {}
    banners = parts.outcome(state.wrong)
    if state.moved:
        banners.append(parts.banner("warning", parts.text(say("moved", charge=state.moved)), role="alert"))
    if state.told:
        first, *rest = state.told
        banners.append(parts.banner("ok", parts.text(first), *([parts.plain(rest)] if rest else [])))
    heading = TEXT["heading"]
    if form is not None:
        heading = say("change", title=form.base.document["title"]) if form.base else TEXT["new"]
    return page(
        title=say("title", error=TEXT["error"] if errors else ""),
        heading=heading,
        lede=TEXT["lede"],
        bar=parts.bar(
            state.session, parts.link(TEXT["home"], "home.ipynb"), parts.link(TEXT["approvals"], "approvals.ipynb")
        ),
        errors=errors,
        banners=banners,
        body=_form(state, form) if form else _every(state),
        status=" ".join(state.told),
        focus=state.focus,
        ack=state.ack,
        buffer="cost_rules",
    )


def _every(state: State) -> list[Element]:
    rows = [_row(state, rule) for rule in state.rules]
    body: list[Element] = [parts.box(parts.listing(TEXT["every"], rows, empty=TEXT["none"]))]
    if not state.may_edit:
        return [*body, parts.text(TEXT["look_only"])]
    return [*body, parts.actions(parts.button(TEXT["new"], "new"))]


def _row(state: State, rule: DocumentAnswer) -> Element:
    used = state.used.get(rule.id, [])
    said = [say("used", kpis="; ".join(used)) if used else TEXT["used_none"]]
    waits = [mark.role for group in rule.open_groups if group.state == "waiting" for mark in group.waiting_for]
    if waits:
        said.append(say("waits", roles=", ".join(ROLES.get(role, role) for role in dict.fromkeys(waits))))
    title = rule.document["title"]
    change = parts.button(TEXT["change_short"], "change", rule.id, look="quiet", small=True, about=title)
    words_, tone = STATES[rule.state]
    return parts.row(
        title,
        f"{words(rule.document['charge'], longest=1_000)}. {' '.join(said)}",
        key=rule.id,
        ends=[parts.status(words_, tone), *([change] if state.may_edit else [])],
    )


def _form(state: State, form: Form) -> list[Element]:
    used = state.used.get(form.base.id, []) if form.base else []
    aside = [parts.banner("warning", parts.text(count("shared", len(used))), parts.plain(used))] if used else []
    rate = (TEXT["rate"], TEXT["rate_hint"]) if form.rated == "amount" else (say("rate_of", field=form.rated), "")
    return [
        *aside,
        parts.card(
            _text(form, "title", TEXT["name"], TEXT["name_hint"]),
            _text(form, "description", TEXT["description"], kind="area", optional=True, rows=2),
            _text(form, "currency", TEXT["currency"], TEXT["currency_hint"]),
            parts.group(
                TEXT["each"],
                _text(form, "fixed", TEXT["fixed"], TEXT["fixed_hint"], optional=True),
                _text(form, "rate", *rate, optional=True),
                _text(form, "per_minute", TEXT["per_minute"], TEXT["per_minute_hint"], optional=True),
                _text(form, "at_most", TEXT["at_most"], TEXT["at_most_hint"], optional=True),
                key="each",
            ),
            parts.group(
                TEXT["tiers"],
                parts.text(TEXT["tiers_hint"], "bos-hint"),
                *[_tier(form, place, number) for place, number in enumerate(form.tiers, start=1)],
                parts.actions(parts.button(TEXT["tier_add"], "tier", look="quiet", small=True)),
                key="tiers",
            ),
            _text(form, "why", TEXT["why"], TEXT["why_hint"], kind="area", rows=2),
            parts.actions(
                parts.button(TEXT["save"], "save", default=True), parts.button(TEXT["cancel"], "cancel", look="quiet")
            ),
            key="form",
        ),
    ]


def _tier(form: Form, place: int, number: int) -> Element:
    about = say("tier_drop_about", n=place)
    return parts.box(
        _text(form, f"{LATER}.{number}", TEXT["later"], TEXT["later_hint"]),
        _text(form, f"{AMOUNT}.{number}", TEXT["amount"], TEXT["fixed_hint"]),
        parts.button(TEXT["tier_drop"], "drop", number, look="quiet", small=True, about=about),
        look="wz-line",
        key=f"tier-{number}",
    )


def _text(form: Form, name: str, label: str, hint: str = "", *, kind: str = "text", **more: Any) -> Element:
    error, value = form.errors.get(name), form.values.get(name, "")
    look = "wz-short" if name in _NUMBERS else None
    return parts.field(kind, f"{form.prefix}{name}", label, value, hint=hint, error=error, look=look, **more)
