"""Answers about how a KPI behaves."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class LeftOut(Answer):
    """A bucket that is not judged, with what it came to, if anything, and the reason."""

    bucket_start: datetime
    value: int | float | str | None = None
    n: int = 0
    reason: str


class BehaviourPoint(Answer):
    """A bucket of a process behaviour chart.

    ``moving_range`` is the distance from the bucket before that was judged; ``range_outside``: it is above the limit of
    the range chart. ``rules`` are those that fire here; ``words`` name them, empty where none does. ``baseline``: the
    limits were computed from it.
    """

    bucket_start: datetime
    value: int | float | str
    n: int = 0
    moving_range: float | None = None
    range_outside: bool = False
    rules: tuple[Literal["outside", "near_limit", "one_side"], ...] = ()
    words: str = ""
    baseline: bool = False


class NaturalLimits(Answer):
    """The natural limits of a series (XmR) over ``points`` buckets: centre, lower, upper; the range chart's two."""

    points: int
    centre: float
    lower: float
    upper: float
    mean_range: float
    upper_range: float


class KpiBehaviour(Answer):
    """The process behaviour chart (XmR) of a KPI by a bucket of time.

    ``limits`` are null where fewer than ten buckets can be judged; ``missing`` is how many more it takes. They come of
    all points, or where ``baseline_start`` and ``baseline_end`` are given of those between. ``exceptional`` says in
    sentences which points no chance explains, ``left_out`` which buckets are not judged and why.
    """

    flow: str
    kpi: str
    title: str
    unit: str
    by: str
    time_zone: str
    baseline_start: datetime | None = None
    baseline_end: datetime | None = None
    limits: NaturalLimits | None = None
    missing: int = 0
    points: tuple[BehaviourPoint, ...] = ()
    exceptional: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    words: str
    approval: Approval | None = None
    snapshot: str | None = None
    template_version: int
