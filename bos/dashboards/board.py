"""What all panels of a dashboard share: the template, the period, the zone, who owns what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bos.dashboards.periods import Held, words
from bos.kpi.earlier import PREVIOUS
from bos.model.moments import day
from bos.model.numbers import value_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bos.kpi.extents import Ahead, Stray
    from bos.kpi.options import By, Filters

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A template and how it is looked at.

    Attributes:
        template: content of the template.
        owners: what is owned (a field path) → the accountable role.
        start, end: the period ``[start, end)``; open where ``None``.
        by: bucket of the trends.
        held: the first event there is, but for what is stray, and the newest.
        log_clock: what the clock of the log shows.
        ahead: what lies after it in an open period; the courses end before that.
        stray: what lies years before the others in a period without a start; the courses begin after that.
        newest: process signal → its newest event before the period's end.
        points: system signal → its newest point before it.
        filters: fields and the values that count.
        split: the field that KPIs are split by; empty for none.
        compare: what KPIs are held against: the period before, or so much earlier.
        judged: until when the data of the period must be there.
        trust: whether numbers are held against the bounds of trust.
    """

    template: Mapping[str, Any]
    owners: Mapping[str, str] = field(default_factory=dict)
    start: datetime | None = None
    end: datetime | None = None
    by: By
    held: Held
    log_clock: datetime | None = None
    ahead: Ahead | None = None
    stray: Stray | None = None
    newest: Mapping[str, datetime] = field(default_factory=dict)
    points: Mapping[str, datetime] = field(default_factory=dict)
    filters: Filters = ()
    split: str = ""
    compare: str = PREVIOUS
    judged: datetime | None = None
    trust: bool = True

    @property
    def zone(self) -> str:
        """The zone days begin in."""
        return str(self.template["time_zone"])

    @property
    def over(self) -> Held:
        """The first event there is, and the newest as far as time has come: events may lie in the future."""
        return self.held.until(self.log_clock).until(self.judged)

    @property
    def drawn(self) -> Held:
        """The first event there is, and the newest of those that courses are drawn to."""
        return self.held.until(self.log_clock) if self.ahead else self.held

    @property
    def drawn_start(self) -> datetime | None:
        """The start of the courses: that of the period, or of one without where what is not stray begins."""
        return self.stray.begins if self.stray else self.start

    @property
    def drawn_end(self) -> datetime | None:
        """The end of the courses: that of the period, or of an open one what the clock of the log shows."""
        return self.log_clock + _MOMENT if self.ahead and self.log_clock else self.end

    @property
    def period(self) -> str:
        """The period in words, with what is filtered for."""
        return self.within(self.start, self.end, self.zone)

    def within(self, start: datetime | None, end: datetime | None, zone: str) -> str:
        """Return a period in words, with what lies far before or after an open one, and what is filtered for."""
        also = []
        if self.stray and start is None:
            one = self.stray.events == 1
            what = "1 event years before it, of" if one else f"{self.stray.events:,} events years before it, from"
            also.append(f"{what} {day(self.stray.oldest, zone)}")
        if self.ahead and end is None:
            what = "1 event after it, of" if self.ahead.events == 1 else f"{self.ahead.events:,} events after it, to"
            also.append(f"{what} {day(self.ahead.newest, zone)}")
        far = f"; also {' and '.join(also)}" if also else ""
        return self._told(f"{words(start, end, self.drawn, zone)}{far}")

    def course(self, start: datetime | None, end: datetime | None, zone: str) -> str:
        """Return the period of a course in words, with what is filtered for: what lies far is not drawn."""
        return self._told(words(start, end, self.drawn, zone))

    def undrawn(self, zone: str) -> str:
        """Return in words that events lie before or after the courses; nothing where none do."""
        told = [f"before {day(self.stray.begins, zone)}"] if self.stray else []
        told += [f"after {day(self.log_clock, zone)}"] if self.ahead and self.log_clock is not None else []
        return f"What lies {' or '.join(told)} is not drawn." if told else ""

    def _told(self, period: str) -> str:
        told = "; ".join(f"{name} {' or '.join(map(value_words, values))}" for name, values in self.filters)
        return f"{period}; only {told}" if told else period

    def owner(self, path: str) -> str:
        """Return the accountable role of a field path, else the template's owner."""
        return self.owners.get(path) or str(self.template["owner"])

    def steps(self) -> dict[str, str]:
        """Return step → its title, in the order of the flow."""
        return {step["id"]: step["title"] for step in self.template["flow"]["steps"]}
