"""Every text of the page of a history."""

from __future__ import annotations

TEXT = {
    "title": "History of {title} · BOS",
    "heading": "History of {title}",
    "lede": "Every version, who made it and why. Nothing is ever overwritten.",
    "home": "My flows",
    "wizard": "Open in the wizard",
    "upgrade": "Upgrade from its blueprint",
    "versions": "Versions",
    "version": "Version {version}",
    "about": "{cause} by {author} on {at:%-d %b %Y at %H:%M} UTC. {why}",
    "to": "to version {version}",
    "changes": "{n} changes",
    "change": "1 change",
    "compare": "Compare two versions",
    "from": "From version",
    "until": "To version",
    "difference": "From version {old} to version {new}",
    "same": "Both versions have the same content.",
    "what": "What",
    "before": "Version {version}",
    "back": "Roll back",
    "back_heading": "Roll back to version {version}",
    "back_words": (
        "This submits what differs from version {version}, as any change does: what needs no signature goes live at "
        "once, an approved critical value waits for its signatures. The versions in between stay in the history."
    ),
    "back_table": "What rolling back changes",
    "waits": "These proposals wait for signatures now. Rolling back replaces those for the same values:",
    "why": "Why",
    "why_hint": "Stands in the history and in the journal.",
    "why_missing": "Say why you roll back.",
    "confirm": "Roll back to version {version}",
    "cancel": "Cancel",
    "done": "Rolled back to version {old}, as version {version}.",
    "partly": "Rolled back to version {old} in part, as version {version}.",
    "not_yet": "Nothing is rolled back yet.",
    "held": "{n} values wait for signatures before they change.",
    "held_one": "1 value waits for signatures before it changes.",
    "nothing": "Nothing differs from version {version}, so there is nothing to roll back.",
    "absent": "This history cannot be shown: {reason}",
    "error": "Error: ",
}

CAUSES = {
    "submission": "Submitted",
    "decision": "Went live by a signature",
    "restore": "Brought back",
    "retire": "Retired",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
