"""What the KPIs of a template stand on: signals, system signals, and what of the past they look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bos.dashboards.periods import day_of
from bos.kpi.check import ANCHORS
from bos.kpi.nodes import Cumulative
from bos.kpi.refs import at_moment, leaves, measures, refs
from bos.model.standing import lies_ahead, lies_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bos.actions.definitions import Definitions
    from bos.kpi import BoundSignal, KpiSpec
    from bos.kpi.arrivals import Moved
    from bos.kpi.extents import Stray
    from bos.telemetry.lake import Snapshot


def titles_of(found: Definitions) -> dict[str, str]:
    """Return the titles of the process signals by the names formulas use."""
    uses = found.doc["process_signals"]
    return {use["id"]: found.signals[use["signal"]].doc["title"] for use in uses if use["signal"] in found.signals}


def system_titles_of(found: Definitions) -> dict[str, str]:
    """Return the titles of the system signals by the names formulas use."""
    uses = found.doc["system_signals"]
    return {use["id"]: found.systems[use["signal"]].doc["title"] for use in uses if use["signal"] in found.systems}


def signals_of(spec: KpiSpec, every: Sequence[KpiSpec]) -> tuple[str, ...]:
    """Return the process signals a KPI reads, through the KPIs it is derived from."""
    return tuple(dict.fromkeys(name for measure in measures(spec, every) for name in refs(measure).signals))


def bound_of(found: Definitions, spec: KpiSpec) -> list[BoundSignal]:
    """Return the process signals that a KPI reads or is placed by, those that are bound to recorded events."""
    bound, every = found.bound(), found.specs()
    names = dict.fromkeys((*signals_of(spec, every), *({spec.anchor} - set(ANCHORS))))
    return [bound[name] for name in names if name in bound and bound[name].bound]


def moved_words(moved: Sequence[Moved], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield in sentences how many events of which signal came into a log, and how many were left out of it."""
    sides = (
        ("Arrived since", [(one, one.came) for one in moved]),
        ("Left out since", [(one, one.left) for one in moved]),
    )
    for what, counts in sides:
        told = [f"{count:,} {titles.get(one.signal, one.signal)}" for one, count in counts if count]
        if told:
            yield f"{what}: {', '.join(told)}."


def runs_on(spec: KpiSpec, every: Sequence[KpiSpec]) -> bool:
    """Return whether a KPI, or one it is derived from, is cumulative: it has a value where nothing was recorded."""
    return any(isinstance(measure, Cumulative) for measure in measures(spec, every))


def read_systems(spec: KpiSpec, every: Sequence[KpiSpec]) -> tuple[str, ...]:
    """Return the system signals a KPI reads, through the KPIs it is derived from."""
    return tuple(dict.fromkeys(name for measure in measures(spec, every) for name in refs(measure).systems))


def log_clock(events: Snapshot, *, memory_limit: str) -> datetime | None:
    """Return what the clock of the log shows (UTC), as :func:`bos.kpi.extents.log_clock` does."""
    from bos.kpi import extents  # noqa: PLC0415 - DuckDB loads where something is computed

    return extents.log_clock(events, memory_limit=memory_limit)


def points_clock(points: Snapshot, *, memory_limit: str) -> datetime | None:
    """Return what the clock of the points shows (UTC), as :func:`bos.kpi.extents.points_clock` does."""
    from bos.kpi import extents  # noqa: PLC0415 - as above

    return extents.points_clock(points, memory_limit=memory_limit)


def stray(snapshot: Snapshot, *, memory_limit: str, points: bool = False) -> Stray | None:
    """Return what lies years before the others, as :func:`bos.kpi.extents.stray` does."""
    from bos.kpi import extents  # noqa: PLC0415 - as above

    return extents.stray(snapshot, memory_limit=memory_limit, points=points)


def beginning(snapshot: Snapshot, *, memory_limit: str, points: bool = False) -> datetime | None:
    """Return the first of what was recorded (UTC), of that which does not lie years before the others."""
    found = stray(snapshot, memory_limit=memory_limit, points=points)
    return found.begins if found else snapshot.first


class Begin(NamedTuple):
    """The first of what was recorded, and from when on what was recorded covers a period (both UTC)."""

    first: datetime
    covers: datetime


def begin(snapshot: Snapshot, zone: str, *, memory_limit: str, points: bool = False) -> Begin | None:
    """Return where a log, or its points, begins: with the day of its first, unless that began in its midst."""
    from bos.kpi import extents  # noqa: PLC0415 - as above

    first = beginning(snapshot, memory_limit=memory_limit, points=points)
    if first is None:
        return None
    late = extents.begun_late(snapshot, first, zone, memory_limit=memory_limit, points=points)
    return Begin(first, first if late else day_of(first, zone))


def apart(events: Snapshot, points: Snapshot, zone: str, *, memory_limit: str) -> dict[str, tuple[str, ...]]:
    """Return in words what lies in the future or years before the others, of the ``events`` and of the ``points``."""
    from bos.kpi.extents import ahead  # noqa: PLC0415 - as above

    told: dict[str, tuple[str, ...]] = {}
    for what, held, of_points in (("events", events, False), ("points", points, True)):
        far = ahead(held, memory_limit=memory_limit, points=of_points)
        old = stray(held, memory_limit=memory_limit, points=of_points)
        name = what.removesuffix("s")
        said = [lies_before(old.events, old.oldest, zone, name)] if old else []
        told[what] = (*said, *([lies_ahead(far.events, far.newest, zone, name)] if far else []))
    return told


def newest_points(
    found: Definitions, metrics: Snapshot, end: datetime | None, *, memory_limit: str
) -> dict[str, datetime]:
    """Return system signal → its newest point before an end, of those that KPIs of a template read."""
    from bos.kpi.metrics import newest  # noqa: PLC0415 - DuckDB loads where something is computed

    every, series = found.specs(), found.series()
    read = {name: series[name] for spec in every for name in read_systems(spec, every) if name in series}
    return newest(metrics, read, end, memory_limit=memory_limit)


def told_then(spec: KpiSpec, every: Sequence[KpiSpec]) -> bool:
    """Return whether a KPI tells what is open at a moment."""
    return any(at_moment(leaf) for measure in measures(spec, every) for leaf in leaves(measure))
