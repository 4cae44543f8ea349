"""Registry rows of the template: pattern, section, label, help, example, owner role, approver role.

An approver makes the field critical; the list is that of the domain: KPI formula, target and thresholds, clock,
correlation key, owner and approver roles, regulatory mapping, source. ``removable``, ``along``: see ``Field``.
"""

from __future__ import annotations

Row = tuple[str, str, str, str, str, str, str]

_IDENTITY: tuple[Row, ...] = (
    ("title", "identity", "Name of the flow", "What people call this business flow.", "Loan Payment Processing",
     "process_owner", ""),
    ("description", "identity", "Description", "What the flow does, for whom, and where it begins and ends.",
     "From the bill to the posted, reconciled payment.", "process_owner", ""),
    ("tags", "identity", "Tags", "Words that help to find the flow.", "payments, lending", "process_owner", ""),
    ("owner", "identity", "Owner", "The role that answers for the whole flow.", "process_owner", "process_owner", "coe"),
    ("scope", "identity", "Scope", "Which part of the business is meant: loan type, region, channel.",
     "loan_type: mortgage, auto", "process_owner", ""),
    ("time_zone", "identity", "Time zone", "Days, weeks and months of the KPIs begin in this time zone.",
     "America/New_York", "process_owner", "compliance"),
    ("currency", "identity", "Currency", "The currency amounts are in, where the events do not say.", "USD",
     "business_owner", "finance_control"),
    ("binding", "identity", "Event log", "How a log of this flow is read: which column is the case, the step, the time.",
     "case: loan_id, step: event, time: at", "data_steward", "coe"),
    ("blueprint", "identity", "Blueprint", "The blueprint the flow was made from or upgraded to last, and its version.",
     "loan-payment-processing 2", "coe", ""),
    ("notes[]", "identity", "Order of notes", "The order notes are shown in.", "", "process_owner", ""),
    ("notes[].text", "identity", "Note", "An assumption or a gap the reader must know.",
     "The currency is assumed: the log names none.", "process_owner", ""),
)  # fmt: skip

_FLOW: tuple[Row, ...] = (
    ("flow.correlation_key", "flow", "Correlation key", "The fields that tell which case an event belongs to.",
     "loan_id, payment_id", "data_steward", "data_steward"),
    ("flow.calendar", "flow", "Calendar", "The calendar whose working days, cut-off and holidays hold in this flow.",
     "bank-us", "process_owner", "compliance"),
    ("flow.steps[]", "flow", "Order of steps", "The order steps are listed in.", "", "process_owner", ""),
    ("flow.steps[].title", "flow", "Step", "What people call the step.", "Received", "process_owner", ""),
    ("flow.steps[].description", "flow", "What happens in the step", "What is done, by whom, and when it is finished.",
     "The date of receipt is fixed here.", "process_owner", ""),
    ("flow.steps[].correlation_key", "flow", "Correlation key of the step",
     "The fields that name the case in this step, where they differ from the flow's.", "loan_no, trace_no",
     "data_steward", "data_steward"),
    ("flow.steps[].calendar", "flow", "Calendar of the step", "The calendar of this step, where it differs.",
     "lockbox-bank", "process_owner", "compliance"),
    ("flow.edges[]", "flow", "Order of ways", "The order ways between steps are listed in.", "", "process_owner", ""),
    ("flow.edges[].source", "flow", "From step", "The step this way leaves.", "received", "process_owner", ""),
    ("flow.edges[].target", "flow", "To step", "The step this way leads to; a loop leads back.", "matched",
     "process_owner", ""),
    ("flow.edges[].label", "flow", "When this way is taken", "The condition in words.", "returned by the bank",
     "process_owner", ""),
)  # fmt: skip


def _uses(section: str, label: str, owner: str, step: str = "") -> tuple[Row, ...]:
    what = label.lower()
    return (
        (f"{section}[]", section, f"Order of {what}s", f"The order {what}s are listed in.", "", owner, ""),
        (f"{section}[].signal", section, label, "The signal document this name stands for.", "payment.returned",
         owner, "data_steward removable"),
        (f"{section}[].step", section, "Emitted by step", "The step that emits the signal.", "returned", owner, step),
        (f"{section}[].affects", section, "Can break steps", "The steps that fail when this signal is bad.",
         "posted, allocated", owner, ""),
    )  # fmt: skip


