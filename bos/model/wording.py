"""Changes in words a business owner reads."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bos.errors import Invalid, NotFound
from bos.model.diff import apply
from bos.model.fields import field_of, pattern_of
from bos.model.numbers import exact, shown
from bos.model.outcomes import direction_of
from bos.model.paths import get, is_item, item_of
from bos.model.ways import WAYS, told, told_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bos.model.diff import Change

_ITEMS = {
    "outcomes[]": "KPI",
    "process_signals[]": "process signal",
    "system_signals[]": "system signal",
    "flow.steps[]": "step",
    "flow.edges[]": "way between steps",
    "ownership[]": "role assignment",
    "notes[]": "note",
    "rules[]": "approval rule",
    "panels[]": "panel",
}
_SECTIONS = {
    "identity": "Name and purpose",
    "flow": "The flow as a whole",
    "process_signals": "Process signals",
    "system_signals": "System signals",
    "outcomes": "KPIs",
    "ownership": "Who owns what",
}
_NOTHING = "nothing"
_IN_THE_UNIT = re.compile(r"(outcomes\[[^\[\]]+\])\.(target|thresholds)\b")
"""Values of a KPI that are in the unit of its measure."""
_GAP = re.compile(r"\s*(cumulative\s*\(\s*)?gap\b")
"""Formulas of a gap, which is held by its size: on either side of nothing it may be too far off."""
_SIDES = {"at_most": "above", "at_least": "below"}
_LONGEST = 160
_SIDE_BY_SIDE = 4000


def before_and_after(kind: str, changes: Sequence[Change], live: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return what :func:`describe` asks of changes to a live document: it as they make it, and as it is.

    One change alone, or what cannot be made any more, is told by the live document.
    """
    if len(changes) < 2:  # noqa: PLR2004 - one change has nothing beside it
        return (live,)
    try:
        return apply(kind, live, changes), live
    except Invalid:
        return (live,)


def describe(kind: str, changes: Iterable[Change], *documents: dict[str, Any]) -> tuple[str, ...]:
    """Return each change as a sentence; ``documents`` (new, old) are asked for the titles of items."""
    return tuple(_sentence(kind, change, documents) for change in changes)


def _sentence(kind: str, change: Change, documents: tuple[dict[str, Any], ...]) -> str:
    if is_item(change.path):
        item = change.new if change.op == "add" else change.old
        name = _title(item) or _subject(change.path, documents)
        noun = _ITEMS.get(pattern_of(change.path), "item")
        return f"{'Added' if change.op == 'add' else 'Removed'} {noun} “{name}”"
    label = _label(kind, change.path)
    if change.path == WAYS:
        return f"{label}: {told_change(change.old, change.new, documents)}"
    if change.path.endswith("[]"):
        return f"{label} changed"
    unit = _unit(change.path, documents)
    old, new = (words(one, unit=unit, side=_side(change.path, one, documents)) for one in (change.old, change.new))
    return f"{_what(change.path, label, documents)}: {'none' if old == new == _NOTHING else f'{old} → {new}'}"


def _label(kind: str, path: str) -> str:
    try:
        return field_of(kind, path).label
    except NotFound:
        return path


def _what(path: str, label: str, documents: tuple[dict[str, Any], ...]) -> str:
    subject = _subject(path, documents)
    return f"{subject} · {label}" if subject else label


def compared(kind: str, change: Change, *documents: dict[str, Any]) -> tuple[str, str, str]:
    """Return a change as three cells: what changed, what it was, what it is; ``documents`` as for :func:`describe`."""
    if is_item(change.path):
        item = change.new if change.op == "add" else change.old
        noun = _ITEMS.get(pattern_of(change.path), "item")
        what = f"{noun[0].upper()}{noun[1:]} “{_title(item) or _subject(change.path, documents)}”"
        return (what, "not there", "there") if change.op == "add" else (what, "there", "not there")
    label = _label(kind, change.path)
    if change.path == WAYS:
        return label, told(change.old, documents), told_change(change.old, change.new, documents)
    if change.path.endswith("[]"):
        return label, "another order", "this order"
    unit = _unit(change.path, documents)
    return (
        _what(change.path, label, documents),
        words(change.old, longest=_SIDE_BY_SIDE, unit=unit, side=_side(change.path, change.old, documents)),
        words(change.new, longest=_SIDE_BY_SIDE, unit=unit, side=_side(change.path, change.new, documents)),
    )


def _unit(path: str, documents: tuple[dict[str, Any], ...]) -> str | None:
    """Return the unit of the numbers at a path; none where they have none, or not the same one in every document."""
    found = _IN_THE_UNIT.match(path)
    if found is None:
        return None
    units = set()
    for document in documents:
        try:
            units.add(get(document, f"{found[1]}.measure.unit"))
        except (KeyError, TypeError):
            continue
    return units.pop() if len(units) == 1 else None


