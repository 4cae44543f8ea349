"""How a KPI moved that is no sum over parts, as a table."""

from __future__ import annotations

from typing import Any

from bos.client import shown
from bos.client.frames import Column, Tabular
from bos.model import numbers
from bos.model.answers.movement import Movement


class MovedKpi(Tabular, Movement):
    """How a KPI moved, which is also a table of its parts, what moved farthest first; they do not sum to the change.

    Columns: ``of`` (a value of the field, or a KPI), ``missing`` (of what lacks the field), ``then``, ``now``,
    ``difference``, ``unit``, ``then_n`` and ``now_n``.
    """

    @property
    def attrs(self) -> dict[str, Any]:
        """Of what KPI and periods the parts are, how its values lie (``spread``), and why they do not sum up."""
        return {**self.model_dump(mode="json", exclude={"parts"}), "units": {self.kpi: self.unit}}

    def _columns(self) -> list[Column]:
        parts = self.parts
        return [
            Column("of", "text", [one.of for one in parts]),
            Column("missing", "flag", [one.missing for one in parts]),
            Column("then", "share", [one.then for one in parts]),
            Column("now", "share", [one.now for one in parts]),
            Column("difference", "share", [one.difference for one in parts]),
            Column("unit", "text", [one.unit for one in parts]),
            Column("then_n", "whole", [one.then_n for one in parts]),
            Column("now_n", "whole", [one.now_n for one in parts]),
        ]

    def _grid(self) -> shown.Grid:
        then, now = (numbers.shown(side.value, self.unit) for side in (self.then, self.now))
        rows = [
            [
                numbers.value_words(None if one.missing else one.of),
                *(numbers.shown(told, one.unit) for told in (one.then, one.now)),
                "" if one.difference is None else numbers.signed(one.difference, one.unit),
            ]
            for one in self.parts
        ]
        return shown.Grid(
            title=f"{self.kpi}: from {then} to {now}",
            facts=[f"snapshot {self.snapshot}"],
            names=[self.dimension or "of", "then", "now", "moved"],
            rows=rows,
            right=frozenset({"then", "now", "moved"}),
            notes=[*([self.reason] if self.reason else []), *self.notes],
            generated=self.generated,
        )
