"""The page of cost rules as data: from what BOS knows to a view, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.wording import words
from widgets.cost_rules.form import AMOUNT, LATER
from widgets.cost_rules.messages import TEXT, say
from widgets.shelf.view import framed, typed, users
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.cost_rules.form import RuleForm
    from widgets.shelf import State
    from widgets.surface.parts import Element


def view(state: State[RuleForm]) -> dict[str, Any]:
    """Return the page."""
    return framed(state, TEXT, says, _form(state, state.form) if state.form else [])


def says(document: Mapping[str, Any]) -> str:
    """Return what one failure costs, in words."""
    return f"{words(document['charge'], longest=1_000)}."


def _form(state: State[RuleForm], form: RuleForm) -> list[Element]:
    rate = (TEXT["rate"], TEXT["rate_hint"]) if form.rated == "amount" else (say("rate_of", field=form.rated), "")
    short: dict[str, Any] = {"optional": True, "look": "wz-short"}
    return [
        *users(state, TEXT),
        parts.card(
            typed(state, "title", TEXT["name"], TEXT["name_hint"]),
            typed(state, "description", TEXT["description"], kind="area", optional=True, rows=2),
            typed(state, "currency", TEXT["currency"], TEXT["currency_hint"], look="wz-short"),
            parts.group(
                TEXT["each"],
                typed(state, "fixed", TEXT["fixed"], TEXT["fixed_hint"], **short),
                typed(state, "rate", *rate, **short),
                typed(state, "per_minute", TEXT["per_minute"], TEXT["per_minute_hint"], **short),
                typed(state, "at_most", TEXT["at_most"], TEXT["at_most_hint"], **short),
                key="each",
            ),
            parts.group(
                TEXT["tiers"],
                parts.text(TEXT["tiers_hint"], "bos-hint"),
                *[_tier(state, place, number) for place, number in enumerate(form.tiers, start=1)],
                parts.actions(parts.button(TEXT["tier_add"], "tier", look="quiet", small=True)),
                key="tiers",
            ),
            typed(state, "why", TEXT["why"], TEXT["why_hint"], kind="area", rows=2),
            parts.actions(
                parts.button(TEXT["save"], "save", default=True), parts.button(TEXT["cancel"], "cancel", look="quiet")
            ),
            key="form",
        ),
    ]


def _tier(state: State[RuleForm], place: int, number: int) -> Element:
    about = say("tier_drop_about", n=place)
    return parts.box(
        typed(state, f"{LATER}.{number}", TEXT["later"], TEXT["later_hint"]),
        typed(state, f"{AMOUNT}.{number}", TEXT["amount"], TEXT["fixed_hint"]),
        parts.button(TEXT["tier_drop"], "drop", number, look="quiet", small=True, about=about),
        look="wz-line",
        key=f"tier-{number}",
    )
