"""What was typed into the form of a signal, brought together with what somebody else saved meanwhile. By part."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bos.model.diff import same
from widgets.wizard import fields, partly
from widgets.wizard.signals import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.wizard.signals import Sheet
    from widgets.wizard.state import State

LABELS = {
    "title": "Name of the signal", "description": "Description", "event": "Event in the source", "unit": "Unit",
    "pii": "Personal data", "days": "Kept for days", "every": "Expected at least every", "clock": "Counted in",
    "by": "By the time of day", "connection": "Connection", "query": "Query", "language": "Language",
    "mapping": "Which column is what", "fields": "Fields", "where": "Narrowed to", "pulled": "Pulled every",
}  # fmt: skip
"""What the parts of the form are called, in the order of the page."""
Key = tuple[str, str]
"""A part of the form, and a line of it where it is a list of lines."""
_READ = {"days": fields.number, "every": fields.span, "by": fields.hour, "pulled": fields.span}
_LISTS = {"mapping": fields.pairs, "where": fields.pairs, "fields": fields.columns}


class Moved(NamedTuple):
    """A part that somebody else changed: what is live now, and what was typed instead where that is ``asked``.

    ``line`` is that of a list of lines, empty where the part is one value; ``None`` is live or typed where it is gone.
    """

    part: str
    line: str
    live: str | None
    typed: str | None
    asked: bool


def rejoin(state: State, sheet: Sheet) -> tuple[Moved, ...]:
    """Let the form have each change of somebody else that touches nothing typed; return all that was changed.

    ``sheet.before`` is what the form was filled from before. Lists of lines are brought together line by line; of what
    both sides changed, what was typed stays in the form.
    """
    began, live, typed = filled(sheet.before or sheet.document), sheet.filled(), _typed(state, sheet)
    whole = {part for part, read in _LISTS.items() if read(typed.get(part, "")) is None}
    sides = [_flat(side, whole) for side in (began, {**began, **typed}, live)]
    keys = dict.fromkeys(key for side in reversed(sides) for key in side)
    before, own, other = ({key: side.get(key) for key in keys} for side in sides)
    met = partly.brought(before, own, other)
    _write(state, sheet, set(typed), own, other, {**met.value, **{key: mine for key, (mine, _) in met.asked.items()}})
    return tuple(
        Moved(*key, live=other[key], typed=own[key], asked=key in met.asked)
        for key in sorted(keys, key=lambda key: list(LABELS).index(key[0]))
        if not same(before[key], other[key]) and not same(own[key], other[key])
    )


def _typed(state: State, sheet: Sheet) -> dict[str, str]:
    """Return what was typed, by part."""
    names = {part: f"{sheet.prefix}{part}" for part in LABELS}
    return {part: str(state.new[name]) for part, name in names.items() if name in state.new}


def _flat(shown: Mapping[str, str], whole: set[str]) -> dict[Key, str]:
    """Return what a form shows by part and line, as it would be kept; lists that are ``whole`` are one text."""
    found: dict[Key, str] = {}
    for part in LABELS:
        text = shown[part].strip()
        if part in _LISTS and part not in whole:
            read = _LISTS[part](text) or {}
            lines = read.items() if isinstance(read, dict) else ((x["id"], f"{x['native']}, {x['type']}") for x in read)
            found |= {(part, name): column for name, column in lines}
        else:
            value = _READ[part](text) if part in _READ else None
            found[part, ""] = text if value is None else str(value)
    return found


def _write(
    state: State,
    sheet: Sheet,
    typed: set[str],
    own: Mapping[Key, str | None],
    other: Mapping[Key, str | None],
    value: Mapping[Key, str | None],
) -> None:
    """Let go of what was typed where the form shows the same without it; let lists have the lines of both sides."""
    gone, lists = [], {}
    for part in typed:
        keys = [key for key in value if key[0] == part]
        if all(same(value[key], other[key]) for key in keys):
            gone.append(f"{sheet.prefix}{part}")
        elif not all(same(value[key], own[key]) for key in keys):
            text = "\n".join(f"{key[1]} = {value[key]}" for key in keys if value[key] is not None)
            lists[f"{sheet.prefix}{part}"] = text
    if gone or lists:
        state.took(*gone, *lists)
        state.new |= lists
