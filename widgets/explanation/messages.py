"""Every text of the page that says why a KPI changed."""

from __future__ import annotations

TEXT = {
    "title": "Why {kpi} changed · BOS",
    "heading": "Why {kpi} changed",
    "lede": "From {then} to {now}: {difference}. What follows sums to exactly that.",
    "home": "My flows",
    "dashboard": "Dashboard of {flow}",
    "then": "Earlier period",
    "now": "This period",
    "period": "{start} to {end}",
    "value": "{value} ({period})",
    "only": "Only",
    "zone": "Times",
    "snapshot": "Read from",
    "version": "Defined by version",
    "generated": "With generated telemetry",
    "compare": "Earlier period",
    "dimension": "Taken apart by",
    "none": "Nothing: as a whole",
    "previous": "The period before",
    "so_earlier": "{span} earlier",
    "drawing": "From the earlier value to this one, cause by cause",
    "others": "{n} smaller causes",
    "table": "What each cause contributes",
    "notes": "What you must know",
    "unrecorded": "not recorded",
    "nothing": "Nothing contributes: both periods come to the same.",
    "refused": "This change cannot be explained: {reason}",
    "missing": "This address names no flow and KPI. Open it from a dashboard.",
}
COMPARED = ("previous", "1 week", "4 weeks", "1 month", "1 quarter", "1 year")
"""What the page offers as the earlier period; BOS takes any span."""
KINDS = {
    "data": "Data",
    "definition": "Definition",
    "volume": "Volume",
    "mix": "Mix",
    "rate": "Rate",
}
MEANINGS = {
    "data": "events that came or went since the run, or are missing",
    "definition": "the KPI was defined otherwise",
    "volume": "more or fewer of it",
    "mix": "another share of the whole",
    "rate": "it came to more or less by itself",
}
COLUMNS = ("Cause", "Of", "Contributes", "That is")


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
