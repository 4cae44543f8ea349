"""Every text of the approvals inbox."""

from __future__ import annotations

TEXT = {
    "title": "Approvals · BOS",
    "heading": "What waits for you",
    "lede": "Changes that a signature of yours counts for. Nobody signs what they proposed themselves.",
    "home": "My flows",
    "approvals": "Approvals",
    "empty": "Nothing waits for you.",
    "nobody": "You hold no role that signs.",
    "of": "{title} ({kind})",
    "held": "{n} proposed changes: what is live now stays until the last signature is there.",
    "held_one": "1 proposed change: what is live now stays until the last signature is there.",
    "unsigned": "{n} values are live, and provisional until they are signed.",
    "unsigned_one": "1 value is live, and provisional until it is signed.",
    "history": "History",
    "wizard": "Open in the wizard",
    "what": "What",
    "live": "Live now",
    "proposed": "Proposed",
    "before": "Before",
    "value": "Live, to be signed",
    "by": "Proposed by",
    "on": "{at:%d %b %Y %H:%M} UTC, on version {version}",
    "why": "Why",
    "as": "Your signature counts as",
    "past": "Over the days recorded",
    "incidents": "Incidents that should have been caught",
    "incidents_hint": "One a line: start, end and, if you like, a name, such as 2026-03-02 08:00, 2026-03-03 12:00, "
    "File late. Then it is told which of them the thresholds would have caught and missed and, by the cost rule of the "
    "KPI, the money.",
    "no_incident": "Line {at}, “{line}”, is no incident: it needs a time at which that began and, after it, "
    "one at which it ended.",
    "right_incident": "A right line is: 2026-03-02 08:00, 2026-03-03 12:00, File late",
    "try": "Try with these incidents",
    "tried": "What the thresholds would have caught and missed stands in the card.",
    "past_unknown": "It cannot be told what the thresholds would have done: {reason}",
    "needs": "Signatures it needs",
    "signed": "Signed so far",
    "signed_by": "{person} as {role}",
    "batch": "Together with",
    "batch_words": "a batch: each of its documents is decided by itself here",
    "nobody_yet": "nobody yet",
    "waivers": "Waivers that wait for you",
    "waiver": "{n} values would count as signed until a date, without the signature they need.",
    "waiver_one": "1 value would count as signed until a date, without the signature it needs.",
    "waiver_words": "With your agreement the value counts as signed until that date, wherever it is shown, with this "
    "reason. It can be ended earlier.",
    "deciding_waiver": "Your decision on a waiver",
    "value_now": "Live now, not signed",
    "until": "Until",
    "asked_by": "Asked by",
    "agree": "Agree",
    "refuse": "Refuse",
    "agreed": "Agreed: the value counts as signed until its date. {left}",
    "refused": "Refused. {left}",
    "decide": "Look and decide",
    "about": "about {what}",
    "decide_all": "Decide all {n} together",
    "all_about": "of {title}",
    "deciding": "Your decision",
    "deciding_many": "Your decision on {n} changes of {title}",
    "comment": "Comment",
    "comment_hint": "Needed to reject, to refuse or to ask for rework; stands in the journal.",
    "comment_missing": "Say what has to be different.",
    "approve": "Sign",
    "approve_many": "Sign all {n}",
    "rework": "Ask for rework",
    "reject": "Reject",
    "cancel": "Not now",
    "approved": "Signed. {left}",
    "approved_live": "Signed: it is live and approved. {left}",
    "rejected": "Rejected. {left}",
    "reworked": "Sent back for rework. {left}",
    "some": "{done} of {n} were decided. {reason}",
    "left": "{n} more wait for you.",
    "left_one": "1 more waits for you.",
    "left_none": "Nothing more waits for you.",
    "gone": "This does not wait for you any more. {reason}",
    "error": "Error: ",
}

KINDS = {
    "template": "flow",
    "signal": "signal",
    "calendar": "calendar",
    "cost_rule": "cost rule",
    "dashboard": "dashboard",
    "schedule": "schedule",
    "policy": "approval policy",
    "feedback": "feedback",
}


def say(name: str, /, **values: object) -> str:
    """Return a text with its values."""
    return TEXT[name].format(**values)


def tally(name: str, number: int) -> str:
    """Return a text that counts: it has another form for one."""
    return TEXT[f"{name}_one"] if number == 1 else say(name, n=number)