_OUTCOMES: tuple[Row, ...] = (
    ("trust", "outcomes", "Bounds of trust",
     "What numbers must rest on; one beyond a bound is withheld, with the reason.",
     "fresh: true, correlated: 0.98, duplicates: 0.01", "business_owner", "finance_control"),
    ("outcomes[]", "outcomes", "Order of value outcomes", "The order KPIs are shown in.", "", "business_owner", ""),
    ("outcomes[].title", "outcomes", "KPI", "What people call the number.", "Overall return rate", "business_owner", ""),
    ("outcomes[].description", "outcomes", "What it tells", "How to read the number and what to do about it.",
     "Debits that came back, by the day they were sent.", "business_owner", ""),
    ("outcomes[].tags", "outcomes", "Tags", "Words that help to find the KPI.", "regulatory", "business_owner", ""),
    ("outcomes[].measure", "outcomes", "Definition",
     "Formula, unit, anchor, window, dimensions and time zone: all that decides the number.",
     "formula: ratio(count(returned), count(initiated)), unit: ratio", "business_owner", "data_steward"),
    ("outcomes[].target", "outcomes", "Target", "The value to reach, and from which side.", "at most 0.03",
     "business_owner", "finance_control"),
    ("outcomes[].thresholds", "outcomes", "Thresholds", "Levels at which people are warned.", "warning 0.02, breach 0.03",
     "business_owner", "finance_control"),
    ("outcomes[].error_budget", "outcomes", "Error budget",
     "The span over which what may go wrong by the target is counted; empty for none.", "30 days",
     "business_owner", "finance_control"),
    ("outcomes[].cost_rule", "outcomes", "Cost rule",
     "The rule that says what one failure of this KPI costs; empty for none.", "late-posting",
     "business_owner", "finance_control"),
    ("outcomes[].trust", "outcomes", "Bounds of trust of the KPI",
     "What this number must rest on, where it differs from the flow's; empty for the flow's.",
     "control: {kpi: reconciliation_gap, at_most: 0}", "business_owner", "finance_control"),
    ("outcomes[].watch", "outcomes", "Watched",
     "How often BOS looks at the KPI by itself, over which span, and how many looks it takes until a state counts.",
     "every: 15 minutes, over: 1 day, worse_after: 1, better_after: 2", "business_owner", "finance_control"),
    ("outcomes[].regulation", "outcomes", "Regulation", "The rule this KPI is evidence for.", "Reg Z §1026.36(c)(1)(i)",
     "compliance", "compliance"),
    ("outcomes[].source", "outcomes", "Source", "Where formula and target come from.", "Nacha Operating Rules",
     "business_owner", ""),
)  # fmt: skip

_OWNERSHIP: tuple[Row, ...] = (
    ("ownership[]", "ownership", "Order of assignments", "The order roles are listed in.", "", "coe", ""),
    ("ownership[].covers", "ownership", "Covers", "The section or field this role answers for.", "outcomes", "coe", "coe"),
    ("ownership[].accountable", "ownership", "Accountable role", "The one role that answers for it.", "business_owner",
     "coe", "coe"),
)  # fmt: skip

TEMPLATE: tuple[Row, ...] = (
    *_IDENTITY,
    *_FLOW,
    *_uses("process_signals", "Process signal", "data_steward", "data_steward removable along"),
    *_uses("system_signals", "System signal", "sre"),
    *_OUTCOMES,
    *_OWNERSHIP,
)

WHOLE_TEMPLATE: tuple[Row, ...] = (
    ("flow.edges", "flow", "Ways between steps",
     "All ways of the flow as one value; signed where a KPI counts the cases that leave them.",
     "received → matched, matched → posted", "process_owner", "data_steward along"),
)  # fmt: skip
