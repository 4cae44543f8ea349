"""Every text of the page of an upgrade."""

from __future__ import annotations

TEXT = {
    "title": "{error}Upgrade {title} · BOS",
    "heading": "Upgrade {title} from its blueprint",
    "lede": "What the blueprint has changed since this flow was made from it. Choose what the flow takes.",
    "home": "My flows",
    "wizard": "Open in the wizard",
    "history": "History",
    "approvals": "Approvals",
    "blueprint": "Blueprint",
    "from": "This flow was made from",
    "to": "Shipped now",
    "version": "Version {n}",
    "unknown": "A version BOS does not know, so all that differs is listed",
    "up_to_date": "This flow has all that its blueprint has. What was left out before is offered again only when the "
    "blueprint changes it again.",
    "look_only": "You can look. Whoever may change this flow takes what its blueprint brings.",
    "what": "What the flow takes",
    "what_hint": "What is critical and approved waits for signatures; all else goes live at once. You are its author: "
    "somebody else signs.",
    "brings": "What the blueprint brings",
    "all": "Mark all",
    "safe": "Mark only what nobody changed here",
    "none": "Mark none",
    "critical": "Critical",
    "changed_here": "Changed here: taking it overwrites what this flow has",
    "waits": "A proposal waits for the same value: taking this replaces it",
    "needs": "Made with it, since they are not there yet: {names}",
    "differs": "Shared with other flows and left as they are, although the blueprint has another content: {names}",
    "why": "Why",
    "why_hint": "Stands in the history and in the journal.",
    "why_missing": "Enter why",
    "none_chosen": "Choose what the flow takes",
    "take": "Take what is marked",
    "taken": "Version {version} is live.",
    "not_yet": "Nothing is live yet.",
    "held": "{n} values wait for signatures before they change.",
    "held_one": "1 value waits for signatures before it changes.",
    "left": "{n} changes were left out.",
    "left_one": "1 change was left out.",
    "made": "Made: {names}.",
    "others": "Other flows of this blueprint",
    "others_lede": "These were made from an older version, too. They are upgraded as one batch: all of them, or none. "
    "Each flow can be opened to choose field by field instead.",
    "others_none": "No other flow of this blueprint is behind.",
    "flows": "Flows to upgrade",
    "flows_missing": "Choose the flows to upgrade",
    "flow_hint": "Version {n} of the blueprint",
    "mode": "What they take",
    "unchanged": "Only what nobody changed there",
    "everything": "All, also what was changed there",
    "upgrade_all": "Upgrade these flows",
    "upgraded": "Upgraded {n} flows as one batch.",
    "upgraded_one": "Upgraded 1 flow.",
    "absent": "This page cannot be shown: {reason}",
    "error": "Error: ",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)


def count(name: str, n: int) -> str:
    """Return a text for one, or for some."""
    return TEXT[f"{name}_one"] if n == 1 else say(name, n=n)
