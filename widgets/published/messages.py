"""Every text of the page of published numbers."""

from __future__ import annotations

from bos.model.numbers import GENERATED

TEXT = {
    "title": "Published numbers of {flow} · BOS",
    "heading": "Published numbers of {flow}",
    "lede": "What was told stays as it was told. Where events came later, the number of today stands beside it, with "
    "the cause. Every run can be computed again from what it read.",
    "home": "My flows",
    "dashboard": "Dashboard",
    "history": "History",
    "values": "Then and now",
    "run": "Told by",
    "run_of": "{kind} of {at}: {what}",
    "run_by": "{what}, by {by}",
    "run_over": "{what}: {period}",
    "kpi": "KPI",
    "every": "All KPIs",
    "which": "Show",
    "all": "Every value",
    "only": "Only what is another one now",
    "stand": "{stand} of {all} values stand.",
    "table": "Values of the run of {at}",
    "stands": "Stands",
    "restated": "Restated",
    "redefined": "Defined otherwise",
    "by_today": "By today's definition: {value}.",
    "none_restated": "Every value stands: what was told is what BOS computes today.",
    "none": "The run has no such value.",
    "no_runs": "Nothing was told of this flow yet: its first dashboard or evaluation stands here.",
    "not_compared": "What these values are today is not computed for your role.",
    "open": "The period of this run has no end: what happened after it counts as arrived since.",
    "filtered": "Only {filters}",
    "generated": GENERATED,
    "since": "From {start}",
    "until": "Before {end}",
    "all_time": "All that was recorded",
    "week": "Week from {day}",
    "quarter": "Quarter {n} of {year}",
    "more_kpis": "{names} and {n} more",
    "snapshots": "Read from {then} then, from {now} now",
    "versions": "Defined by version {then} then, by version {now} now",
    "runs": "Frozen runs",
    "runs_words": "Each names what it read and the SHA-256 of what came out. Running one again writes nothing but a "
    "line in the journal.",
    "runs_table": "The newest runs; times of {zone}",
    "more": "Older runs are listed by the command line: bos kpi runs, bos dashboard runs.",
    "again": "Run it again",
    "hold": "Check the file",
    "see": "told by the run of {at}",
    "about": "of {at}",
    "busy": "Being computed again …",
    "busy_status": "The run of {at} is being computed again from what it read then.",
    "busy_why": "A run is being computed.",
    "same": "The same",
    "differs": "Not the same",
    "same_long": "The run of {at} comes out the same, byte for byte.",
    "same_file": "The pack of {at} is the same file, byte for byte.",
    "differs_long": "The run of {at} does not come out the same.",
    "differs_file": "The pack of {at} is not the file that was archived.",
    "file_reason": "The archived file has another SHA-256 than the one it was archived with.",
    "then_hash": "SHA-256 then: {hash}",
    "now_hash": "SHA-256 now: {hash}",
    "nothing_computed": "Nothing could be computed.",
    "differences": "Where it comes out otherwise",
    "unknown": "not kept",
    "kpis": "{n} KPIs",
    "withheld": "Withheld",
    "of_period": "Period",
    "of_filters": "Filters",
    "of_times": "Times",
    "of_snapshot": "Snapshot",
    "of_version": "Version",
    "of_all": "Today",
    "full": "SHA-256 of the run of {at}",
    "refused": "This cannot be shown: {reason}",
    "missing": "This address names no flow. Open the page from a dashboard.",
    "other": "This run is of another flow.",
    "no_run": "There is no run of this name.",
    "no_run_hint": "Choose one of the list.",
}
KINDS = {"kpi": "KPI run", "dashboard": "Dashboard", "report": "Pack"}
COLUMNS = ("KPI", "Period", "Then", "Now", "Difference", "State", "Why")
RUN_COLUMNS = ("Run", "Made", "By", "Of", "Version", "Engine", "Snapshot", "Result", "Again")
DIFFERENCE_COLUMNS = ("Where", "Then", "Now")


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)
