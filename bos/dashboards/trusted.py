"""What a number rests on, beside it: badges where it is shown although something is amiss, and facts in its details."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.answers.dashboards import Panel

_FACTS = {
    "freshness": "Arrival",
    "correlation": "Cases",
    "duplicates": "Duplicates",
    "control": "Control total",
}
"""Aspect of trust → what it is called; approval has a badge and a fact of its own."""
_DOUBTS = {"freshness": "Late data"}
"""Aspects that can be amiss without a bound that withholds the number."""


def doubts(panel: Panel) -> str:
    """Return a badge for each thing that is amiss with a number that is shown nevertheless."""
    found = (mark for mark in panel.trust if mark.ok is False and not mark.withholds and mark.aspect in _DOUBTS)
    return "".join(
        f'<span class="bos-badge bos-badge--mark" title="{escape(mark.words)}">{_DOUBTS[mark.aspect]}</span>'
        for mark in found
    )


def trust_facts(panel: Panel) -> dict[str, str]:
    """Return what a number rests on, by name."""
    return {_FACTS[mark.aspect]: mark.words for mark in panel.trust if mark.aspect in _FACTS}
