"""Bounds of trust in a draft: what was typed becomes what the template keeps. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from widgets.wizard.fields import share
from widgets.wizard.messages import wrong
from widgets.wizard.state import Wrong, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NONE: Mapping[str, Any] = {
    "fresh": False,
    "correlated": None,
    "begins": [],
    "duplicates": None,
    "control": None,
    "approved": False,
}
"""Bounds that bound nothing."""
_FIELD = re.compile(
    r"^((?:outcomes\[[^\]]+\]\.)?trust)\.(own|fresh|approved|correlated|begins|duplicates|control|most)$"
)
SHARES = {"correlated": "Cases known from their beginning on", "duplicates": "Rows dropped as duplicates"}
"""The bounds that are shares."""
SHOWN = [("", "Show it, and say so"), ("yes", "Withhold the number")]
"""What becomes of a number beyond a bound that is either set or not."""
LABELS: Mapping[str, str] = {
    "fresh": "Where a signal is late",
    "approved": "Where a value waits for its approval",
    "correlated": f"{SHARES['correlated']}, at least",
    "duplicates": f"{SHARES['duplicates']}, at most",
    "begins": "A case may begin with",
    "control": "Control total that must agree",
}
"""What each bound is called on the page."""


def field_of(name: str) -> tuple[str, str] | None:
    """Return the path of the bounds that a control belongs to, and which of them it is; nothing for other controls."""
    found = _FIELD.match(name)
    return (found.group(1), found.group(2)) if found else None


def write(document: dict[str, Any], path: str, part: str, typed: Any) -> bool:
    """Take over what was typed; return whether there is such a place. What cannot be read stays as it was typed."""
    outer = path.rpartition(".")[0]
    holder = find(document, outer) if outer else document
    if holder is None or (part == "own" and not outer) or not _fits(part, typed):
        return False
    held = {**NONE, **(holder.get("trust") or {})}
    if part == "own":
        holder["trust"] = held if typed else None
        return True
    if part == "begins":
        held[part] = list(typed)
    elif part in SHARES:
        value = share(typed)
        held[part] = None if not typed.strip() else typed if value is None else value
    elif part == "control":
        held["control"] = {"at_most": "0", **(held["control"] or {}), "kpi": typed} if typed else None
    elif part == "most":
        held["control"] = {**(held["control"] or {"kpi": ""}), "at_most": typed.strip()}
    else:
        held[part] = typed == "yes"
    holder["trust"] = held
    return True


def _fits(part: str, typed: Any) -> bool:
    """Return whether a control can hold what came: a browser sends texts and lists of texts."""
    if part == "begins":
        return isinstance(typed, list) and all(isinstance(one, str) for one in typed)
    return isinstance(typed, str)


def totals(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the KPIs that hold a control total against the ledger, with their titles."""
    return [
        (outcome["id"], outcome["title"])
        for outcome in document["outcomes"]
        if str(outcome["measure"].get("formula") or "").strip().startswith("gap(")
    ]


def problems(document: dict[str, Any], path: str) -> Iterator[Wrong]:
    """Yield what is wrong with bounds: shares that are none, and a distance that is no amount."""
    held = find(document, path) or NONE
    for part, label in SHARES.items():
        value = held.get(part)
        if value is not None and (isinstance(value, str) or not 0 <= value <= 1):
            yield Wrong(f"{path}.{part}", wrong("share", label=label))
    control = held.get("control")
    if control and not _amount(str(control.get("at_most", ""))):
        yield Wrong(f"{path}.most", wrong("apart"))


def _amount(text: str) -> bool:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and value >= 0
