"""On which days a snapshot of the lake has events of a flow and points of its system signals."""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from bos.kpi.days import Course, Day
from bos.kpi.nodes import Gap
from bos.kpi.parser import parse
from bos.kpi.silence import Recorded
from bos.kpi.spec import KpiSpec
from bos.model.moments import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bos.kpi import BoundSeries, BoundSignal
    from bos.telemetry.lake import Snapshot


_FED = timedelta(days=7)
"""Within how long of its newest event a log is imported that is fed."""
_IMPORTED = "SELECT epoch_us(max(ingested_at)) FROM events"


def differing(
    events: Snapshot,
    signals: Mapping[str, BoundSignal],
    points: Snapshot,
    systems: Mapping[str, BoundSeries],
    *,
    memory_limit: str,
) -> Callable[[str, datetime, datetime], bool]:
    """Return what tells whether the totals of a gap, or of what was good of all, differ in ``[start, end)``.

    So they do where only one of them is there. What cannot be computed is taken to differ. Raises as :func:`recorded`.
    """

    @cache
    def differ(formula: str, start: datetime, end: datetime) -> bool:
        from bos.kpi.engine import evaluate  # noqa: PLC0415 - as above

        (row,) = evaluate(
            events,
            [KpiSpec("totals", formula)],
            signals,
            systems=systems,
            points=points,
            start=start,
            end=end,
            memory_limit=memory_limit,
            withhold=True,
        )
        alike = {0, None} if isinstance(parse(formula), Gap) else {1}
        return bool(row.withheld_reason) or row.value not in alike

    return differ


def recorded(
    snapshot: Snapshot,
    signals: Mapping[str, BoundSignal],
    end: datetime,
    zone: str,
    *,
    memory_limit: str,
    apart: Callable[[str, datetime, datetime], bool] = lambda *_: True,
) -> Recorded:
    """Return what was recorded before ``end``, by days in the zone, without what lies years before all else.

    The holidays of a signal are those of its calendar; ``apart`` is as in :class:`bos.kpi.silence.Recorded`.
    Raises Unavailable: the lake cannot be read.
    """
    from bos.kpi.connection import opened  # noqa: PLC0415 - DuckDB loads where something is computed
    from bos.kpi.extents import timely  # noqa: PLC0415 - as above
    from bos.kpi.journeys import emitted  # noqa: PLC0415 - as above

    bound = {name: signal for name, signal in signals.items() if signal.bound}
    usual = timely(snapshot, memory_limit=memory_limit)

    @cache
    def goes_on() -> Course:
        with opened(snapshot, memory_limit=memory_limit) as cursor:
            if _fed(flow, cursor.execute(_IMPORTED).fetchall()):
                return flow
            return Course.of(chain(*_named(cursor.execute(_case_days(end, zone)).fetchall()).values()))

    def days(condition: str = "true") -> str:
        return _by_days(("events", "step", "event_time"), f"{usual} AND {condition}", end, zone)

    with opened(snapshot, memory_limit=memory_limit) as cursor:
        steps = _named(cursor.execute(days()).fetchall())
        own = {
            name: _named(cursor.execute(days(emitted(signal))).fetchall())
            for name, signal in bound.items()
            if signal.where
        }
    courses = {
        name: Course.of(
            chain(*own[name].values()) if name in own else steps.get(signal.event, ()),
            signal.clock.holidays if signal.clock else (),
        )
        for name, signal in bound.items()
    }
    flow = Course.of(chain(*steps.values()))
    return Recorded(zone, flow, courses, goes_on=goes_on, apart=apart)


def recorded_points(
    points: Snapshot, systems: Mapping[str, BoundSeries], end: datetime, events: Recorded, *, memory_limit: str
) -> Recorded:
    """Return what was recorded of system signals before ``end``, beside that of process signals, ``events``.

    The flow goes on while there are events or points, of whatever signal; where it has no events, none of its cases
    could say that it is over. Raises as :func:`recorded`.
    """
    from bos.kpi.connection import opened_points  # noqa: PLC0415 - as above
    from bos.kpi.extents import timely  # noqa: PLC0415 - as above

    usual = timely(points, memory_limit=memory_limit, points=True)
    with opened_points(points, memory_limit=memory_limit) as cursor:
        days = _by_days(("points", "signal", "time"), usual, end, events.zone)
        found = _named(cursor.execute(days).fetchall())
    courses = {
        name: Course.of(chain(*(found.get(one, ()) for one in system.recorded))) for name, system in systems.items()
    }
    flow = Course.of(chain(events.flow.days, *found.values()))

    def goes_on() -> Course:
        cases = events.goes_on() if events.flow.days else events.flow
        return flow if cases == events.flow else cases

    return Recorded(events.zone, flow, {**events.signals, **courses}, goes_on=goes_on, apart=events.apart)


