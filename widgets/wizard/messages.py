"""Every text of the wizard and the home page that is not the name or help of a field."""

from __future__ import annotations

from bos.model.roles import ROLES
from widgets.surface import words

STAGES = {
    "define": "Define",
    "populate": "Populate",
    "validate": "Validate",
    "dashboard": "Dashboard",
    "feedback": "Feedback",
}

WORDS = {
    **words.WORDS,
    "unsaved": "What you typed last is not saved yet.",
    "lost_more": "What you typed is kept in this browser. Reload the page to go on; nothing shown as saved is lost.",
}

TEXT = {
    "home": "Home",
    "title": "{error}{page} \u2013 {flow} \u2013 BOS",
    "error": "Error: ",
    "wizard": "Wizard",
    "step_of": "Step {n} of {all}",
    "new_flow": "New flow",
    "saved": "Saved {time}",
    "not_saved": "Not saved yet. BOS tries again with your next change.",
    "undecided": "Your values are saved once you choose.",
    "nothing_typed": "Every change is saved by itself.",
    "continue": "Save and continue",
    "back": "Back",
    "done": "Completed",
    "progress": "In progress",
    "later": "Cannot start yet",
    "trouble": "There is a problem",
    "open": "Not started",
    "later_submit": "Submit the flow first: a dashboard shows what is live.",
    "provided": "Not provided",
    "fault": "That did not work. Nothing you saved is lost.",
    "refused": "BOS did not do that: {reason}",
    "away": "BOS cannot be reached at the moment. Try again in a minute.",
    "no_id": "“{id}” is no flow of BOS. Choose one below, or start a new one.",
    "conflict": "Two values for one field",
    "conflict_lede": "Another tab, device or person gave these fields other values since you began. Choose for each.",
    "conflict_mine": "Yours: {value}",
    "conflict_saved": "The other value: {value}",
    "conflict_keep": "Keep these choices",
    "merged": "Changes made elsewhere were taken in; none of yours was touched.",
    "look_only": "You may look at everything here and change nothing: your role only reads.",
    "discard": "Discard my changes",
    "discard_sure": "Everything you changed since version {version} is thrown away. That cannot be undone.",
    "discard_yes": "Discard them",
    "discard_no": "Keep them",
    "discarded": "Your changes are discarded. The flow is shown as it is live.",
    "used_by": "Still read by: {kpis}.",
    "look_again": "BOS has taken in what is new. Look at what submitting does now, then submit again.",
    "building": "Building the dashboard: reading telemetry and computing every KPI…",
    "no_events": "BOS has no events of this flow yet, so no number can be computed. Whoever looks after the telemetry "
    "brings them in from an event log: bos telemetry import FILE --flow {flow} (with --home DIR where BOS was started "
    "with one).",
    "computing": "Computing the number…",
    "thanks": "Your feedback is kept, and listed below.",
    "removed": "“{title}” was taken out of the draft.",
    "not_live": "Submit the flow first: a dashboard shows what is live.",
    "gone": "The page moved on: that entry is no longer there.",
    "signal_change": "Change the signal",
    "signal_shared": "The signal is shared: a change holds for every flow that uses it.",
    "signal_alone": "No other flow uses it at the moment.",
    "signal_others": "What you save here changes the signal for {flows} too:",
    "signal_unread": "The signal could not be read. Open this page again.",
    "signal_status": "The signal changes when you save it.",
    "signal_moved": "The signal was changed since this form was filled. What you typed stays in the form; where it is "
    "something else than what is live now, saving the signal puts it in its place. This was changed:",
    "signal_typed": " (you typed: {value})",
    "signal_again": "Look at what is live and what waits, then save the signal again.",
    "signal_saved": "The signal is saved.",
    "signal_live": "Live at once: {fields}",
    "signal_unsigned": "Live at once, but not approved until {roles} signs: {fields}",
    "signal_held": "Held until {roles} signs, the approved value stays in force: {fields}",
    "try": "Try it",
    "try_hint": "It reads at most 1,000 rows of the last hour, or day, and stores none; nothing need be saved first.",
    "try_later": "Submit the flow first: rows are read with its time zone and currency.",
    "trying": "Reading a few rows\u2026",
    "try_older": "The source was changed since these rows were read. Try it again.",
    "signal_same": "Nothing new is saved: the same change is live, or waits for signatures already.",
}

