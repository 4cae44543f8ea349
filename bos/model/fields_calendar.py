"""Registry rows of the calendar; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

CALENDAR: tuple[Row, ...] = (
    ("title", "identity", "Calendar", "What people call this calendar.", "US bank days", "process_owner", ""),
    ("description", "identity", "Description", "Where it holds.", "Federal Reserve holidays.", "process_owner", ""),
    ("tags", "identity", "Tags", "Words that help to find the calendar.", "us", "process_owner", ""),
    ("owner", "identity", "Owner", "The role that answers for the calendar.", "process_owner", "process_owner", "coe"),
    ("clock", "clock", "Clock", "Working days and hours, cut-off, holidays, stop rules: all that decides a business hour.",
     "cut-off 17:00, closed on 2026-12-25", "process_owner", "compliance"),
)  # fmt: skip
