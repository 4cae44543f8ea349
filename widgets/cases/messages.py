"""Every text of the page of cases."""

from __future__ import annotations

TEXT = {
    "title": "Cases behind {kpi} · BOS",
    "heading": "Cases behind {kpi}",
    "lede": "What the number rests on: what breaks a rule or was dropped first, then the largest, then the newest.",
    "journal": "That you look at single rows stands in the journal.",
    "home": "My flows",
    "dashboard": "Dashboard of {flow}",
    "period": "Period",
    "all_time": "All that was recorded",
    "since": "From {start}",
    "until": "Before {end}",
    "only": "Only",
    "zone": "Times",
    "snapshot": "Read from",
    "part": "Which cases",
    "counted": "What the KPI counts",
    "out_of": "The other side of the ratio or gap",
    "failed": "What failed",
    "found": "{shown} of {total} cases or events",
    "found_one": "1 case or event",
    "none": "No such case in this period.",
    "more": "Show more",
    "most": "More than {most} are not listed here; narrow the period, or ask by the command line or the library.",
    "refused": "These cases cannot be listed: {reason}",
    "events": "Events",
    "events_about": "Events of case {case}",
    "case_title": "Case {case} · BOS",
    "case_heading": "Case {case}",
    "case_lede": "All that was recorded of this case, in the order of time, whatever the period of the number.",
    "back": "Cases behind {kpi}",
    "told": "{shown} of {total} events",
    "told_one": "1 event",
    "told_most": "The first {shown} events are listed here; the library has all of them.",
    "missing": "This address names no flow and KPI. Open the cases from a dashboard.",
}
CASE, AT, BECAME = "Case", "At", "What became of it"
VALUES = {"cost": "Cost", "duration": "Duration", "amount": "Amount", "value": "Value"}
OF_CASE = ("At", "Event", "Step", "Amount", "Counts for", "By")
NOTHING = "-"
NOTES = {
    "breaks": "Breaks the rule",
    "keeps": "Keeps the rule",
    "pending": "Can still keep or break the rule",
    "dropped": "Dropped",
    "converted": "Converted",
    "in flight": "In flight",
    "open": "Open",
    "not ended": "Not ended, so not in the number",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
