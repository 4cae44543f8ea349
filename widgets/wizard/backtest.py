"""How often the levels of a KPI would have fired in the whole weeks that are there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

DIRECTIONS = {"at_most": 1, "at_least": -1}


def fired(level: float, direction: str, weeks: Sequence[float | None]) -> int:
    """Return in how many weeks a value was beyond a level: above it where lower is better, below it otherwise."""
    sign = DIRECTIONS[direction]
    return sum(week is not None and sign * week > sign * level for week in weeks)


def _is_gap(outcome: dict[str, Any]) -> bool:
    """Return whether a KPI is a gap: it is as far off below nothing as it is above."""
    formula = "".join(str((outcome.get("measure") or {}).get("formula") or "").split())
    return formula.startswith(("gap(", "cumulative(gap("))


def told(outcome: dict[str, Any], weeks: Sequence[float | None]) -> str:
    """Return in words how often each level would have fired; an empty text where there is no level."""
    direction = (outcome.get("target") or {}).get("direction") or "at_most"
    known = [abs(week) if _is_gap(outcome) else week for week in weeks if week is not None]
    if not known:
        return "No week is whole yet." if outcome.get("thresholds") else ""
    of = f"{len(known)} whole week{'s' if len(known) > 1 else ''}"
    said = [
        f"{row['level'].capitalize()}: in {fired(row['value'], direction, known)} of {of}"
        for row in outcome.get("thresholds") or ()
        if isinstance(row["value"], int | float)
    ]
    return "; ".join(said)
