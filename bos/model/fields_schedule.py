"""Registry rows of the schedule; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

SCHEDULE: tuple[Row, ...] = (
    ("title", "identity", "Title", "What people call the report.", "Weekly review of loan payments", "process_owner", ""),
    ("description", "identity", "Description", "Who reads the report and what for.", "Read in the Monday meeting.",
     "process_owner", ""),
    ("tags", "identity", "Tags", "Words that help to find the schedule.", "weekly", "process_owner", ""),
    ("owner", "identity", "Owner", "The role that answers for the schedule.", "process_owner", "process_owner", ""),
    ("flow", "report", "Flow", "The flow that is reported on.", "loan-payment-processing", "process_owner", ""),
    ("report", "report", "Report", "Which report is made: the weekly review or the dashboard.", "weekly", "process_owner", ""),
    ("weekday", "when", "Weekday", "The day on which it is made, for the week before.", "monday", "process_owner", ""),
    ("time", "when", "Time", "The time of the day at which it is made.", "07:00", "process_owner", ""),
    ("time_zone", "when", "Time zone", "The time zone the weekday and the time are in.", "Europe/Amsterdam", "process_owner", ""),
    ("enabled", "when", "Enabled", "Whether it is made at all.", "yes", "process_owner", ""),
)  # fmt: skip
