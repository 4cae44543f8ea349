"""Registry rows of the connection; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

CONNECTION: tuple[Row, ...] = (
    ("title", "identity", "Connection", "What people call the system.", "Prometheus of payments", "sre", ""),
    ("description", "identity", "Description", "What the system holds, and whom to ask about it.",
     "Metrics of the payment gateways; ask the platform team.", "sre", ""),
    ("tags", "identity", "Tags", "Words that help to find the connection.", "metrics", "sre", ""),
    ("owner", "identity", "Owner", "The role that answers for the connection.", "sre", "sre", ""),
    ("connector", "reach", "Connector", "What speaks to the system; bos connector list names them.", "prometheus", "sre",
     ""),
    ("address", "reach", "Address", "Where the system answers. Its secrets must be given anew for another address.",
     "https://prometheus.bank.example", "sre", ""),
    ("settings", "reach", "Settings", "What the connector wants to know besides; its page lists them.", "step_seconds: 60", "sre",
     ""),
    ("timeout_seconds", "reach", "Patience", "How many seconds BOS waits for an answer.", "30", "sre", ""),
    ("delay_seconds", "reach", "Delay", "How many seconds after a moment the system has all of it; younger moments wait for the next pull.", "120", "sre", ""),
    ("at_once", "reach", "At once", "How many pieces of work BOS has under way with the system at a time, of all its workers.", "2", "sre", ""),
    ("pull_every", "reach", "Pulled every", "How often what is bound to the connection is pulled by itself; nothing: only when asked for.", "15 minutes", "sre", ""),
    ("enabled", "reach", "Enabled", "Whether BOS asks the system at all.", "yes", "sre", ""),
    ("tells", "telling", "Tells", "Which flows the system hears of, and what of each: kpi.state, feedback, pack, signature.waits.",
     "loan-payments: [kpi.state, pack]", "sre", ""),
)  # fmt: skip