def _side(path: str, levels: Any, documents: tuple[dict[str, Any], ...]) -> str:
    """Return on which side of a level it is passed: above or below; *at* where that is not the same in every document.

    It is that of the target, else what the order of the levels tells.
    """
    found = _IN_THE_UNIT.match(path)
    if found is None or not isinstance(levels, list | tuple):
        return "at"
    sides = set()
    for document in documents:
        try:
            outcome = get(document, found[1])
            gap = _GAP.match(outcome["measure"]["formula"])
            sides.add(None if gap else direction_of(outcome.get("target"), levels))
        except (KeyError, TypeError):
            continue
    return _SIDES.get(sides.pop() or "", "at") if len(sides) == 1 else "at"


def part_of(kind: str, path: str, document: dict[str, Any]) -> str:
    """Return what part of a document a field lies in, in words: an item by its title, else the section."""
    outer = item_of(path)
    if outer is None:
        section = field_of(kind, path).section
        return _SECTIONS.get(section, f"{section[0].upper()}{section[1:]}")
    noun = _ITEMS.get(pattern_of(outer), "item")
    return f"{noun[0].upper()}{noun[1:]} “{_subject(outer, (document,))}”"


def label_of(kind: str, path: str, document: dict[str, Any]) -> str:
    """Return what people call a field; of an item within an item, with its name."""
    label = field_of(kind, path).label
    inner = _subject(path, (document,)) if path.count("[") > 1 and "[]" not in path else ""
    return f"{label} of {inner}" if inner else label


def _subject(path: str, documents: tuple[dict[str, Any], ...]) -> str:
    end = path.rfind("]")
    if end < 0 or path[end - 1] == "[":
        return ""
    outer = path[: end + 1]
    for document in documents:
        try:
            title = _title(get(document, outer))
        except (KeyError, TypeError):
            continue
        if title:
            return title
    found = re.search(r"\[([^\]]+)\]$", outer)
    return found.group(1) if found else outer


def _title(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    way = f"{item['source']} → {item['target']}" if {"source", "target"} <= set(item) else ""
    return str(item.get("title") or way or item.get("id") or "")


def words(value: Any, *, longest: int = _LONGEST, unit: str | None = None, side: str = "at") -> str:
    """Return a value as a person would write it, cut where it is longer than ``longest``; numbers in their ``unit``.

    ``side`` is where a level is passed: ``above`` or ``below``, ``at`` where that is not known.
    """
    text = _words(value, unit, side)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _words(value: Any, unit: str | None = None, side: str = "at") -> str:
    if value is None or value in ("", [], {}, ()):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _words_of_parts(value, unit, side)
    if isinstance(value, list | tuple):
        return ", ".join(_words(item, unit, side) for item in value)
    if unit is not None and isinstance(value, int | float):
        return exact(value, unit)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _words_of_parts(value: dict[str, Any], unit: str | None, side: str) -> str:
    if set(value) >= {"value", "direction"}:
        return f"{str(value['direction']).replace('_', ' ')} {_words(value['value'], unit)}"
    if set(value) >= {"level", "value"}:
        return f"{value['level']} {side} {_words(value['value'], unit)}"
    if set(value) >= {"currency", "per_minute_late", "tiers"}:
        return _charge(value)
    return ", ".join(f"{key} {_words(item)}" for key, item in value.items() if item not in (None, "", [], {}))


def _charge(value: dict[str, Any]) -> str:
    """Return what one failure costs."""
    currency, per_unit = value["currency"], value["per_unit"]
    parts = [shown(value["fixed"], currency)] if Decimal(value["fixed"]) else []
    if per_unit and per_unit["field"] == "amount":
        parts.append(f"{_plain(Decimal(per_unit['rate']) * 100)} % of the amount in {currency}")
    elif per_unit:
        parts.append(f"{currency} {_plain(Decimal(per_unit['rate']))} by {per_unit['field']}")
    if Decimal(value["per_minute_late"]):
        parts.append(f"{shown(value['per_minute_late'], currency)} for each minute late")
    tiers = [f"{shown(tier['amount'], currency)} when later than {tier['later_than']}" for tier in value["tiers"]]
    parts += [f"{tiers[0]}{''.join(f', or {tier}' for tier in tiers[1:])}"] if tiers else []
    limit = f", at most {shown(value['at_most'], currency)}" if value["at_most"] is not None else ""
    return f"{' + '.join(parts) or shown(0, currency)}{limit}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
