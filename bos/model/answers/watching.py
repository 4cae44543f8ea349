"""Answers about what is watched."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer

WatchState = Literal["ok", "warning", "breach", "withheld", "no_data"]


class Money(Answer):
    """What the failures of a KPI come to by its cost rule, exact, and as people read it."""

    amount: str
    currency: str
    shown: str


class Acknowledgement(Answer):
    """Who looks after a state, since when, and what they said."""

    by: str
    at: datetime
    why: str


class Watched(Answer):
    """How a watched KPI stands: the state that counts and since when; null before the first look.

    ``value`` is of ``period``, as it was at ``looked_at``; ``shown`` and ``words`` say it to people. ``coming`` is the
    state the last ``times`` looks were of, which does not count yet. ``money`` is what the failures in the period cost,
    null where no cost rule says so. ``owner`` is the accountable role, ``owners`` are those who hold it; ``subscribed``
    says whether the caller hears of changes. ``changes`` is how often the state changed. ``time_zone`` is that of the
    KPI, in which ``words`` and ``period`` name moments.
    """

    flow: str
    kpi: str
    title: str
    every: str
    over: str
    state: WatchState | None = None
    since: datetime | None = None
    looked_at: datetime | None = None
    period: str = ""
    value: int | float | str | None = None
    shown: str = ""
    unit: str = ""
    n: int = 0
    words: str = ""
    coming: WatchState | None = None
    times: int = 0
    changes: int = 0
    money: Money | None = None
    owner: str = ""
    owners: tuple[str, ...] = ()
    subscribed: bool = False
    acknowledged: Acknowledgement | None = None
    snapshot: str | None = None
    template_version: int | None = None
    time_zone: str = "UTC"


class Subscription(Answer):
    """Whether somebody hears of a KPI's changes of state; ``kpi`` is empty for every KPI of the flow."""

    flow: str
    kpi: str = ""
    person: str
    subscribed: bool
