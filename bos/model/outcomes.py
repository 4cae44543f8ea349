"""Value outcomes: what the business gets, as KPIs with targets, thresholds and an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import StringConstraints

from bos.model.document import Line, Name, Part, Slug, Text, Title, Window, Zone
from bos.model.trust import Trust
from bos.model.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Formula = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
WORKING = "business seconds"
"""The unit of working time."""


class Measure(Part):
    """The definition of a number. All of it is one critical value: unit, anchor and window belong to the formula.

    ``anchor`` decides the bucket a case belongs to: ``event`` (each event by its own time), ``start``, ``end``, or
    the name of the signal at which the case originates. ``window`` is applied when a value at a moment is asked for.
    """

    formula: Formula
    unit: Line
    anchor: Name = "event"
    window: Window | None = None
    dimensions: tuple[Name, ...] = ()
    time_zone: Zone | None = None


class Target(Part):
    """The value to reach, in the unit of the measure (a ratio is a fraction: 3 % is 0.03)."""

    value: float
    direction: Literal["at_most", "at_least"]
    source: Line = ""


class Threshold(Part):
    """A level that raises attention once it is passed on the wrong side of the target's direction."""

    id: Slug
    level: Literal["warning", "breach"]
    value: float


class Outcome(Part):
    """One KPI of a template.

    ``error_budget`` is the span over which what may go wrong by the target is counted; none: the KPI has no budget.
    ``cost_rule`` is the document that says what one of its failures costs. ``trust`` are its own bounds instead of the
    template's. ``watch``: it is looked at regularly; none: it is not.
    """

    id: Name
    title: Title
    description: Text = ""
    tags: tuple[Line, ...] = ()
    measure: Measure
    target: Target | None = None
    thresholds: tuple[Threshold, ...] = ()
    error_budget: Window | None = None
    cost_rule: Slug | None = None
    trust: Trust | None = None
    watch: Watch | None = None
    regulation: Line = ""
    source: Line = ""


def direction_of(target: Mapping[str, Any] | None, thresholds: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the side from which a number is watched: the target's, else the one its two levels tell; else nothing."""
    if target is not None:
        return str(target["direction"])
    levels: dict[str, list[float]] = {"warning": [], "breach": []}
    for threshold in thresholds:
        levels[threshold["level"]].append(threshold["value"])
    if not levels["warning"] or not levels["breach"]:
        return None
    return "at_most" if max(levels["breach"]) >= max(levels["warning"]) else "at_least"
