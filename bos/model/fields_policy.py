"""Registry rows of the approval policy; columns as in ``fields_template``. ``first``: see ``Field``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.fields_template import Row

POLICY: tuple[Row, ...] = (
    ("title", "identity", "Title", "What people call the policy.", "Approval policy", "coe", ""),
    ("description", "identity", "Description", "What the policy is for, and where it was decided.",
     "Decided by the risk committee in March.", "coe", ""),
    ("tags", "identity", "Tags", "Words that help to find the policy.", "governance", "coe", ""),
    ("owner", "identity", "Owner", "The role that answers for the policy.", "coe", "coe", ""),
    ("rules[]", "rules", "Order of rules", "The order rules are listed in.", "", "coe", ""),
    ("rules[].covers", "rules", "Kind", "The kind of document the rule is about.", "template", "coe", "coe first"),
    ("rules[].field", "rules", "Field", "The field that needs these signatures, as the field guide writes it.",
     "outcomes[].target", "coe", "coe first"),
    ("rules[].only", "rules", "Only these", "The documents the rule is about, by id; all, where none is named.",
     "loan-payments", "coe", "coe first"),
    ("rules[].signers", "rules", "Signers", "The roles that sign, and how many people of each.",
     "finance_control 2, compliance 1", "coe", "coe first"),
    ("rules[].in_order", "rules", "In this order", "Whether each role signs only once those before it have.", "yes",
     "coe", "coe first"),
)  # fmt: skip
