"""Spans of time that a search counts by: where it states them, and where whole ones end.

Spans of seconds, minutes and hours are counted from 1970 in UTC, a day begins at midnight of the user's zone: so the
manual says of ``bin`` ("base UTC time (epoch 0)", *aligntime*) and of ``timechart`` ("To use day boundaries, use
span=1d", *Bin time spans and local time*). That they are is held against the times of the rows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.errors import Invalid
from bos.model.document import is_zone
from bos.model.points import ceiled, floored
from connectors.splunk.counting import CODE, counted_by, unread
from connectors.splunk.spl import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LENGTH = re.compile(r"(\d*)([a-z]*)", re.IGNORECASE)
_DAY = timedelta(days=1)
_DAYS = ("d", "day", "days")
_UNITS = {
    ("us",): timedelta(microseconds=1),
    ("ms",): timedelta(milliseconds=1),
    ("cs",): timedelta(milliseconds=10),
    ("ds",): timedelta(milliseconds=100),
    ("", "s", "sec", "secs", "second", "seconds"): timedelta(seconds=1),
    ("m", "min", "mins", "minute", "minutes"): timedelta(minutes=1),
    ("h", "hr", "hrs", "hour", "hours"): timedelta(hours=1),
}
_LENGTHS = {name: length for names, length in _UNITS.items() for name in names}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Spans:
    """What a search counts by: spans of ``step``, of days of ``zone``, or of both.

    ``shown``: the times of its rows are where spans begin.
    """

    step: timedelta | None
    zone: ZoneInfo | None
    shown: bool

    @classmethod
    def of(cls, query: str, settings: Mapping[str, str]) -> Spans | None:
        """Return the spans of a search; nothing where it counts by none.

        Raises:
            Invalid: they cannot be read (``spans``), or a setting is wrong or missing for them.
        """
        stated, shown = list[str](), True
        for text in dict.fromkeys(bare(query, escaped=escaped) for escaped in (True, False)):
            counted = counted_by(text)
            stated += counted.stated
            shown &= counted.shown
        if not stated:
            return None
        if settings.get("window", "time") != "time":
            raise Invalid(
                "A search that counts by spans of time cannot be read by index time: each window has a part of them.",
                where="query",
                hint="Set the connection's window to time, and its delay_seconds to how late events come.",
                code=CODE,
            )
        lengths = {length for one in stated if (length := _length(one)) is not None}
        days = any(_length(one) is None for one in stated)
        step = math.lcm(*(length // _MICROSECOND for length in lengths)) * _MICROSECOND if lengths else None
        if step is not None and step > _DAY:
            raise unread(f"spans of {', '.join(stated)}")
        return cls(step, _zone(settings) if days else None, shown)

    def floored(self, moment: datetime) -> datetime:
        """Return when the span began that a moment (UTC) is in. Raises Invalid where spans overlap its beginning."""
        return self._day(moment, 0) if self.zone else floored(moment, self._step)

    def ceiled(self, moment: datetime) -> datetime:
        """Return the moment where a span begins at it, else when the next one begins. Raises as :meth:`floored`."""
        if self.zone is None:
            return ceiled(moment, self._step)
        return moment if self._day(moment, 0) == moment else self._day(moment, 1)

    def inside(
        self, rows: Iterator[tuple[dict[str, Any], int]], start: datetime, end: datetime
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the rows whose ``_time`` is in ``[start, end)``, and those without one.

        Raises:
            Invalid: a row is of a time at which no span begins as BOS counts them (``spans``).
        """
        seen: dict[str, bool] = {}
        for row, size in rows:
            told = row.get("_time") if self.shown else None
            if isinstance(told, str):
                if told not in seen:
                    at = _instant(told)
                    self._check(told, at)
                    seen[told] = at is None or start <= at < end
                if not seen[told]:
                    continue
            yield row, size

    @property
    def _step(self) -> timedelta:
        return self.step or _DAY

    def _day(self, moment: datetime, more: int) -> datetime:
        day = moment.astimezone(self.zone).date() + timedelta(days=more)
        begins = datetime.combine(day, time(), self.zone).astimezone(UTC)
        if self.step and floored(begins, self.step) != begins:
            raise unread(f"days of {self.zone} that begin inside of another span")
        return begins

    def _check(self, told: str, at: datetime | None) -> None:
        # Where spans of several lengths are counted, a row may be of a short one.
        if at is None or self.floored(at) == at or (self.zone and self.step):
            return
        hint = (
            "Let the setting time_zone be the zone of the user at Splunk, and leave _time as the span makes it."
            if self.zone
            else "Leave _time as the span makes it; a span of another alignment cannot be read."
        )
        words = f"A row of Splunk is of {told}, and no span of the search begins then as BOS counts them."
        raise Invalid(words, where="query", hint=hint, code=CODE)


def _length(stated: str) -> timedelta | None:
    """Return how long a stated span is; nothing for one of a day. Raises Invalid where it cannot be read."""
    found = _LENGTH.fullmatch(stated)
    if found is None or not stated or len(found[1]) > 12:  # noqa: PLR2004 - microseconds of a day have eleven digits
        raise unread(f"span={stated}")
    many, unit = int(found[1] or 1), found[2].lower()
    if unit in _DAYS and many == 1:
        return None
    length = _LENGTHS.get(unit, timedelta()) * many
    if not timedelta() < length <= _DAY:
        raise unread(f"span={stated}")
    return length


def _zone(settings: Mapping[str, str]) -> ZoneInfo:
    name = settings.get("time_zone", "")
    if not name:
        raise Invalid(
            "The search counts by days, and nothing says in which time zone they begin at Splunk.",
            where="time_zone",
            hint="Add the setting time_zone to the connection: the zone of its user at Splunk, such as Europe/Vienna.",
            code=CODE,
        )
    if not is_zone(name):
        raise Invalid(f"{name!r} is no time zone.", where="time_zone", hint="Write it as in Europe/Vienna or UTC.")
    return ZoneInfo(name)


def _instant(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
