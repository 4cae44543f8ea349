"""Every text of the home page."""

from __future__ import annotations

TEXT = {
    "title": "My flows · BOS",
    "heading": "My flows",
    "lede": "What the bank watches, how far each flow is approved, and how fresh its telemetry is.",
    "empty": "There are no flows yet. Start one below.",
    "empty_look": "There are no flows yet.",
    "no_role": "You are signed in, and hold no role yet: BOS has nothing to show you.",
    "ask": "Ask whoever administers BOS at your bank for a role. They know you here as {person}.",
    "flows": "Flows",
    "dashboard": "Open dashboard",
    "edit": "Open in the wizard",
    "history": "History",
    "published": "Published numbers",
    "upgrade": "Upgrade",
    "behind": "Its blueprint has changed",
    "search": "Search",
    "approvals": "Approvals",
    "calendars": "Calendars",
    "costs": "Cost rules",
    "watch": "Watched KPIs",
    "connections": "Connections",
    "owners": "Who owns what",
    "people": "People and roles",
    "new": "Describe a new flow",
    "drafts": "Your unsubmitted changes are kept.",
    "about": "of {title}",
    "unowned": "Nobody holds {roles}",
    "version": "Version {version}, changed {at} by {author}",
    "telemetry": "{events} events, newest {last}",
    "ahead": "; some lie in the future, to {last}",
    "no_telemetry": "No telemetry yet",
    "generated": "Generated telemetry",
    "generated_part": "Some telemetry is generated",
    "damaged": "Telemetry damaged",
    "begin": "Start a flow",
    "begin_lede": "A blueprint brings steps, signals and KPIs; everything can be changed afterwards.",
    "sample": "Sample flow",
    "make": "Make this flow",
    "made": "The flow {title} was made. Its values wait for approval; its dashboard works already.",
    "there": "You have a flow made from it.",
    "brings": "{steps} steps, {signals} signals, {kpis} KPIs.",
    "acting": "Act as",
    "yourself": "Yourself ({name})",
    "acting_hint": "This is a demo: its people are samples, one for each role. Whatever you do as one of them says so.",
    "sample_person": "Sample person",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
