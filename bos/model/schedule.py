"""Schedules: which report a flow gets by itself, and when."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

from bos.model.calendar import Weekday
from bos.model.document import Document, Slug, Zone

ReportName = Literal["weekly", "dashboard"]


class Schedule(Document):
    """A report that is made once a week: for the week before, at a local time of a weekday."""

    kind: ClassVar[str] = "schedule"
    collection: ClassVar[str] = "schedules"
    label: ClassVar[str] = "schedule"

    flow: Slug
    report: ReportName = "weekly"
    weekday: Weekday = "monday"
    time: dt.time = dt.time(7, 0)
    time_zone: Zone = "UTC"
    enabled: bool = True


def week_before(moment: dt.datetime, zone: str) -> str:
    """Return the ISO week that was over at a moment (aware) in a zone, such as ``2026-W10``."""
    year, week, _ = (moment.astimezone(ZoneInfo(zone)) - dt.timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02d}"