def quarters(
    points: Snapshot, systems: Mapping[str, BoundSeries], start: datetime, end: datetime, *, memory_limit: str
) -> dict[str, Course]:
    """Return the quarters of an hour in ``[start, end)`` that have points of system signals, and their newest before.

    Hours begin with such quarters, in any zone. Raises as :func:`recorded`.
    """
    from bos.kpi.connection import moment, opened_points  # noqa: PLC0415 - as above

    names = ", ".join("'" + one.replace("'", "''") + "'" for system in systems.values() for one in system.recorded)
    if not names:
        return {}
    begins, ends = (f"CAST('{at.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)" for at in (start, end))
    quarter = f"CASE WHEN time >= {begins} THEN epoch_us(time) // 900_000_000 END"
    sql = (
        f"SELECT signal, epoch_us(CASE WHEN max(time) < {begins} THEN max(time) ELSE min(time) END), "  # noqa: S608 - own words
        f"epoch_us(max(time)) FROM points WHERE signal IN ({names}) AND time < {ends} GROUP BY signal, {quarter}"
    )
    found: dict[str, list[Day]] = {}
    with opened_points(points, memory_limit=memory_limit) as cursor:
        for name, first, last in cursor.execute(sql).fetchall():
            found.setdefault(name, []).append(Day(moment(first).date(), moment(first), moment(last)))
    held = {name: chain(*(found.get(one, ()) for one in system.recorded)) for name, system in systems.items()}
    return {name: Course(tuple(sorted(days, key=lambda day: day.last))) for name, days in held.items()}


def _fed(flow: Course, imported: Sequence[tuple[int | None]]) -> bool:
    """Return whether a flow is fed: its newest event, by when it was imported, was imported within a week of itself."""
    from bos.kpi.connection import moment  # noqa: PLC0415 - as above

    ((newest,),) = imported
    if newest is None:
        return False
    last = flow.last(moment(newest) + AHEAD)
    return last is not None and moment(newest) - last.last <= _FED


def _case_days(end: datetime, zone: str) -> str:
    """Return the statement (DuckDB) of the days on which cases began, in columns as of :func:`_by_days`."""
    firsts = f"SELECT min(event_time) AS newest FROM events WHERE {_before('event_time', end)} GROUP BY case_id"  # noqa: S608 - own words
    ends = "epoch_us(min(newest)), epoch_us(max(newest)), count(*)"
    return f"SELECT '', {_local(zone)}, {ends} FROM ({firsts}) GROUP BY ALL"  # noqa: S608 - own words


def _local(zone: str) -> str:
    return "CAST(timezone('" + zone.replace("'", "''") + "', newest) AS DATE)"


def _before(time: str, end: datetime) -> str:
    return f"{time} < CAST('{end.astimezone(UTC).isoformat()}' AS TIMESTAMPTZ)"


def _by_days(table: tuple[str, str, str], condition: str, end: datetime, zone: str) -> str:
    """Return the statement (DuckDB) of the days with rows before ``end``.

    Its columns are the name, the day, the first and last (µs), and how many. ``table`` is its name, and the columns of
    the name and the time of a row.
    """
    view, name, time = table
    # A day of any zone begins on a quarter of an hour: what is first and last in each is asked for its day, not every
    # row.
    quarters = (
        f"SELECT {name}, min({time}) AS oldest, max({time}) AS newest, count(*) AS many FROM {view} "  # noqa: S608 - own words
        f"WHERE {_before(time, end)} AND {condition} GROUP BY {name}, epoch_us({time}) // 900_000_000"
    )
    ends = "epoch_us(min(oldest)), epoch_us(max(newest)), CAST(sum(many) AS BIGINT)"
    return f"SELECT {name}, {_local(zone)}, {ends} FROM ({quarters}) GROUP BY ALL"  # noqa: S608 - own words


def _named(rows: Iterable[tuple[str, date, int, int, int]]) -> dict[str, list[Day]]:
    """Return the days of each name."""
    from bos.kpi.connection import moment  # noqa: PLC0415 - as above

    found: dict[str, list[Day]] = {}
    for name, day, first, last, many in rows:
        found.setdefault(name, []).append(Day(day, moment(first), moment(last), many))
    return found