ERRORS = {
    "title": "Enter the name of the flow",
    "id_taken": "A flow called “{name}” exists already: choose another name",
    "owner": "Choose the role that owns the flow",
    "time_zone": "Time zone must be a name such as Europe/Amsterdam",
    "steps": "Add at least two steps",
    "step_title": "Enter the name of step {n}",
    "step_name_new": "Enter the name of the new step",
    "edge_end": "Choose both ends of way {n}",
    "edge_same": "The way from {source} to {target} is there already",
    "too_long": "{label} must have {limit} characters or fewer",
    "signals": "Add at least one process signal",
    "outcomes": "Add at least one value outcome",
    "use_name": "Enter the name formulas use",
    "use_form": "Name in formulas must begin with a letter and have only lower case letters, digits and underscores",
    "use_taken": "“{name}” is in use in this flow already: choose another name",
    "use_signal": "Choose the signal",
    "use_step": "Choose the step that emits it",
    "use_affects": "Choose at least one step it can break",
    "event": "Enter the name the source gives this event",
    "new_title": "Enter the name of the signal",
    "pair": "Each line of Which column is what must be a field and its column, such as case = payment_id",
    "source_fields": "Each line of Fields must be a name, that in the source and a type, such as fee = FEE_AMT, number",
    "where": "Each line of Narrowed to must be a field of the source and its value, such as status = OK",
    "language_query": "Enter the query that the language is of",
    "pulled_nothing": "Pulled every needs a connection and a query",
    "try_connection": "Choose the connection to try",
    "try_query": "Enter the query to try",
    "kpi_title": "Enter the name of the KPI",
    "formula": "Enter a formula",
    "unit": "Choose the unit",
    "unit_kind": "Unit must fit the formula: choose {unit}",
    "unknown_signal": "Choose signals of this flow: it has none called {name}",
    "number": "{label} must be a number, such as 0.03",
    "unclear": "{label} “{typed}” can be read in two ways: write a thousand as 1000, and one as 1 or 1.0",
    "share": "{label} must be a share from 0 to 100 %, such as 98 %",
    "apart": "May be apart by must be an amount, such as 0 or 12.50",
    "span": "{label} must be a span, such as 15 minutes, 4 hours or 1 day",
    "hour": "{label} must be a time such as 08:00",
    "by_days": "Expected at least every must be days where a time of day is given, such as 1 day",
    "working_weeks": "Working time is not counted in weeks: write so many days, each is a working day",
    "looks": "{label} must be a whole number from 1 to 100",
    "watch_over": "Enter over which span the KPI is watched, or give it a window of its own",
    "days": "Kept for days must be a whole number from 1 to 36500",
    "rationale": "Enter why you make these changes",
    "nothing": "There is nothing to submit: the flow is as it is live",
    "role": "Choose the role that answers for {section}",
    "feedback": "Enter what you want to say",
    "flow_name": "Enter the name of the flow",
    "find": "Enter a word to look for",
    "choose": "Choose a value for each field",
    "signal_why": "Enter why you change the signal",
    "signal_nothing": "There is nothing to save: the signal is as it is live",
}

SECTIONS = {
    "identity": "Name and identity",
    "flow": "Steps",
    "process_signals": "Process signals",
    "system_signals": "System signals",
    "outcomes": "Value outcomes",
    "ownership": "Roles",
}

BANNED = ("please", "sorry", "invalid", "required field", "oops", "error occurred")
"""Words no message has: they blame, or say nothing."""


def say(name: str, /, **values: object) -> str:
    """Return a text of the catalogue with its values."""
    return TEXT[name].format(**values)


def wrong(name: str, /, **values: object) -> str:
    """Return what is wrong with a field."""
    return ERRORS[name].format(**values)


def role(name: str) -> str:
    """Return what people call a role."""
    return ROLES.get(name, name)


def tally(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 step, 2 steps."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
