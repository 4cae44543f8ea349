"""Every text of the page of watched KPIs."""

from __future__ import annotations

TEXT = {
    "title": "Watched KPIs · BOS",
    "heading": "Watched KPIs",
    "lede": "BOS looks at these numbers by itself; how each stands now, and since when, is shown here. Every "
    "change of state before that stands in the journal.",
    "home": "My flows",
    "none": "No KPI is watched. In a flow's wizard, on the page of a KPI, say how often BOS is to look at it.",
    "rows": "Watched KPIs of {title}",
    "never": "Not looked at yet",
    "ok": "As it should be",
    "warning": "Warning",
    "breach": "Breach",
    "withheld": "Withheld",
    "no_data": "No data",
    "since": "since {at}",
    "coming": "{state} in the last {times}, which does not count yet",
    "look": "look",
    "looks": "{n} looks",
    "every": "Looked at every {every}, over the last {over}",
    "looked": "last at {at}, {zone}",
    "money": "{money} at stake",
    "owner": "{role}: {people}",
    "nobody": "nobody holds this role",
    "after": "{by} looks after it since {at}: {why}",
    "take": "Look after it",
    "again": "Change what you do",
    "over": "Take over from {by}",
    "why": "What do you do about it?",
    "why_hint": "It stands beside the KPI for colleagues, and in the journal for audit.",
    "why_missing": "Enter what you do about it",
    "save": "Look after it",
    "cancel": "Cancel",
    "hear": "Tell me of changes",
    "hush": "Tell me no more",
    "heard": "You are told of every change of {title}, as soon as a channel such as e-mail is connected.",
    "hushed": "You are told no more of {title}.",
    "taken": "You look after {title} until its state changes.",
    "dashboard": "Dashboard",
    "about": "of {title}",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
