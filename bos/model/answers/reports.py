"""Answers about reports: the data of a weekly review, and the packs that were made."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bos.model.answers.changes import Approval
from bos.model.answers.feedback import FeedbackAnswer
from bos.model.answers.page import Answer

ReviewStatus = Literal["ok", "warning", "breach", "none", "withheld", "no_data"]


class Point(Answer):
    """A value of a series by the start of its bucket; ``shown`` as people read it; null where there is no data.

    ``part`` says why it is not like the others: its bucket is not over (*so far*), began before the data did
    (*in part*), lacks data (*with data missing*), or rests on less than a tenth of what is usual (*of small numbers*);
    empty of all others.
    """

    start: datetime
    label: str
    value: float | None
    shown: str
    part: str = ""


class Behaviour(Answer):
    """Natural limits of the weekly series (XmR), over ``points`` whole weeks, and the rules that this week fires."""

    points: int
    centre: float
    lower: float
    upper: float
    rules: tuple[Literal["outside", "near_limit", "one_side"], ...] = ()
    words: str = ""


class ReviewKpi(Answer):
    """A KPI in the weekly review. ``value`` is that of the week alone; ``standing`` over the KPI's own window.

    ``status`` is the worse of both against target and thresholds; ``no_data`` where events of a signal it reads are
    missing. ``exception``: it breaches, or its behaviour fires a rule. ``weeks`` are the last six, ``months`` the last
    twelve, from the first that has data. ``period`` names the week where it is not that of the flow: the KPI has a
    time zone of its own. ``signals`` are the titles of the process signals it reads, ``as_of`` is their newest event
    before the week's end; ``freshness`` says in words how far the data goes, ``fresh`` whether it goes far enough.
    ``withheld``: why its value of the week, or the one over its own window, is withheld. ``unjudged``: which data is
    missing from a part of the week, so that the number has no verdict.
    """

    kpi: str
    title: str
    owner: str
    unit: str
    formula: str
    query: str
    n: int
    value: float | None
    shown: str
    before: str
    change: str
    standing: str = ""
    target: str = ""
    target_value: float | None = None
    status: ReviewStatus
    status_words: str
    approval: Approval | None = None
    exception: bool
    weight: float
    reasons: tuple[str, ...] = ()
    behaviour: Behaviour | None = None
    weeks: tuple[Point, ...] = ()
    months: tuple[Point, ...] = ()
    period: str = ""
    signals: tuple[str, ...] = ()
    as_of: datetime | None = None
    freshness: str = ""
    fresh: bool = True
    withheld: str = ""
    unjudged: str = ""


class ReviewSystem(Answer):
    """A system signal in the weekly review: the week's mean, least and greatest point against those of the week before.

    ``steps`` are the titles of the steps it can break. ``exception``: the week is unusual, ``reasons`` say why. A week
    without points has no numbers, never 0; ``as_of`` is its newest point before the week's end.
    """

    signal: str
    title: str
    owner: str
    unit: str
    approval: Approval | None = None
    steps: tuple[str, ...] = ()
    points: int = 0
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    shown: str
    extent: str
    before: str
    change: str
    usual: str = ""
    exception: bool = False
    reasons: tuple[str, ...] = ()
    as_of: datetime | None = None
    freshness: str = ""
    fresh: bool = True
    query: str = ""


class ReviewChange(Answer):
    """A change of template, ownership or targets in the week, from the journal; ``words`` says what, ``what`` how."""

    at: datetime
    who: str
    what: str
    words: tuple[str, ...]
    rationale: str


class ReviewFeedback(Answer):
    """Feedback in the review: ``age`` in words, counted to the end of the week."""

    feedback: FeedbackAnswer
    age: str


class ReviewRestated(Answer):
    """The value of a KPI in an earlier week as its first pack published it, and as it is now.

    ``difference`` is now minus then, of the raw values; ``words`` say why: events that arrived or left, by signal, or
    another version of the template.
    """

    kpi: str
    title: str
    week: str
    published: str
    published_at: datetime
    pack: str
    now: str
    difference: float | None = None
    words: str


class WeeklyReview(Answer):
    """What the weekly pack of a flow says, and what it rests on. The same state of everything gives the same answer.

    ``start`` and ``end`` bound the week in the flow's time zone; ``kpis`` has the exceptions first, the rest in the
    template's order; ``systems`` follows the steps of the flow. ``missing`` says which data is missing; empty where all
    is there. ``attention`` is what messages of the pack say: missing data, what needs a decision, exceptions, unusual
    systems; empty where there is none of these. ``restated`` are values of earlier packs that are others now. ``pack``
    is the first half of the SHA-256 of everything else. ``generated``: some of the telemetry was made by the generator.
    """

    pack: str
    flow: str
    title: str
    owner: str
    week: str
    start: datetime
    end: datetime
    time_zone: str
    period: str
    template_version: int
    template_at: datetime
    snapshot: str | None
    metrics_snapshot: str | None = None
    as_of: datetime | None
    generated: bool
    version: str
    documents: dict[str, int] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    decide: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    act: tuple[str, ...] = ()
    attention: tuple[str, ...] = ()
    kpis: tuple[ReviewKpi, ...] = ()
    systems: tuple[ReviewSystem, ...] = ()
    restated: tuple[ReviewRestated, ...] = ()
    feedback: tuple[ReviewFeedback, ...] = ()
    changes: tuple[ReviewChange, ...] = ()
    notes: tuple[str, ...] = ()


class Pack(Answer):
    """A report that was made: its period, what it rests on, and the SHA-256 of its HTML."""

    pack: str
    flow: str
    report: Literal["weekly", "dashboard"]
    period: str
    at: datetime
    author: str
    snapshot: str | None
    exceptions: int = 0
    html_sha256: str
    size_bytes: int
