"""What stands behind a number, as tables: why it changed, what it is now, and its cases."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.client import shown
from bos.client.frames import UTC_NAME, Column, Tabular, number
from bos.model import numbers
from bos.model.answers.cases import BreachList, CaseList
from bos.model.answers.explanation import Explanation
from bos.model.answers.kpis import Restated

if TYPE_CHECKING:
    from datetime import datetime

    from bos.model.answers.explanation import ExplanationSide

_MISSING = "not recorded"
_PASSAGES = 5


class Explained(Tabular, Explanation):
    """Why a KPI changed, which is also a table of the parts.

    Columns: ``kind`` (data, definition, volume, mix, rate), ``of`` (a value of the dimension; null where the part is of
    none), ``missing`` (of what lacks the dimension) and ``amount`` in the unit of the KPI: floats, also of
    money, since a part contributes fractions of a cent, so that the amounts sum to ``difference``. What is
    shown is rounded so that it sums to the difference shown.
    """

    @property
    def attrs(self) -> dict[str, Any]:
        """Of what KPI and periods the parts are, and what they sum to (``difference``)."""
        told = self.model_dump(mode="json", exclude={"parts"})
        return {**told, "units": {self.kpi: self.unit}}

    def _columns(self) -> list[Column]:
        return [
            Column("kind", "text", [part.kind for part in self.parts]),
            Column("of", "text", [part.of for part in self.parts]),
            Column("missing", "flag", [part.missing for part in self.parts]),
            Column("amount", "share", [part.amount for part in self.parts]),
        ]

    def _grid(self) -> shown.Grid:
        largest = max((abs(part.amount) for part in self.parts), default=0.0) or 1.0
        then, now = (numbers.shown(side.value, self.unit) for side in (self.then, self.now))
        told = self.rounded
        rows = [
            [
                numbers.cause(part.kind, self.unit),
                _MISSING if part.missing else part.of or "",
                told.words(amount),
            ]
            for part, amount in zip(self.parts, told.parts, strict=True)
        ]
        return shown.Grid(
            title=f"{self.kpi}: from {then} to {now}, {told.words(told.total)}",
            facts=[f"{_period(self.then)} → {_period(self.now)}", f"snapshot {self.snapshot}"],
            names=["cause", self.dimension or "of", "contributes"],
            rows=rows,
            right=frozenset({"contributes"}),
            bars=[part.amount / largest for part in self.parts],
            notes=self.notes,
            generated=self.generated,
        )


class RestatedRun(Tabular, Restated):
    """The values of a run that are others now, which is also a table of them.

    Columns: ``kpi``, ``bucket_start`` (aware, UTC), one a dimension, ``then``, ``now``, ``difference``, ``live`` (by
    today's definition), ``unit``, ``then_n``, ``now_n`` and ``words``: why.
    """

    @property
    def attrs(self) -> dict[str, Any]:
        """Of what run the values are, and what they were computed from then and now."""
        told = self.model_dump(mode="json", exclude={"items"})
        return {**told, "units": {one.kpi: one.unit for one in self.items}, "time_zone": UTC_NAME}

    def _columns(self) -> list[Column]:
        items = self.items
        units = [one.unit for one in items]
        fields = list(dict.fromkeys(name for one in items for name in one.dimensions))
        return [
            Column("kpi", "text", [one.kpi for one in items]),
            Column("bucket_start", "moment", [one.bucket_start for one in items]),
            *(Column(name, "field", [one.dimensions.get(name) for one in items]) for name in fields),
            Column("then", "number", [number(one.then, one.unit) for one in items], units=units),
            Column("now", "number", [number(one.now, one.unit) for one in items], units=units),
            Column("difference", "number", [number(one.difference, one.unit) for one in items], units=units),
            Column("live", "number", [number(one.live, one.unit) for one in items], units=units),
            Column("unit", "text", units),
            Column("then_n", "whole", [one.then_n for one in items]),
            Column("now_n", "whole", [one.now_n for one in items]),
            Column("words", "text", [" ".join(one.words) for one in items]),
        ]

    def _grid(self) -> shown.Grid:
        stand = self.compared - len(self.items)
        return shown.Grid(
            title=f"{self.flow}, run {self.run}",
            facts=[f"snapshot {self.then_snapshot} → {self.now_snapshot}", f"{stand} of {self.compared} values stand"],
            names=["kpi", "from", "of", "then", "now", "why"],
            rows=[
                [
                    one.kpi,
                    "" if one.bucket_start is None else one.bucket_start.isoformat(),
                    ", ".join(f"{name} {value}" for name, value in one.dimensions.items()),
                    *(numbers.shown(told, one.unit) for told in (one.then, one.now)),
                    " ".join(one.words),
                ]
                for one in self.items
            ],
            right=frozenset({"then", "now"}),
            generated=self.generated,
        )


class Cases(Tabular, CaseList):
    """The first cases behind a KPI, which are also a table.

    Columns: ``case``, ``at`` (aware, in the zone of the KPI), ``value``, ``note`` and ``late`` (seconds; of working
    time where ``late_unit`` says so).
    """

    @property
    def attrs(self) -> dict[str, Any]:
        """Of what the cases are; ``total`` is how many there are, ``cut`` whether the limit left some out."""
        told = self.model_dump(mode="json", exclude={"items", "parts", "approval"})
        approval = {self.kpi: self.approval.state if self.approval else None}
        return {**told, "cut": self._cut > 0, "units": {self.kpi: self.unit}, "approval": approval}

    @property
    def _cut(self) -> int:
        return self.total - len(self.items)

    def _columns(self) -> list[Column]:
        items = self.items
        words = any(isinstance(one.value, str) for one in items)
        units = [self.unit] * len(items)
        value = (
            Column("value", "text", [None if one.value is None else str(one.value) for one in items])
            if words
            else Column("value", "number", [number(one.value, self.unit) for one in items], units=units)
        )
        return [
            Column("case", "text", [one.case for one in items]),
            Column("at", "moment", [one.at for one in items], zone=self.time_zone),
            value,
            Column("note", "text", [one.note for one in items]),
            Column("late", "share", [one.late for one in items]),
        ]

    def _grid(self) -> shown.Grid:
        zone = ZoneInfo(self.time_zone)
        return shown.Grid(
            title=f"{self.kpi}: {self.part.replace('_', ' ')}",
            facts=[f"{self.total:,} in all", f"times of {self.time_zone}", f"snapshot {self.snapshot}"],
            names=["case", "at", "value", "became"],
            rows=[
                [
                    one.case,
                    f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                    one.shown,
                    numbers.became(one.note, one.late, self.late_unit),
                ]
                for one in self.items
            ],
            right=frozenset({"value"}),
            notes=[f"The limit left {self._cut:,} out."] if self._cut else [],
            generated=self.generated,
        )


class Broken(Tabular, BreachList):
    """A page of the cases that break the rules of a flow, which is also a table.

    Columns: ``kpi``, ``rule``, ``case``, ``at`` (aware, in the zone of the KPIs; UTC where they have several),
    ``why`` in words, ``events`` (ids of those that prove it), ``missing`` (what did not come) and ``due`` (by when it
    had to).
    """

    @property
    def attrs(self) -> dict[str, Any]:
        """Of what the cases are: the rules with how many break each (``total``), and the cursor of the next page."""
        return {**self.model_dump(mode="json", exclude={"items"}), "time_zone": self._zone}

    @property
    def _zone(self) -> str:
        zones = {rule.time_zone for rule in self.rules}
        return zones.pop() if len(zones) == 1 else UTC_NAME

    def _columns(self) -> list[Column]:
        items = self.items
        why = [one.evidence for one in items]
        return [
            Column("kpi", "text", [one.kpi for one in items]),
            Column("rule", "text", [one.rule for one in items]),
            Column("case", "text", [one.case for one in items]),
            Column("at", "moment", [one.at for one in items], zone=self._zone),
            Column("why", "text", [one.words for one in why]),
            Column("events", "text", [" ".join(event.event_id for event in one.events) for one in why]),
            Column("missing", "text", [", ".join(one.missing) or None for one in why]),
            Column("due", "moment", [one.due for one in why], zone=self._zone),
        ]

    def _grid(self) -> shown.Grid:
        zone = ZoneInfo(self._zone)
        withheld = [f"{one.kpi} is not judged: {one.withheld_reason}" for one in self.rules if one.withheld_reason]
        more = ["There are more: ask again with cursor = .next."] if self.next else []
        return shown.Grid(
            title=f"{self.flow}: cases that break a rule",
            facts=[f"{sum(rule.total or 0 for rule in self.rules):,} in all", f"snapshot {self.snapshot}"],
            names=["kpi", "case", "at", "why"],
            rows=[
                [one.kpi, one.case, f"{one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", one.evidence.words]
                for one in self.items
            ],
            notes=[*withheld, *(went.words for rule in self.rules for went in rule.passages[:_PASSAGES]), *more],
        )


def _period(side: ExplanationSide) -> str:
    return " to ".join("…" if moment is None else _day(moment) for moment in (side.start, side.end))


def _day(moment: datetime) -> str:
    """Return a moment as it was given: a midnight as the day that begins."""
    return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M %z}"
