"""What people ask of KPIs: a window, buckets, fields to split by, values that count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.documents import check_moment
from bos.actions.earlier import refuse_endless
from bos.errors import UsageError
from bos.kpi.definitions import seconds_of
from bos.kpi.earlier import comparing
from bos.kpi.suggest import choices
from bos.model.moments import outside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.actions.definitions import Definitions
    from bos.kpi import KpiSpec
    from bos.kpi.options import By, Filters

_UNITS = {"minute": 60, "hour": 3_600}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked of one KPI: ``[start, end)`` and the zone its buckets begin in.

    ``own`` is the KPI's own window, such as ``60 days``, where it tells the start.
    """

    start: datetime | None
    end: datetime | None
    time_zone: str
    own: str = ""

    def begins(self, end: datetime) -> datetime:
        """Return where the KPI's own window begins that ends at a moment."""
        return before(end, self.own, self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How somebody looks at KPIs: bucket, window, dimensions, filters (field → values as text).

    ``compare`` is what values are held against: ``previous``, or a span such as ``1 year``. ``judged`` is until when
    the data must be there for a number to be trusted: by default the end of the window, and at most now; ``trust`` is
    false for runs of before numbers were judged. With ``silence`` there is no number, rather than 0, where events are
    missing; it is false for runs of before that was told apart, and for who judges it by periods of its own. Raises
    UsageError where ``compare`` is no span, or a moment has no time zone.
    """

    by: By | None = None
    start: datetime | None = None
    end: datetime | None = None
    dimensions: tuple[str, ...] = ()
    filters: Filters = ()
    compare: str | None = None
    judged: datetime | None = None
    trust: bool = True
    silence: bool = True

    def __post_init__(self) -> None:
        """Check the moments, and what to compare with."""
        for name, moment in (("start", self.start), ("end", self.end)):
            check_moment(name, moment)
            if moment is not None and (words := outside(moment)):
                raise UsageError(f"{name} {words}.", where=name)
        if self.compare is not None:
            refuse_endless(comparing(self.compare), self.by, self.start, self.end)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Question:
        """Return the question that was told as JSON data."""
        start, end = (datetime.fromisoformat(text) if (text := told.get(name)) else None for name in ("start", "end"))
        split, judged = tuple(told.get("dimensions") or ()), told.get("judged")
        return cls(
            by=told.get("by"),
            start=start,
            end=end,
            dimensions=split,
            compare=told.get("compare"),
            judged=judged and datetime.fromisoformat(judged),
            trust=bool(judged),
            silence=bool(told.get("silence")),
        )

    def told(self) -> dict[str, Any]:
        """Return the question as JSON data."""
        return {
            "by": self.by,
            "start": self.start and self.start.astimezone(UTC).isoformat(),
            "end": self.end and self.end.astimezone(UTC).isoformat(),
            "dimensions": list(self.dimensions),
            **({} if self.compare is None else {"compare": self.compare}),
            **({} if self.judged is None else {"judged": self.judged.astimezone(UTC).isoformat()}),
            **({"silence": True} if self.silence else {}),
        }

    def window(self, found: Definitions, kpi: str) -> Window:
        """Return what is asked of a KPI: an end alone stands for the KPI's own window before it."""
        measure = next(outcome["measure"] for outcome in found.doc["outcomes"] if outcome["id"] == kpi)
        zone = measure["time_zone"] or found.doc["time_zone"]
        if self.start is None and self.end is not None and self.by is None and measure["window"]:
            return Window(before(self.end, measure["window"], zone), self.end, zone, measure["window"])
        return Window(self.start, self.end, zone)


def refuse_undeclared(spec: KpiSpec, filters: Filters, dimension: str | None = None) -> None:
    """Refuse fields that a KPI does not declare: its owner said by which it may be split, wherever it is looked at.

    Raises:
        UsageError: it is not split by the dimension or the field of a filter.
    """
    asked = [*([("dimension", dimension)] if dimension else []), *(("filters", name) for name, _ in filters)]
    for where, name in asked:
        if name not in spec.dimensions:
            known = choices(name, spec.dimensions, "It is split by")
            raise UsageError(
                f"{spec.id} is not split by {name}, so it cannot be looked at by it.",
                where=where,
                hint=known if spec.dimensions else "It declares no dimensions.",
            )


def filters_of(filters: Mapping[str, Sequence[str | None]] | None) -> Filters:
    """Return filters in the one order they are kept in. Raises UsageError: one names no value."""
    found = tuple((name, tuple(dict.fromkeys(values))) for name, values in sorted((filters or {}).items()))
    empty = next((name for name, values in found if not values), None)
    if empty is not None:
        raise UsageError(f"The filter of {empty} names no value.", where="filters", hint="Name some, or leave it out.")
    return found


def span_of(window: str) -> timedelta:
    """Return the length of a span such as ``60 days``, of days of 24 hours."""
    return timedelta(seconds=seconds_of(window))


def before(moment: datetime, window: str, zone: str) -> datetime:
    """Return where a window that ends at a moment begins. Days and weeks are those of the calendar in the zone.

    ``window`` is a span such as ``60 days``; the hour of the day stays the same across a clock change.
    """
    number, unit = window.removesuffix("s").split(" ")
    if unit in _UNITS:
        return moment.astimezone(UTC) - timedelta(seconds=int(number) * _UNITS[unit])
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(days=int(number) * _DAYS[unit])
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
