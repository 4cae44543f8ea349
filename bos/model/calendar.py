"""The business calendar: the clock of a bank."""

from __future__ import annotations

from datetime import date, time
from typing import ClassVar, Literal

from pydantic import Field

from bos.model.document import Document, Line, Part, Slug, Zone

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Clock(Part):
    """Working days and hours in ``time_zone``; all of it is one critical value.

    What arrives after ``cut_off`` counts as received on the next working day. ``stop_on`` names signals that stop the
    clock of a case and ``resume_on`` those that start it again: by their id, or by their name in the flow.
    """

    time_zone: Zone = "UTC"
    working_days: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday")
    opens: time = time(9, 0)
    closes: time = time(17, 0)
    cut_off: time | None = None
    holidays: tuple[date, ...] = ()
    stop_on: tuple[Line, ...] = ()
    resume_on: tuple[Line, ...] = ()


class Calendar(Document):
    """A calendar that flows and steps refer to: durations with ``clock = business`` count its working time."""

    kind: ClassVar[str] = "calendar"
    collection: ClassVar[str] = "calendars"
    label: ClassVar[str] = "calendar"

    owner: Slug = "process_owner"
    clock: Clock = Field(default_factory=Clock)
