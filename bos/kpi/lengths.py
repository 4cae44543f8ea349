"""Lengths of time that formulas name, and the clock they are counted on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from bos.kpi.conditions import refuse

SpanUnit = Literal["minute", "hour", "day", "week"]
Clock = Literal["wall", "business"]
SECONDS: dict[SpanUnit, int] = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True, slots=True)
class Span:
    """A length of wall-clock time, such as 14 days of 86,400 seconds each."""

    count: int
    unit: SpanUnit

    def __post_init__(self) -> None:
        """Check count and unit."""
        if self.unit not in SECONDS:
            refuse(f"{self.unit!r} is not a unit of time.", "Units are minutes, hours, days and weeks.")
        if not 1 <= self.count <= 99_999:  # noqa: PLR2004 - about two hundred years of days
            refuse(f"{self.count} {self.unit}s is not a usable span.", "Use 1 to 99999.")

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return self.count * SECONDS[self.unit]

    @property
    def words(self) -> str:
        """The length as it is written."""
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"


def check_clock(clock: Clock) -> None:
    """Refuse a clock that there is not."""
    if clock not in get_args(Clock):
        refuse(f"There is no clock called {clock!r}.", "Clocks are wall and business.")
