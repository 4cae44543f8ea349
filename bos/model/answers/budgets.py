"""Answers about error budgets."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class BurnRate(Answer):
    """How fast a budget burns over a long and a short part of the past (seconds), against the rate that is too fast.

    A rate of 1 uses up the budget exactly in its window; null where nothing was recorded. ``burning``: both rates are
    at or above ``limit``, which is a ``level``.
    """

    long: int
    short: int
    limit: float
    long_rate: float | None = None
    short_rate: float | None = None
    level: Literal["warning", "breach"]
    burning: bool = False


class BudgetPoint(Answer):
    """The part of a budget that is left (1: all of it, below 0: overspent) after a bucket, and what the bucket had.

    ``left`` is null where nothing was recorded in the bucket.
    """

    bucket_start: datetime
    left: float | None
    value: float | None = None
    n: int = 0


class BudgetForecast(Answer):
    """When a budget will be used up if its newest buckets tell what comes; what leaves the window is given back.

    ``outlook``: ``used_up`` (on ``used_up_on``), ``runs_out`` (``expected``, between ``earliest`` and ``latest`` in
    eight of ten drawn courses), ``may_run_out`` (not at the mean pace, but in more than a tenth of the courses),
    ``lasts``, or ``unknown``. A moment that is null is not within a window of now. ``share`` is the share of drawn
    courses that use it up, ``buckets`` how many buckets made the pace; ``words`` say it, ``method`` how it was found.
    """

    outlook: Literal["used_up", "runs_out", "may_run_out", "lasts", "unknown"]
    expected: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    used_up_on: datetime | None = None
    share: float | None = None
    buckets: int = 0
    words: str
    method: str


class ErrorBudget(Answer):
    """The error budget of a KPI at a moment: what may go wrong over ``[start, at)``, and what is used up of it.

    ``allowed`` is the share of all that may be bad, ``value`` the KPI over the window (a fraction of ``n``), ``used``
    the part of the budget that is used up (more than 1: overspent) and ``left`` the rest. ``lasts_until`` is when the
    rest is used up at the rate of the longest of ``burns`` if nothing is given back; null where it is not burning, or
    used up. ``forecast`` also reckons with what leaves the window; null where there is no number. ``course`` is what
    was left after each bucket.
    """

    kpi: str
    title: str
    owner: str
    window: str
    start: datetime
    at: datetime
    target: float
    direction: Literal["at_most", "at_least"]
    allowed: float
    value: float | None = None
    n: int = 0
    used: float | None = None
    left: float | None = None
    lasts_until: datetime | None = None
    forecast: BudgetForecast | None = None
    burns: tuple[BurnRate, ...] = ()
    course: tuple[BudgetPoint, ...] = ()
    status: Literal["ok", "warning", "breach", "withheld", "no_data"]
    words: str
    withheld_reason: str | None = None
    approval: Approval | None = None
    snapshot: str | None = None
