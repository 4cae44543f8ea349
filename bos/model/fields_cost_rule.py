"""Registry rows of the cost rule; columns as in ``fields_template``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

COST_RULE: tuple[Row, ...] = (
    ("title", "identity", "Cost rule", "What people call this cost rule.", "Late posting", "finance_control", ""),
    ("description", "identity", "Description", "What the cost is made of, and where the figures come from.",
     "A clerk's time and the fee that is given back.", "finance_control", ""),
    ("tags", "identity", "Tags", "Words that help to find the cost rule.", "penalty", "finance_control", ""),
    ("owner", "identity", "Owner", "The role that answers for the cost rule.", "finance_control", "finance_control",
     "coe"),
    ("charge", "charge", "Cost of one failure",
     "Fixed part, part by unit, part by minute late, tiers by lateness, limit and currency: all that decides the money.",
     "fixed USD 25.00 and 0.5 % of the amount, at most USD 500.00", "finance_control", "finance_control"),
)  # fmt: skip
