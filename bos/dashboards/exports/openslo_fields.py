"""Where each field of a template goes in OpenSLO, and why the others do not: each is named exactly once.

A test walks the models and the field registry and holds them against these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "bos.workbench/"
"""What the names of annotations begin with that keep what OpenSLO has no field for."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A field that OpenSLO has a place for. ``[]`` in a path stands for the id of an item."""

    path: str
    place: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A field that is kept in an annotation: no tool acts on it."""

    path: str
    key: str

    @property
    def place(self) -> str:
        """The name of the annotation."""
        return PREFIX + self.key


@dataclass(frozen=True, slots=True)
class Left:
    """A field that is not carried, as people call it, and why."""

    path: str
    what: str
    why: str


Row: TypeAlias = Carried | Noted | Left
_WITHHELD = "BOS withholds a number that rests on too little; a tool that reads this file shows it all the same."
_LOOKS = (
    "OpenSLO has alerts on the rate at which a budget burns only, no states of a number that is looked at regularly."
)

OUTCOME: tuple[Row, ...] = (
    Noted("id", "kpi"),
    Carried("title", "metadata.displayName"),
    Carried("description", "spec.description"),
    Carried("tags", "metadata.labels.tags"),
    Noted("measure.formula", "formula"),
    Noted("measure.unit", "unit"),
    Noted("measure.anchor", "anchor"),
    Noted("measure.window", "window"),
    Left("measure.dimensions", "Dimensions", "OpenSLO knows no split of a number; the queries are of the whole."),
    Noted("measure.time_zone", "time-zone"),
    Carried("target.value", "spec.objectives[0].target"),
    Carried("target.direction", "spec.indicator.spec.ratioMetric"),
    Noted("target.source", "target-source"),
    Noted("thresholds[].id", "thresholds"),
    Noted("thresholds[].level", "thresholds"),
    Noted("thresholds[].value", "thresholds"),
    Carried("error_budget", "spec.timeWindow[0].duration"),
    Noted("cost_rule", "cost-rule"),
    Left("trust.fresh", "Bound of trust: arrival of its signals", _WITHHELD),
    Left("trust.correlated", "Bound of trust: cases known from their beginning", _WITHHELD),
    Left("trust.begins", "Bound of trust: signals that cases begin with", _WITHHELD),
    Left("trust.duplicates", "Bound of trust: duplicates", _WITHHELD),
    Left("trust.control.kpi", "Bound of trust: control total", _WITHHELD),
    Left("trust.control.at_most", "Bound of trust: how far totals may be apart", _WITHHELD),
    Left("trust.approved", "Bound of trust: approval", _WITHHELD),
    Left("watch.every", "Watch: how often", _LOOKS),
    Left("watch.over", "Watch: over which span", _LOOKS),
    Left("watch.worse_after", "Watch: patience until a worse state", _LOOKS),
    Left("watch.better_after", "Watch: patience until a better state", _LOOKS),
    Noted("regulation", "regulation"),
    Noted("source", "source"),
)
"""Of a KPI that becomes an SLO: places are those of its document."""

_DESCRIBES = "OpenSLO describes objectives of a service, not the process it serves."
TEMPLATE: tuple[Row, ...] = (
    Noted("id", "flow"),
    Carried("title", "metadata.displayName"),
    Carried("description", "spec.description"),
    Carried("tags", "metadata.labels.tags"),
    Noted("owner", "owner"),
    Left("scope", "Scope", _DESCRIBES),
    Noted("time_zone", "time-zone"),
    Noted("currency", "currency"),
    Left("binding", "How an event log is read", _DESCRIBES),
    Left("flow", "Steps and ways between them", _DESCRIBES),
    Left("process_signals", "Process signals", "Their events are in the queries only."),
    Left("system_signals", "System signals", "Their points are in the queries only."),
    Carried("outcomes", "the SLO documents, in this order"),
    Left("trust", "Bounds of trust of the flow", _WITHHELD),
    Left("ownership", "Ownership", "Of the accountable roles each SLO names its own only."),
    Left("notes", "Assumptions and gaps", _DESCRIBES),
    Left("blueprint", "The blueprint it was made from", _DESCRIBES),
)
"""Of the template itself: places are those of the document of its service."""


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; nothing where a part of the way is missing."""
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def is_set(value: Any) -> bool:
    """Return whether a value says something, itself or in a part of it."""
    if isinstance(value, dict):
        return any(map(is_set, value.values()))
    return value is not None and value is not False and value not in ("", [], ())


def notes_of(document: Mapping[str, Any], rows: tuple[Row, ...]) -> dict[str, str]:
    """Return the annotations of the fields that hold one text, by their names; what is empty is left out."""
    kept = {row.place: value_at(document, row.path) for row in rows if isinstance(row, Noted) and "[]" not in row.path}
    return {place: str(value) for place, value in kept.items() if is_set(value)}


def left(document: Mapping[str, Any], rows: tuple[Row, ...]) -> Iterator[tuple[Left, Any]]:
    """Yield the fields that say something and are not carried, with what they say."""
    for row in rows:
        if isinstance(row, Left) and is_set(value := value_at(document, row.path)):
            yield row, value
