"""The earlier period that each KPI of an evaluation is held against, and what tells that it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.errors import UsageError
from bos.kpi.comparison import Span
from bos.kpi.earlier import alike, bucket_before, length, offset_of, period_before, whole_days
from bos.model.moments import instant

if TYPE_CHECKING:
    from datetime import datetime

    from bos.actions.grounds import Begin
    from bos.actions.question import Window
    from bos.kpi.earlier import Comparing
    from bos.kpi.options import By


@dataclass(frozen=True, slots=True)
class Earlier:
    """Where the earlier period of a window lies.

    Attributes:
        window: what is asked of the KPI; where it is open, its end is just after what the clock of the log shows.
        by: the buckets asked for.
        compare: what to compare with.
        limit: until when there are events; of a window that goes on after it the same part of the earlier one is taken.
    """

    window: Window
    by: By | None
    compare: Comparing
    limit: datetime | None = None

    def period(self) -> Window | None:
        """Return the earlier window; nothing where there is none, or none that is alike.

        Raises:
            UsageError: so much earlier, a bucket of this length is none.
        """
        whole = self._whole()
        start, end = self.window.start, self.window.end
        if whole is None or self._unlike(whole):
            return None
        limit = self.limit and self.limit.astimezone(UTC)
        if limit is None or start is None or end is None or not start < limit < end:
            return whole
        cut = self._cut(start, limit, whole.start or start)
        return replace(whole, end=cut if whole.end is None or cut < whole.end.astimezone(UTC) else whole.end)

    def _cut(self, start: datetime, limit: datetime, then: datetime) -> datetime:
        """Return where the part of the earlier period ends that ``[start, limit)`` is of the later, in the zone.

        Where both are as long, as much time has passed; else it is the same day and time of day of both.
        """
        place = ZoneInfo(self.window.time_zone)
        if self._counted:
            return (then.astimezone(UTC) + length(start, limit)).astimezone(place)
        first, last, begun = (moment.astimezone(place).replace(tzinfo=None) for moment in (start, limit, then))
        return (begun + (last - first)).replace(tzinfo=place)

    @property
    def _counted(self) -> bool:
        """Whether the earlier period lies some hours back, so that both have as many and not the same days."""
        offset = offset_of(self.compare, self.by) if self.by is not None else self.compare
        if offset is not None:
            return offset.unit == "hour"
        start, end, zone = self.window.start, self.window.end, self.window.time_zone
        return start is not None and end is not None and not whole_days(start, end, zone)

    def _whole(self) -> Window | None:
        start, end, zone = self.window.start, self.window.end, self.window.time_zone
        if end is None:
            return None
        offset = offset_of(self.compare, self.by) if self.by is not None else self.compare
        if offset is not None:
            end = offset.before(end, zone)
            start = self.window.begins(end) if self.window.own else start and offset.before(start, zone)
        elif start is None:
            return None
        elif self.window.own:
            start, end = self.window.begins(start), start
        else:
            start, end = period_before(start, end, zone)
        place = ZoneInfo(zone)
        return replace(self.window, start=start and start.astimezone(place), end=end.astimezone(place))

    def _unlike(self, whole: Window) -> bool:
        """Return whether a period without buckets and the earlier one have not the same days."""
        start, end = self.window.start, self.window.end
        if whole.start is None or whole.end is None or start is None or end is None:
            return False
        empty = length(whole.start, whole.end) <= timedelta()
        if empty or self.by is not None or self.window.own or self.compare is None:
            return empty
        return not alike((start, end), (whole.start, whole.end), self.window.time_zone)

    def place(self, bucket: datetime | None, begin: Begin | None) -> Span:
        """Return what a value is compared with; ``begin`` is where the events or points the KPI reads do."""
        zone = self.window.time_zone
        if bucket is not None and self.by is not None:
            start = bucket_before(bucket, offset_of(self.compare, self.by), self.by, zone)
            if start is None:
                words = f"So much earlier ({self.compare}) there is no such {self.by}"
                return Span(None, None, f"No counterpart in the earlier period. {words}.")
            return Span(start, None, _before_all(start, begin, zone))
        earlier, whole = self.period(), self._whole()
        if earlier is None and whole is not None and self._unlike(whole):
            if self.compare is None:
                return Span(None, None, "The period begins after all that was recorded, so it has none before it.")
            return Span(None, None, f"So much earlier ({self.compare}) there are not the same days: compare by weeks.")
        if earlier is None:
            return Span(None, None, "Nothing lies before all that was recorded.")
        return Span(earlier.start, earlier.end, _before_all(earlier.start or earlier.end, begin, zone))


def earlier_of(
    window: Window, by: By | None, compare: Comparing, ends: datetime | None, asked: datetime | None = None
) -> Earlier:
    """Return where the earlier period of a window lies, for whoever asks: evaluations, explanations and dashboards.

    ``ends`` is the first instant that the clock of the log has not reached, to the microsecond; it may go ahead of that
    of the wall by a day, so what is over is judged by no later moment than the one it was ``asked`` at.
    """
    limit = asked if asked is not None and ends is not None and asked < ends else ends
    return Earlier(replace(window, end=window.end or ends), by, compare, limit)


def refuse_endless(compare: Comparing, by: By | None, start: datetime | None, end: datetime | None) -> None:
    """Raise UsageError where the period before all that was recorded is asked for."""
    if compare is None and by is None and start is None and end is None:
        raise UsageError(
            "Nothing lies before all that was recorded.",
            where="compare",
            hint="Say where the window begins, ask for buckets, or compare with so much earlier, such as 1 year.",
        )


def _before_all(start: datetime | None, begin: Begin | None, zone: str) -> str:
    if start is None or begin is None or begin.covers <= start:
        return ""
    return f"The earlier period is not covered: the first record is of {instant(begin.first, zone)}."
