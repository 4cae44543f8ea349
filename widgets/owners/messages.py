"""Every text of the page of who owns what."""

from __future__ import annotations

TEXT = {
    "title": "Who owns what · BOS",
    "heading": "Who owns what",
    "lede": "One role answers for each field of a flow. These people hold the roles now.",
    "home": "My flows",
    "people": "People and roles",
    "flow": "Flow",
    "all_flows": "All flows",
    "role": "Role",
    "person": "Person",
    "any": "Any",
    "flows": "Flows, their roles and who holds them",
    "parts": "{title}: who answers for which fields",
    "part": "Part",
    "fields": "Fields",
    "critical": "Need signatures",
    "held": "Held by",
    "nobody": "Nobody",
    "unowned": "Roles that nobody holds: {n}. Nobody can sign what they answer for until somebody holds them.",
    "unowned_one": "A role is held by nobody. Nobody can sign what it answers for until somebody holds it.",
    "none": "Nothing fits. Choose another role or person.",
    "no_flows": "There are no flows yet.",
    "more": " and {n} more",
    "show": "Field by field",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
