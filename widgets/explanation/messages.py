"""Every text of the page that says why a KPI changed."""

from __future__ import annotations

from bos.model.numbers import GENERATED

TEXT = {
    "title": "Why {kpi} changed · BOS",
    "heading": "Why {kpi} changed",
    "lede": "From {then} to {now}: {difference}. What follows sums to exactly that.",
    "home": "My flows",
    "dashboard": "Dashboard of {flow}",
    "then": "Earlier period",
    "now": "This period",
    "value": "{value} ({period})",
    "only": "Only",
    "zone": "Times",
    "snapshot": "Read from",
    "version": "Defined by version",
    "generated": GENERATED,
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
    "moved_lede": "From {then} to {now}: {difference}. It is told part by part, since no exact sum exists.",
    "moved_lede_none": "From {then} to {now}. It is told part by part, since no exact sum exists.",
    "no_sum": "Why no exact sum",
    "no_sum_words": "{reason} So each part stands by itself, what moved farthest first; the lines do not add up.",
    "spread": "How the single values lie",
    "moved_table": "What each part came to by itself, what moved farthest first; no sum",
    "no_parts": "It is split by nothing here, so there are no parts to tell of.",
    "kpi": "KPI",
    "refused": "This change cannot be explained: {reason}",
    "unknown": "The address says {names}, which this page does not know. What follows is told without it.",
    "missing": "This address names no flow and KPI. Open it from a dashboard.",
}
KNOWN = ("flow", "kpi", "start", "end", "from", "to", "compare", "dimension", "split", "filter", "missing", "by")
"""What the address of the page may say; the buckets of a dashboard (``by``) make no difference here."""
COMPARED = ("previous", "1 week", "4 weeks", "1 month", "1 quarter", "1 year")
"""What the page offers as the earlier period; BOS takes any span."""
KINDS = {
    "data": "Data",
    "definition": "Definition",
    "volume": "How many",
    "mix": "Share of the whole",
    "rate": "Rate within",
    "mean": "Mean within",
}
MEANINGS = {
    "data": "events that came or went since the run, or are missing",
    "definition": "the KPI was defined otherwise",
    "volume": "more or fewer of it",
    "mix": "it makes up more or less of the whole",
    "rate": "within it, the rate rose or fell",
    "mean": "within it, the mean rose or fell",
}
COLUMNS = ("Cause", "Of", "Contributes", "That is")

SPREAD_COLUMNS = ("Period", "Values", "Smallest", "Median", "95 % are below", "Largest")
MOVED_COLUMNS = ("Then", "Now", "Moved by", "Rests on, then", "Rests on, now")


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
