"""Rows of a search, one an event or one a case: ``bos_at`` places them, ``bos_v`` is what is taken of a case.

``transaction`` is never used: it drops cases at its limits. A case is put together by ``stats by bos_case``; what must
lie after something else is found with ``eventstats``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bos.kpi import nodes as n
from bos.kpi.check import placing_signals
from bos.kpi.queries.spans import seconds
from bos.kpi.queries.spl_base import union
from bos.kpi.queries.spl_rules import rule_lines
from bos.kpi.queries.spl_text import Fields, column
from bos.kpi.queries.support import refusal
from bos.kpi.refs import at_moment, points_read, selections
from bos.kpi.rules import Selection, applies

if TYPE_CHECKING:
    from datetime import datetime

    from bos.kpi.cells import Cell
    from bos.kpi.options import Options
    from bos.kpi.queries.spl_base import Base

_ORDER = "| sort 0 _time, str(bos_order)"
ANY = "true()"
"""Any event of a case."""


@dataclass(slots=True)
class Rows:
    """Writes the lines that bring the rows of some cells, which are of one kind and one anchor."""

    base: Base
    options: Options
    cells: list[Cell]
    window: tuple[datetime | None, datetime | None]
    lines: list[str] = field(default_factory=list)

    @property
    def cell(self) -> Cell:
        """The first cell, which says what all of them are of."""
        return self.cells[0]

    @property
    def splits(self) -> range:
        """Positions of the fields that rows are split or filtered by."""
        return range(len(self.options.read))

    def write(self) -> list[str]:
        """Return the lines, down to rows that are placed and lie in the window."""
        self.lines = self.base.lines()
        leaf = self.cell.leaf
        if at_moment(leaf):
            self._open(*selections(leaf))
        elif isinstance(leaf, n.Conformance):
            self._rule(leaf)
        elif isinstance(leaf, n.Conversion):
            self._spans(leaf.start, leaf.end)
        elif isinstance(value := getattr(leaf, "value", None), n.Duration):
            self._spans(value.start, value.end)
        elif self.cell.anchor == "event":
            self._within("_time")
            self.lines += [f"| where {self._taken()}", "| eval bos_at=_time"]
            self._coded_by_cell()
        else:
            self._anchored()
        return self.lines

    def takes(self, cell: Cell) -> list[str]:
        """Return for each selection or signal of a cell of events or points whether a row is one of it."""
        points = points_read(cell.leaf)
        if points:
            return [self.base.point(one.signal) for one in points]
        return [self.base.takes(selection) for selection in selections(cell.leaf)]

    def _taken(self) -> str:
        parts = [part for cell in self.cells for part in self.takes(cell)]
        return "1==1" if ANY in parts else union(parts)

    def _within(self, at: str) -> None:
        low, high = self.window
        parts = [f"{at}>={seconds(low)}"] if low is not None else []
        parts += [f"{at}<{seconds(high)}"] if high is not None else []
        if parts:
            self.lines.append(f"| where {' AND '.join(parts)}")

    def _coded(self, signal: str | None) -> list[str]:
        own = Fields(None if signal is None else self.base.signals[signal])
        return [own.coded(name) for name in self.options.read]

    def _coded_by_cell(self) -> None:
        """Write the fields to split by, of the event itself; signals may name them differently."""
        found: dict[str, list[str]] = {}
        for cell in self.cells:
            for selection in selections(cell.leaf):
                found.setdefault(self.base.takes(Selection(selection.signal)), self._coded(selection.signal))
        for i in self.splits:
            ways = {taken: coded[i] for taken, coded in found.items()}
            same = len(set(ways.values())) == 1
            if not same and not self._apart():
                words = "The signals name it differently, and one event may be of several of them."
                raise refusal(f"a split by {self.options.read[i]!r}", "spl", words, self.options.read[i])
            told = next(iter(ways.values())) if same else f"case({','.join(f'{k},{v}' for k, v in ways.items())})"
            self.lines.append(f"| eval bos_d{i}={told}")

    def _apart(self) -> bool:
        """Return whether no event is of two signals: their names differ, or they have searches of their own."""
        names = dict.fromkeys(selection.signal for cell in self.cells for selection in selections(cell.leaf))
        signals = [self.base.signals[name] for name in names]
        events = [one.event for one in signals if one.native is None or one.native.language != "spl"]
        return all(events) and len(set(events)) == len(events) and len(events) >= len(signals) - 1

    def _place(self, *, last: bool = False) -> tuple[str, str]:
        """Return which event places a case where the anchor says so, and the function that finds its time."""
        anchor = self.cell.anchor
        if anchor in {"start", "end"}:
            return ANY, "max" if anchor == "end" else "min"
        if anchor == "event":
            return "", "max" if last else "min"
        return self.base.takes(Selection(anchor)), "min"

    def _mark(self, placing: str, signal: str | None) -> None:
        """Write ``bos_x`` (the time of an event that may place its case) and its fields to split by."""
        whole = placing == ANY
        self.lines.append(f"| eval bos_x={'_time' if whole else f'if({placing},_time,null())'}")
        for i, coded in zip(self.splits, self._coded(signal) if self.splits else (), strict=True):
            self.lines.append(f"| eval bos_d{i}={coded if whole else f'if({placing},{coded},null())'}")
        if self.splits:
            self.lines.append(_ORDER)

    def _carried(self, function: str) -> str:
        """Return the aggregates that bring place and splits of a case: of several events at one instant the first."""
        which = "last" if function == "max" else "first"
        return " ".join([f"{function}(bos_x) as bos_at", *(f"{which}(bos_d{i}) as bos_d{i}" for i in self.splits)])

    def _anchored(self) -> None:
        placing, function = self._place()
        anchor = self.cell.anchor
        self._mark(placing, None if placing == ANY else anchor)
        self.lines.append(f"| eventstats {self._carried(function)} by bos_case")
        self.lines.append(f"| where isnotnull(bos_at) AND ({self._taken()})")
        self._within("bos_at")

    def _kept(self, *taken: str) -> None:
        """Write which events are needed; where any of a case places it, all are."""
        if ANY not in taken:
            self.lines.append(f"| where {union([part for part in taken if part])}")

    def _spans(self, start: n.Selection, end: n.Selection) -> None:
        begins, ends = self.base.takes(start), self.base.takes(end)
        anchor = self.cell.anchor
        late = anchor == "end"
        named = anchor not in {"event", "start", "end"}
        placing = self._place()[0] if named else ends if late else begins
        signal = anchor if named else (end if late else start).signal
        newest = any(isinstance(c.leaf, n.Conversion) and c.leaf.show in {"dropped", "in_flight"} for c in self.cells)
        if newest:
            self.lines.append("| eventstats max(_time) as bos_newest")
        self._kept(begins, ends, placing)
        self.lines.append(f"| eval bos_a=if({begins},_time,null()), bos_b=if({ends},_time,null())")
        self._mark(placing, signal)
        self.lines += [
            "| eventstats min(bos_a) as bos_started by bos_case",
            "| eval bos_b=if(bos_b>=bos_started,bos_b,null())",
        ]
        if late:
            self.lines.append("| eventstats min(bos_b) as bos_ended by bos_case")
            self.lines.append("| eval bos_x=if(bos_b==bos_ended,bos_x,null())")
            self.lines += [f"| eval bos_d{i}=if(bos_b==bos_ended,bos_d{i},null())" for i in self.splits]
        held = " max(bos_newest) as bos_newest" if newest else ""
        carried = self._carried("min")
        self.lines += [
            f"| stats min(bos_started) as bos_started min(bos_b) as bos_ended {carried}{held} by bos_case",
            "| where isnotnull(bos_started) AND isnotnull(bos_at)",
            "| eval bos_lasted=round(bos_ended-bos_started,6)",
        ]
        self._within("bos_at")

    def _rule(self, leaf: n.Conformance) -> None:
        """Write a row for each case the rule is about, with ``bos_v``: 1 where it is of those that are shown."""
        about, placing = applies(leaf.rule), self._place()[0]
        (signal,) = placing_signals(self.cell.anchor, leaf)
        parts = [self.base.takes(one) for one in n.selections_of(leaf.rule)]
        of = ANY if about is None else self.base.takes(about)
        placing = placing or of
        if isinstance(leaf.rule, n.FollowedBy):
            self.lines.append("| eventstats max(_time) as bos_newest")
        self._kept(of, *(parts if about is not None else ()), placing)
        found = rule_lines(leaf.rule, parts, [Fields(self.base.signals[name]) for name in _names(leaf)])
        self.lines += found.marks
        self._mark(placing, signal)
        function = self._place()[1]
        placed = " ".join(["min(bos_at) as bos_at", *(f"first(bos_d{i}) as bos_d{i}" for i in self.splits)])
        self.lines += found.cases(self._carried(function), placed)
        self.lines += [f"| where {found.about}isnotnull(bos_at)", *found.shown(leaf.show)]
        self._within("bos_at")

    def _open(self, start: n.Selection, end: n.Selection) -> None:
        """Write a row for each case that is open at the end of the window, and at most at the newest event."""
        high = self.window[1]
        if any(isinstance(getattr(cell.leaf, "value", None), n.Age) for cell in self.cells):
            until = "bos_newest" if high is None else f"min(bos_newest,{seconds(high)})"
            self.lines += ["| eventstats max(_time) as bos_newest", f"| eval bos_until={until}"]
        else:
            self.lines.append("| eval bos_until=_time")
        if high is not None:
            self.lines.append(f"| where _time<{seconds(high)}")
        begins, ends = self.base.takes(start), self.base.takes(end)
        self._kept(begins, ends)
        self.lines.append(f"| eval bos_a=if({begins},_time,null()), bos_b=if({ends},_time,null())")
        amounts = [c.leaf.of for c in self.cells if isinstance(c.leaf, n.Balance) and isinstance(c.leaf.of, n.FieldOf)]
        own, worth = Fields(self.base.signals[start.signal]), ""
        if amounts:
            value, money = own.typed(amounts[0].field), column(own.native("currency"))
            coded = f'if(isnull({value}),"m","v".{value})'
            self.lines.append(f'| eval bos_w={coded}, bos_q=if(isnull({money}),"m","v".{money})')
            worth = " last(bos_w) as bos_w last(bos_q) as bos_q"
        self.lines += [f"| eval bos_d{i}={coded}" for i, coded in enumerate(self._coded(start.signal))]
        splits = "".join(f" last(bos_d{i}) as bos_d{i}" for i in self.splits)
        if worth or splits:
            self.lines.append(_ORDER)
        self.lines += [
            "| eventstats max(bos_b) as bos_closed by bos_case",
            "| where isnotnull(bos_a) AND (isnull(bos_closed) OR bos_a>bos_closed)",
            f"| stats min(bos_a) as bos_started max(bos_until) as bos_until{worth}{splits} by bos_case",
            "| eval bos_lasted=round(bos_until-bos_started,6)",
        ]
        if worth:
            self.lines.append(
                '| eval bos_v=if(bos_w=="m",null(),tonumber(substr(bos_w,2))),'
                ' bos_currency=if(bos_q=="m",null(),substr(bos_q,2))'
            )


def _names(leaf: n.Conformance) -> list[str]:
    return [selection.signal for selection in selections(leaf)]
