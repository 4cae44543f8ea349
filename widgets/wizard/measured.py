"""What the parts of a KPI's definition and of its target are called on the page, and what can be chosen of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS = [
    ("", "Choose the unit"), ("count", "Count"), ("ratio", "Share (shown in per cent)"), ("seconds", "Time (seconds)"),
    (WORKING, "Working time (seconds)"),
]  # fmt: skip
ANCHORS = [("event", "Each event by its own time"), ("start", "The start of its case"), ("end", "The end of its case")]
DIRECTIONS = [("at_most", "At most: lower is better"), ("at_least", "At least: higher is better")]
CHOICES = {"unit": UNITS, "anchor": ANCHORS, "direction": DIRECTIONS}

NO_MEASURE: Mapping[str, Any] = {
    "formula": "", "unit": "", "anchor": "event", "window": None, "dimensions": [], "time_zone": None,
}  # fmt: skip
MEASURE: Mapping[str, str] = {
    "formula": "Formula",
    "unit": "Unit",
    "anchor": "An event counts at",
    "window": "Window",
    "dimensions": "Can be split by",
    "time_zone": "Time zone",
}
NO_TARGET: Mapping[str, Any] = {"value": None, "direction": "at_most", "source": ""}
TARGET: Mapping[str, str] = {"value": "Target", "direction": "Which side is good", "source": "Source of the target"}
