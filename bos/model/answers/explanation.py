"""Answers about why a KPI changed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bos.model.answers.page import Answer
from bos.model.sums import Sum


class ExplanationSide(Answer):
    """A period ``[start, end)`` and what the KPI came to in it; of the earlier one, as it was told then."""

    start: datetime | None = None
    end: datetime | None = None
    value: float


class ExplanationPart(Answer):
    """What one cause contributes to a change, in the unit of the KPI.

    ``data``: events that arrived or left since a run, or are missing. ``definition``: the KPI was defined otherwise.
    ``volume``: more or fewer of ``of``; ``mix``: another share of it; ``rate``: it came to more or less by itself.
    ``of`` is a value of the field, null where there is no field; ``missing``: of what lacks the field.
    """

    kind: Literal["data", "definition", "volume", "mix", "rate"]
    of: str | None = None
    missing: bool = False
    amount: float


class Explanation(Answer):
    """The change of a KPI from an earlier period, taken apart: ``parts`` sum to ``difference`` within 1e-9 of it.

    ``dimension`` is the field whose values the parts are of, ``filters`` are fields and the values that count.
    ``notes`` say what the reader must know, such as since when events are missing. ``generated``: some of the telemetry
    was made by the generator.
    """

    flow: str
    kpi: str
    unit: str = ""
    dimension: str | None = None
    filters: dict[str, tuple[str | None, ...]] = Field(default_factory=dict)
    then: ExplanationSide
    now: ExplanationSide
    difference: float
    parts: tuple[ExplanationPart, ...] = ()
    notes: tuple[str, ...] = ()
    snapshot: str | None = None
    template_version: int
    generated: bool = False

    @property
    def rounded(self) -> Sum:
        """The change and its parts as people read them: rounded so that what is shown sums to what is shown."""
        return Sum.of([part.amount for part in self.parts], self.difference, self.unit)
