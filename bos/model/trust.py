"""Trust: what a number must rest on to be shown."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from bos.model.document import Name, Part, Window

Share = Annotated[float, Field(ge=0, le=1)]
Apart = Annotated[
    Decimal,
    Field(ge=0, max_digits=18, decimal_places=6),
    AfterValidator(lambda x: Decimal(f"{x.normalize():f}")),
]
"""How far two totals may be apart, written without zeros at its end."""


class Arrival(Part):
    """How often a signal is expected, at least: by the clock on the wall, or in the working time of its step.

    With ``business``, days are working days. ``by`` is the time of day until which it must have come on the last of so
    many days, in the time zone of the step's calendar, else of the flow.
    """

    every: Window
    clock: Literal["calendar", "business"] = "calendar"
    by: time | None = None


def arrival_words(arrival: dict[str, Any]) -> str:
    """Return how often a signal is expected, as it is said after “every”: ``2 working days by 08:00``."""
    words = str(arrival["every"]).removeprefix("1 ")
    if arrival["clock"] == "business":
        words = words.replace("day", "working day") if "day" in words else f"{words} of working time"
    return f"{words} by {arrival['by'][:5]}" if arrival.get("by") else words


class ControlTotal(Part):
    """A KPI that holds a control total against the ledger (``gap``), and how far both may be apart, in its unit."""

    kpi: Name
    at_most: Apart = Decimal(0)


class Trust(Part):
    """Bounds of trust, all of it one critical value: a number beyond one of them is withheld, with the reason.

    ``fresh``: every signal that is expected has arrived. ``correlated``: the least share of cases that are known from
    their beginning on; they begin with the signals of ``begins``, or where it is empty with those of the flow's first
    steps. ``duplicates``: the largest share of rows that were dropped as duplicates. ``control``: the totals that must
    agree. ``approved``: no critical value that the number rests on waits for its approval.
    """

    fresh: bool = False
    correlated: Share | None = None
    begins: tuple[Name, ...] = ()
    duplicates: Share | None = None
    control: ControlTotal | None = None
    approved: bool = False
