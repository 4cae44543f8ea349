"""The page of cost rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from widgets.cost_rules.form import RuleForm, filled
from widgets.cost_rules.messages import TEXT
from widgets.cost_rules.view import says, view
from widgets.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.client.workbench import Workbench
    from bos.model.answers.documents import DocumentAnswer

_USE = re.compile(r"outcomes\[([^\]]+)\]\.cost_rule")


class CostRules(Shelf[RuleForm]):
    """What failures cost: every rule, and a form for one.

    ``asked`` is what the address of the page asks for: ``rule``, the id of one to change.
    """

    kind = "cost_rule"
    texts = TEXT

    def __init__(self, wb: Workbench, asked: Mapping[str, str] | None = None) -> None:
        super().__init__(wb, (asked or {}).get("rule", ""))

    def look(self) -> dict[str, Any]:
        """Return the page."""
        return view(self.state)

    def fill(self, base: DocumentAnswer | None) -> RuleForm:
        """Return a form of a rule."""
        return filled(base)

    def use(self, path: str, flow: Mapping[str, Any]) -> str:
        """Return the KPI that is charged, with its flow."""
        found = _USE.fullmatch(path)
        if found is None:
            return ""
        title = next((one["title"] for one in flow.get("outcomes", ()) if one["id"] == found[1]), "")
        return f"{title}, {flow['title']}" if title else TEXT["unseen"]

    def says(self, document: Mapping[str, Any]) -> str:
        """Return what one failure costs."""
        return says(document)

    def act(self, form: RuleForm, action: str, value: str) -> None:
        """Add a row of times, or take one out."""
        if action == "tier":
            form.add_tier()
        elif action == "drop" and value.isdecimal():
            form.drop_tier(int(value))
