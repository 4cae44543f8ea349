"""Registry rows of the dashboard; columns as in ``fields_template``. None is critical: a layout changes no number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

DASHBOARD: tuple[Row, ...] = (
    ("title", "identity", "Dashboard", "What people call this dashboard.", "Loan Payment Processing", "process_owner", ""),
    ("description", "identity", "Description", "Who reads it, and what for.", "For the daily stand-up.", "process_owner",
     ""),
    ("tags", "identity", "Tags", "Words that help to find the dashboard.", "daily", "process_owner", ""),
    ("owner", "identity", "Owner", "The role that answers for the dashboard.", "process_owner", "process_owner", ""),
    ("flow", "content", "Flow", "The flow whose numbers are shown.", "loan-payment-processing", "process_owner", ""),
    ("window", "content", "Period", "The span before the end of the newest event's day; all that was recorded without it.",
     "28 days", "process_owner", ""),
    ("by", "content", "Trends by", "The bucket of time of the trends; one that suits the period without it.", "week",
     "process_owner", ""),
    ("panels[]", "layout", "Order of panels", "The panels that come first; all others follow in the standard layout.", "",
     "process_owner", ""),
    ("panels[].title", "layout", "Title of the panel", "A title of your own; the panel's without it.", "Returns",
     "process_owner", ""),
    ("panels[].section", "layout", "Section", "The heading that the tile of a KPI stands under.", "For the morning call",
     "process_owner", ""),
    ("panels[].hidden", "layout", "Hidden", "Whether the panel is left out.", "false", "process_owner", ""),
)  # fmt: skip
