"""Where a field of the template is edited: stage, entry, and the name of its control."""

from __future__ import annotations

import re
from typing import NamedTuple

from bos.model.paths import item_of

_LISTS = ("process_signals", "system_signals", "outcomes")
_OUTCOME = re.compile(r"^(outcomes\[[^\]]+\])\.(measure|target|thresholds|trust|watch)(.*)$")
_CONTROLS = {"measure": "measure.formula", "target": "target.value", "thresholds": "warning"}
MEASURES = (".formula", ".unit", ".anchor", ".window", ".dimensions", ".time_zone")
_DEFINE = ("title", "description", "owner", "time_zone", "flow.correlation_key", "flow.calendar")


class Place(NamedTuple):
    """A page of the wizard and, where there is one, the field on it."""

    stage: str
    item: str
    field: str


def place_of(path: str) -> Place:
    """Return where a person changes what stands at a path; a field that no page shows leads to its page."""
    section = path.partition("[")[0].partition(".")[0]
    if section in _LISTS:
        item = item_of(path) or ""
        return Place("populate", item, _control(path) if item else f"add.{section}")
    if section == "ownership":
        return Place("validate", "", "role.identity")
    if section == "trust":
        return Place("validate", "", _bound(path))
    known = path in _DEFINE or (section == "flow" and path.startswith(("flow.steps[", "flow.edges[")))
    return Place("define", "", path if known and not path.endswith("]") else "title")


def _control(path: str) -> str:
    found = _OUTCOME.match(path)
    if found is None:
        first = "title" if path.startswith("outcomes") else "signal"
        return path if not path.endswith("]") else f"{path}.{first}"
    item, part, rest = found.groups()
    if part == "watch":
        return path if rest else f"{path}.on"
    if part == "trust":
        return _bound(path)
    if part == "measure" and rest in MEASURES:
        return path
    if part == "target" and rest:
        return path
    return f"{item}.{_CONTROLS[part]}"


def _bound(path: str) -> str:
    """Return the control of a bound of trust."""
    outer, _, part = path.partition("trust")
    name = part.removeprefix(".").partition(".")
    bound = "most" if name[2] == "at_most" else name[0] or "control"
    return f"{outer}trust.{bound}"
