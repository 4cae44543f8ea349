"""Answers about what thresholds would have done."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.behaviour import LeftOut
from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class AlertEpisode(Answer):
    """A run of buckets in which a threshold fires, ``[start, end)``, with the value that lies farthest beyond it.

    ``true`` says whether it overlaps a labelled incident; null where there are none.
    """

    start: datetime
    end: datetime
    buckets: int
    worst: float
    shown: str
    true: bool | None = None


class IncidentFound(Answer):
    """A labelled incident and whether a threshold caught it.

    ``judged`` is false where no bucket of it can be judged: it counts neither as caught nor as missed. ``delay`` are
    the seconds from its start to the end of the first bucket that fires in it. ``money`` is what failed in it costs by
    the cost rule of the KPI, exact; null where there is none.
    """

    start: datetime
    end: datetime
    name: str = ""
    judged: bool = True
    caught: bool = False
    delay: float | None = None
    money: int | float | str | None = None


class ThresholdTest(Answer):
    """What one threshold would have done over the recorded course.

    ``precision`` is the share of ``episodes`` that overlap a labelled incident, ``recall`` that of judged incidents
    that an episode overlaps; null where there is nothing to divide by, or there are no incidents. The ``bucket_…``
    counts are of single buckets: firing within and outside of incidents, not firing within and outside; null where
    there are no incidents. ``caught_money`` and ``missed_money`` are what failed within the incidents that were caught,
    and within the others alone, in ``currency``; null where there is no cost rule or it cannot be told.
    """

    of: Literal["proposed", "current"]
    level: Literal["warning", "breach"]
    value: float
    shown: str
    direction: Literal["at_most", "at_least"]
    episodes: tuple[AlertEpisode, ...] = ()
    firing_buckets: int = 0
    incidents: tuple[IncidentFound, ...] = ()
    true_episodes: int | None = None
    caught: int | None = None
    missed: int | None = None
    precision: float | None = None
    recall: float | None = None
    mean_delay: float | None = None
    bucket_hits: int | None = None
    bucket_false: int | None = None
    bucket_missed: int | None = None
    bucket_quiet: int | None = None
    caught_money: int | float | str | None = None
    missed_money: int | float | str | None = None
    currency: str = ""
    words: str


class BackTest(Answer):
    """Proposed and current thresholds of a KPI over its recorded course, side by side.

    ``start`` and ``end`` are the first instant judged and the first after it, ``buckets`` how many were judged;
    ``left_out`` those that cannot be, and why. ``hold``: so many buckets in a row must be beyond a threshold. ``notes``
    say what the reader must know.
    """

    flow: str
    kpi: str
    title: str
    unit: str
    by: str
    time_zone: str
    hold: int = 1
    start: datetime | None = None
    end: datetime | None = None
    buckets: int = 0
    tests: tuple[ThresholdTest, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    approval: Approval | None = None
    snapshot: str | None = None
    template_version: int
