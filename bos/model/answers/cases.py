"""Answers about the cases behind a number."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.changes import Approval
from bos.model.answers.page import Answer


class CaseRow(Answer):
    """One event or case behind a number: what places it in time, what it adds, and what became of it.

    ``value`` is as that of a KPI, ``shown`` as people read it; ``late`` are seconds, of failures that are late.
    """

    case: str
    at: datetime
    value: int | float | str | None = None
    shown: str = ""
    note: str = ""
    late: float | None = None


class CaseList(Answer):
    """The first cases behind a KPI in a window, the telling ones first, and how many there are in all.

    ``part`` is what the KPI counts, the other side of a ratio or gap, or what of it failed; ``parts`` are those it has.
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
    items: tuple[CaseRow, ...] = ()
    approval: Approval | None = None
    snapshot: str
    generated: bool = False
