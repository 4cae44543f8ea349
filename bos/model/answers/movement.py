"""Answers about how a KPI moved that is no sum over parts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bos.model.answers.page import Answer


class Spread(Answer):
    """How the values lie that a KPI is told of: ``n`` of them, in the unit of the KPI; percentiles interpolate."""

    n: int
    median: float | None = None
    p95: float | None = None
    min: float | None = None
    max: float | None = None


class MovementSide(Answer):
    """A period ``[start, end)``, what the KPI came to in it, of ``n``, and how its single values lie, if it has any."""

    start: datetime | None = None
    end: datetime | None = None
    value: float | None = None
    n: int = 0
    spread: Spread | None = None


class Moved(Answer):
    """What a part came to by itself in both periods: a value of the field, or a KPI that the KPI is computed from.

    ``missing``: of what lacks the field. ``difference`` is now minus then, null where either has no value.
    """

    of: str | None = None
    missing: bool = False
    unit: str = ""
    then: float | None = None
    then_n: int = 0
    now: float | None = None
    now_n: int = 0
    difference: float | None = None


class Movement(Answer):
    """How a KPI moved from an earlier period: as a whole, and part by part, by the live definition.

    ``parts`` are ranked by how far each moved; they do not sum to ``difference``, ``reason`` says why no parts could
    (empty: the KPI is a sum, and its explanation takes it apart). ``parts_of`` says what they are; ``dimension`` is the
    field whose values they are of, ``filters`` are fields and the values that count.
    """

    flow: str
    kpi: str
    unit: str = ""
    reason: str = ""
    parts_of: Literal["field", "kpi"] = "field"
    dimension: str | None = None
    filters: dict[str, tuple[str | None, ...]] = Field(default_factory=dict)
    then: MovementSide
    now: MovementSide
    difference: float | None = None
    parts: tuple[Moved, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot: str | None = None
    template_version: int
    generated: bool = False
