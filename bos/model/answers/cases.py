"""Answers about the cases behind a number."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class ProofEvent(Answer):
    """An event that proves that a case breaks a rule.

    ``what`` is which events of the rule it is one of, as the formula writes it, and ``signal`` their local name; both
    are empty where any event of the case is meant. ``step`` is the source's name of it, ``by`` who or what did it.
    """

    what: str = ""
    signal: str = ""
    event_id: str
    step: str
    at: datetime
    by: str | None = None


class Evidence(Answer):
    """Why a case breaks a rule: the events that prove it, what did not come, and by when it had to; in words, too.

    ``due`` is when its time was over; of working days the midnight that ends the last. ``times`` is how often an event
    came that may come once.
    """

    rule: str
    events: tuple[ProofEvent, ...]
    missing: tuple[str, ...] = ()
    due: datetime | None = None
    times: int = 0
    words: str


class CaseRow(Answer):
    """One event or case behind a number: what places it in time, what it adds, and what became of it.

    ``value`` is as that of a KPI, ``shown`` as people read it; ``late`` are seconds, of failures that are late;
    ``evidence`` tells why a case breaks a rule, where it does.
    """

    case: str
    at: datetime
    value: int | float | str | None = None
    shown: str = ""
    note: str = ""
    late: float | None = None
    evidence: Evidence | None = None


class CaseList(Answer):
    """The first cases behind a KPI in a window, the telling ones first, and how many there are in all.

    ``part`` is what the KPI counts, the other side of a ratio or gap, or what of it failed; ``parts`` are those it has.
    ``values`` says what the value of an item is: what it costs, its duration or its amount; empty where it only counts.
    ``late_unit`` is what the lateness of items is in: ``seconds``, or ``business seconds`` of working time; empty where
    they have none.
    ``generated``: some of the telemetry was made by the generator.
    """

    flow: str
    kpi: str
    part: Literal["counted", "out_of", "failed"]
    parts: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str
    total: int
    unit: str = ""
    values: Literal["", "cost", "duration", "amount", "value"] = ""
    late_unit: str = ""
    items: tuple[CaseRow, ...] = ()
    approval: Approval | None = None
    snapshot: str
    generated: bool = False


class CaseEvent(Answer):
    """An event of a case: when, what it is called, and of which signals and step it is.

    ``recorded`` is the source's name; ``title`` the titles of the signals, else that name; ``amount`` is exact, and
    ``shown`` as people read it; ``by`` who or what did it, a pseudonym where the signal's events are kept under such.
    """

    event_id: str
    at: datetime
    recorded: str
    title: str
    signals: tuple[str, ...] = ()
    step: str = ""
    effective_date: date | None = None
    amount: str | None = None
    currency: str | None = None
    shown: str = ""
    by: str | None = None


class CaseEvents(Answer):
    """The first events of a case, in the order of time, and how many there are in all; times are told in ``time_zone``.

    ``generated``: some of the telemetry was made by the generator.
    """

    flow: str
    kpi: str
    case: str
    time_zone: str
    total: int
    items: tuple[CaseEvent, ...] = ()
    snapshot: str
    generated: bool = False


class Breach(Answer):
    """A case that breaks a rule of a KPI, what places it in time, and why."""

    kpi: str
    rule: str
    case: str
    at: datetime
    evidence: Evidence


class Passage(Answer):
    """What came right after what in cases that break ``along_flow``, in how many of them, and how often; in words, too.

    ``first`` and ``then`` are events as the formula writes them; several where they came at one instant.
    """

    first: tuple[str, ...]
    then: tuple[str, ...]
    cases: int
    times: int
    words: str


class RuleBroken(Answer):
    """A rule of a KPI, as the formula writes it, and how many cases break it in its window.

    ``total`` is nothing where the rule cannot be judged; ``withheld_reason`` says why. Of ``along_flow`` the
    ``passages`` say where cases went though no way leads there, the most frequent first, at most 50.
    """

    kpi: str
    title: str
    rule: str
    total: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    time_zone: str
    withheld_reason: str | None = None
    approval: Approval | None = None
    passages: tuple[Passage, ...] = ()


class BreachList(Answer):
    """The rules of a flow's KPIs, and a page of the cases that break each: in the order of the KPIs, the newest first.

    ``next`` is the cursor of the next page, nothing on the last one.
    """

    flow: str
    rules: tuple[RuleBroken, ...] = ()
    items: tuple[Breach, ...] = ()
    snapshot: str
    next: str | None = None
