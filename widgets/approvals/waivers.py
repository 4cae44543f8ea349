"""Waivers in the approvals inbox: what would count as signed without a signature, and the answer of whoever decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.diff import Change
from bos.model.ways import value_at
from bos.model.wording import compared
from widgets.approvals.messages import TEXT, say, tally
from widgets.surface import parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.model.answers.changes import Waiver
    from widgets.surface.parts import Element

Documents = dict[tuple[str, str], dict[str, Any]]


def asked(waivers: Sequence[Waiver], documents: Documents, names: Mapping[str, str]) -> list[Element]:
    """Return the waivers that wait, each with the way to decide; nothing where there are none."""
    if not waivers:
        return []
    columns = (TEXT["what"], TEXT["value_now"], TEXT["until"], TEXT["asked_by"], TEXT["why"], "")
    rows = []
    for one in waivers:
        what, value = _value(one, documents)
        look = parts.button(
            TEXT["decide"], "waiver", one.waiver, look="quiet", small=True, about=say("about", what=what)
        )
        rows.append((f"{_title(one, documents)} · {what}", value, _day(one), _by(one, names), one.reason, look))
    heading = parts.heading(TEXT["waivers"])
    words = parts.text(tally("waiver", len(waivers)))
    return [parts.box(heading, words, parts.table(TEXT["waivers"], columns, rows), key="waivers")]


def deciding(one: Waiver, documents: Documents, names: Mapping[str, str], comment: Element) -> Element:
    """Return the card in which a person answers."""
    what, value = _value(one, documents)
    facts = parts.facts(
        [
            (TEXT["what"], f"{_title(one, documents)} · {what}"),
            (TEXT["value_now"], value),
            (TEXT["until"], _day(one)),
            (TEXT["asked_by"], _by(one, names)),
            (TEXT["why"], one.reason),
        ]
    )
    answers = parts.actions(
        parts.button(TEXT["agree"], "waive", "approve"),
        parts.button(TEXT["refuse"], "waive", "reject", look="quiet"),
        parts.button(TEXT["cancel"], "cancel", look="quiet"),
    )
    heading = parts.heading(TEXT["deciding_waiver"])
    words = parts.text(TEXT["waiver_words"])
    return parts.box(parts.card(heading, words, facts, comment, answers, key=f"waiver-{one.waiver}"))


def _value(one: Waiver, documents: Documents) -> tuple[str, str]:
    """Return what the value is called, and the value, in words."""
    live = documents.get((one.kind, one.id), {})
    try:
        new = value_at(live, one.path)
    except (KeyError, TypeError):
        return one.path, ""
    what, _, value = compared(one.kind, Change(op="set", path=one.path, new=new), live)
    return what, value


def _title(one: Waiver, documents: Documents) -> str:
    return str(documents.get((one.kind, one.id), {}).get("title") or one.id)


def _day(one: Waiver) -> str:
    return f"{one.ends:%d %b %Y %H:%M} UTC"


def _by(one: Waiver, names: Mapping[str, str]) -> str:
    return f"{names.get(one.asked_by, one.asked_by)} · {one.at:%d %b %Y}"
