"""Every text of the search."""

from __future__ import annotations

TEXT = {
    "title": "Search · BOS",
    "heading": "Search",
    "lede": "Flows, KPIs, signals, dashboards and feedback, as far as you may see them.",
    "home": "My flows",
    "text": "Words",
    "text_hint": 'The last word may be unfinished. "In quotes" finds a phrase, -without leaves out a word.',
    "narrow": "Narrow down",
    "kind": "What",
    "step": "Step",
    "system": "Depends on system",
    "regulation": "Regulation",
    "owner": "Belongs to",
    "role": "Answers for parts",
    "state": "State",
    "tag": "Tag",
    "any": "Any",
    "uses": "Only what uses {kind} “{name}”.",
    "clear": "Begin anew",
    "found": "What was found",
    "empty": "Nothing fits. Use fewer or other words, or narrow down less.",
    "begin": "Type a word or choose what to narrow by.",
    "many": "The first {n} of what fits, the best first. Add a word to see others.",
    "count": "{n} found",
    "count_one": "1 found",
    "of": "of {flow}",
    "owned": "belongs to {role}",
    "dashboard": "Dashboard",
    "wizard": "Open in the wizard",
    "history": "History",
    "published": "Published numbers",
    "use": "What uses it",
    "open": "Open",
    "about": "of {title}",
    "option": "{label} ({n})",
}

KINDS = {
    "template": ("Flow", "Flows"),
    "kpi": ("KPI", "KPIs"),
    "signal": ("Signal", "Signals"),
    "dashboard": ("Dashboard", "Dashboards"),
    "feedback": ("Feedback", "Feedback"),
    "calendar": ("Calendar", "Calendars"),
    "cost_rule": ("Cost rule", "Cost rules"),
    "schedule": ("Schedule", "Schedules"),
    "policy": ("Approval policy", "Approval policies"),
}
"""Kind of a hit → what one is called, and what many are."""


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
