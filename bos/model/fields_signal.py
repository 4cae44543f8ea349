"""Registry rows of the signal; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

SIGNAL: tuple[Row, ...] = (
    ("title", "identity", "Signal", "What people call the event or the measurement.", "Payment returned",
     "data_steward", ""),
    ("description", "identity", "Description", "What it means that this happened.", "The bank sent the debit back.",
     "data_steward", ""),
    ("tags", "identity", "Tags", "Words that help to find the signal.", "ach, returns", "data_steward", ""),
    ("owner", "identity", "Owner", "The role that answers for the signal.", "data_steward", "data_steward", "coe"),
    ("type", "identity", "Type", "Process: an event a step emits. System: telemetry of what a step depends on.", "process",
     "data_steward", ""),
    ("unit", "identity", "Unit", "The unit of a system signal's values.", "milliseconds", "data_steward", ""),
    ("binding", "source", "Source", "Connection, query, event name and fields: where the signal comes from.",
     "event: payment_returned", "sre", "data_steward"),
    ("arrival", "source", "Expected arrival", "How often it is expected, at least, and by what time of day: whatever comes later is late.",
     "every: 1 day, clock: business, by: 08:00", "sre", "data_steward"),
    ("pii", "protection", "Personal data", "How closely it points to a person: direct and sensitive store names as pseudonyms.", "indirect",
     "data_steward", "compliance"),
    ("retention_days", "protection", "Kept for days", "How long its events are kept.", "2555", "data_steward",
     "compliance"),
)  # fmt: skip
