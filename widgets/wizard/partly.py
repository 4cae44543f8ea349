"""Fields that a person edits part by part, each with its control: definition, target, bounds of trust, watch. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from bos.model.diff import same
from bos.model.fields import pattern_of
from bos.model.wording import words
from widgets.wizard import measured, trust, watch
from widgets.wizard.fields import amount, percent
from widgets.wizard.state import find

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Kind(NamedTuple):
    """What such a field holds where nothing was typed, and what its parts are called on the page."""

    empty: Mapping[str, Any]
    labels: Mapping[str, str]


_KINDS = {
    "trust": _Kind(trust.NONE, trust.LABELS),
    "outcomes[].trust": _Kind(trust.NONE, trust.LABELS),
    "outcomes[].watch": _Kind(watch.NEW, watch.LABELS),
    "outcomes[].measure": _Kind(measured.NO_MEASURE, measured.MEASURE),
    "outcomes[].target": _Kind(measured.NO_TARGET, measured.TARGET),
}
_CHOICES = {"fresh": trust.SHOWN, "approved": trust.SHOWN}


_Name = TypeVar("_Name")


class Met(NamedTuple, Generic[_Name]):
    """A field that both sides changed: what goes together, and part → (mine, theirs) of what does not."""

    value: dict[_Name, Any]
    asked: dict[_Name, tuple[Any, Any]]


def meet(path: str, base: Any, mine: Any, theirs: Any) -> Met[str] | None:
    """Bring two values of a field together by its parts; ``None`` where it is one value, or one side has none.

    A part that one side changed alone holds; of a part that both gave other values, theirs stands until it is chosen.
    """
    kind = _KINDS.get(pattern_of(path))
    if kind is None or not (isinstance(mine, dict) and isinstance(theirs, dict)):
        return None
    return brought(*({**kind.empty, **(side or {})} for side in (base, mine, theirs)))


def brought(began: Mapping[_Name, Any], own: Mapping[_Name, Any], other: Mapping[_Name, Any]) -> Met[_Name]:
    """Bring the parts of two sides together that both began from the same; see :func:`meet`."""
    changed = [part for part in own if not same(own[part], began.get(part)) and not same(own[part], other.get(part))]
    asked = {part: (own[part], other.get(part)) for part in changed if not same(other.get(part), began.get(part))}
    return Met({**other, **{part: own[part] for part in changed if part not in asked}}, asked)


def label_of(path: str) -> str | None:
    """Return what a part of such a field is called on the page; nothing for other paths."""
    outer, _, part = path.rpartition(".")
    kind = _KINDS.get(pattern_of(outer))
    return kind.labels.get(part) if kind else None


def said(document: dict[str, Any], path: str, value: Any) -> str | None:
    """Return a value of such a field, or of a part of it, as the page shows it; nothing for other paths."""
    outer = path[: path.find("]") + 1]
    unit = str(find(document, f"{outer}.measure.unit") or "") if outer else ""
    if label_of(path):
        return _part(document, path.rpartition(".")[2], value, unit)
    kind = _KINDS.get(pattern_of(path))
    if kind is None or not isinstance(value, dict):
        return None
    told = (f"{label}: {_part(document, part, value.get(part), unit)}" for part, label in kind.labels.items())
    return "; ".join(told)


def _part(document: dict[str, Any], part: str, value: Any, unit: str) -> str:
    """Return a part as the page shows it; ``unit`` is that of the KPI, in which its target is told."""
    if part in measured.CHOICES:
        return dict(measured.CHOICES[part]).get(str(value), str(value))
    if part in _CHOICES:
        return next(label for key, label in _CHOICES[part] if bool(key) == bool(value))
    if value in (None, "", []):
        return "empty"
    if part == "value":
        return amount(value, unit)
    if part == "control":
        total = find(document, f"outcomes[{value['kpi']}]") or {}
        return f"{total.get('title') or value['kpi']}, apart by at most {value['at_most']}"
    return percent(value) if part in trust.SHARES else words(value)
