"""KPIs → SPL, the search language of Splunk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.kpi import nodes as n
from bos.kpi.arithmetic import fold, parts_of
from bos.kpi.queries.result import NamedText, TelemetryQuery
from bos.kpi.queries.spans import offsets, seconds, window_of
from bos.kpi.queries.spl_base import Base, union
from bos.kpi.queries.spl_rows import Rows
from bos.kpi.queries.spl_text import literal
from bos.kpi.queries.spl_values import Sums, Taken, ranked
from bos.kpi.queries.support import refusal, require
from bos.kpi.refs import at_moment, points_read, selections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.kpi.arithmetic import Known
    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.cells import Cell
    from bos.kpi.options import Options

_SNAPS = {"day": "@d", "week": "@w1", "month": "@mon", "quarter": "@q"}
_LENGTHS = {"day": (86_400, 0), "week": (604_800, 345_600)}
"""Seconds of a bucket in UTC, and the first Monday of 1970."""
_HOUR = 3_600


def compile_spl(
    name: str,
    known: Known,
    bound: tuple[Mapping[str, BoundSignal], Mapping[str, BoundSeries]],
    options: Options,
) -> TelemetryQuery:
    """Return a KPI as a search.

    Raises:
        NotExpressible: Splunk cannot say a part of it.
    """
    cells = list(dict.fromkeys(parts_of(name, known)))
    base = _base(cells, *bound)
    _one_kind(cells, base)
    low, high = window_of(cells[0].frame, options, "spl")
    rows = Rows(base, options, cells, (low, high))
    lines = [*rows.write(), *_filters(options), *_buckets(options)]
    taken = [Taken(i, rows).read(cell) for i, cell in enumerate(cells)]
    keys = [*(["bos_bucket"] if options.by else []), *(f"bos_d{i}" for i in range(len(options.dimensions)))]
    lines += [line for one in taken for line in one.before]
    lines += [line for one in taken if one.rank is not None for line in ranked(one.i, one.rank, keys)]
    by = f" by {' '.join(keys)}" if keys else ""
    lines.append(f"| stats {' '.join(part for one in taken for part in one.stats)}{by}")
    lines += [line for one in taken for line in one.after]
    sums = Sums({cell: (one.i, one.currency) for cell, one in zip(cells, taken, strict=True)})
    value, count, _ = fold(name, known, sums)
    lines += [*sums.lines, f"| eval bos_value={value}, bos_n={count}", *_shown(options)]
    placed = cells[0].anchor == "event" and not _of_cases(cells[0])
    return TelemetryQuery(
        "spl",
        (NamedText(name, "\n".join(lines)),),
        parameters={
            "earliest_time": seconds(low) if placed and low is not None else "0",
            "latest_time": seconds(high) if placed and high is not None else "now",
            "time_zone": options.time_zone,
        },
        notes=tuple(_notes(cells, lines, options)),
    )


def _base(cells: Sequence[Cell], signals: Mapping[str, BoundSignal], systems: Mapping[str, BoundSeries]) -> Base:
    names = {selection.signal for cell in cells for selection in selections(cell.leaf)}
    names |= {cell.anchor for cell in cells if cell.anchor in signals}
    series = {points.signal for cell in cells for points in points_read(cell.leaf)}
    return Base.of({name: signals[name] for name in sorted(names)}, {name: systems[name] for name in sorted(series)})


def _of_cases(cell: Cell) -> bool:
    value = getattr(cell.leaf, "value", None)
    return isinstance(cell.leaf, n.Conversion | n.Conformance) or at_moment(cell.leaf) or isinstance(value, n.Duration)


def _kind(cell: Cell) -> tuple[Any, ...]:
    """Return what rows a cell is of; cells of one search are of the same."""
    leaf = cell.leaf
    if isinstance(leaf, n.Conformance):
        return ("rule", leaf.rule, leaf.show, cell.anchor, cell.frame)
    if at_moment(leaf):
        field = leaf.of.field if isinstance(leaf, n.Balance) and isinstance(leaf.of, n.FieldOf) else None
        return ("open", *selections(leaf), field)
    if _of_cases(cell):
        return ("spans", *selections(leaf), cell.anchor, cell.frame)
    return ("events", cell.anchor, cell.frame)


def _one_kind(cells: Sequence[Cell], base: Base) -> None:
    if len({_kind(cell) for cell in cells}) > 1:
        require("mixed", "spl", "Ratio, Gap or Derived")
    if not base.whole and any(_every(cell) for cell in cells):
        require("all_events", "spl", type(cells[0].leaf).__name__)


def _every(cell: Cell) -> bool:
    """Return whether a cell needs the events of all signals of the flow."""
    leaf = cell.leaf
    if points_read(leaf):
        return False
    ends = isinstance(leaf, n.Conformance) and isinstance(leaf.rule, n.MustEnd | n.ExactlyOne | n.FollowedBy)
    running = isinstance(leaf, n.Conversion) and leaf.show in {"dropped", "in_flight"}
    spans = _kind(cell)[0] == "spans"
    bounds = (cell.anchor == "start" and not spans) or (cell.anchor == "end" and not spans)
    aged = isinstance(getattr(leaf, "value", None), n.Age)
    return ends or running or aged or (bounds and not at_moment(leaf))


def _filters(options: Options) -> list[str]:
    lines = []
    for name, values in options.told:
        at = f"bos_d{options.read.index(name)}"
        ways = [f"{at}=={literal('v' + value)}" for value in values]
        lines.append(f"| where {union(ways) or '1==0'}")
    return lines


def _buckets(options: Options) -> list[str]:
    """Return the line that labels rows with the start of their bucket, in seconds since 1970."""
    by, zone = options.by, options.time_zone
    if by is None:
        return []
    if by == "hour":
        rest = _past_the_hour(options)
        return [f"| eval bos_bucket={_floor('bos_at', _HOUR, -rest % _HOUR)}"]
    if zone == "UTC" and by in _LENGTHS:
        return [f"| eval bos_bucket={_floor('bos_at', *_LENGTHS[by])}"]
    return [
        f"| where {' AND '.join(_of_zone(options))}",
        f'| eval bos_bucket=relative_time(bos_at,"{_SNAPS[by]}")',
    ]


def _past_the_hour(options: Options) -> int:
    """Return by how many seconds the hours of the zone begin after those of UTC."""
    found = {int(offset.total_seconds()) % _HOUR for offset in offsets(options)}
    if len(found) > 1:
        words = f"The clock of {options.time_zone} changes by part of an hour in the window."
        raise refusal("buckets of an hour there", "spl", words, "by hour")
    return found.pop()


def _floor(at: str, length: int, origin: int) -> str:
    if not origin:
        return f"floor({at}/{length})*{length}"
    return f"floor(({at}-{origin})/{length})*{length}+{origin}"


def _of_zone(options: Options) -> list[str]:
    """Return conditions that only hold where the search is run by a user of the zone: winter and summer time agree."""
    year = (options.start or datetime(2025, 1, 1, tzinfo=UTC)).year
    moments = [datetime(year, month, 15, 12, tzinfo=UTC) for month in (1, 7)]
    zone = ZoneInfo(options.time_zone)
    return [f'strftime({seconds(moment)},"%z")=="{moment.astimezone(zone):%z}"' for moment in moments]


def _shown(options: Options) -> list[str]:
    lines = []
    for i, name in enumerate(options.dimensions):
        if name.startswith("bos_"):
            raise refusal(f"a split by {name!r}", "spl", "Names that begin with bos_ are the query's own.", name)
        lines.append(f'| eval {name}=if(bos_d{i}=="m",null(),substr(bos_d{i},2))')
    if options.by:
        lines += ["| eval _time=bos_bucket", "| sort 0 _time"]
    shown = [*(["_time"] if options.by else []), *options.dimensions, "bos_value", "bos_n"]
    return [*lines, f"| table {' '.join(shown)}"]


def _notes(cells: Sequence[Cell], lines: Sequence[str], options: Options) -> list[str]:
    found = ["bos_value is the value, bos_n what it rests on. Numbers are not rounded to 12 digits."]
    if options.by:
        found.append("A bucket without events has no row: a count of it is 0, all else has no value.")
    if any("relative_time" in line for line in lines):
        words = f"Run it as a user whose time zone is {options.time_zone}; as another it finds no rows."
        found.append(words)
    if any(_of_cases(cell) or cell.anchor != "event" for cell in cells):
        found.append(
            "It looks at all of time and chooses the window itself, since what follows later in a case counts."
        )
    if any("eventstats" in line for line in lines):
        found.append(
            "eventstats keeps its rows in memory: where Splunk warns of max_mem_usage_mb, the numbers are wrong."
        )
    if any("multisearch" in line for line in lines):
        found.append("A signal's own search may only have streaming commands.")
    return found
