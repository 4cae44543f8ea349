"""Values of earlier packs that are others now: what was published stands, and what late events make of it beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions.grounds import bound_of, moved_words, runs_on, titles_of, told_then
from bos.actions.runs import version_of
from bos.errors import NotFound, Unavailable
from bos.model.answers.reports import ReviewRestated
from bos.model.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.kpi.arrivals import Arrivals
    from bos.model.answers.reports import Point, ReviewKpi
    from bos.telemetry.lake import Snapshot

_GONE = "The events that were known then cannot be read any more, so the cause is not told."


def published(packs: Sequence[Row[Any]], week: str) -> dict[str, Mapping[str, Any]]:
    """Return ISO week → the record of the first weekly pack of it, of the weeks before one; those with values only."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in sorted(packs, key=lambda row: (row.at, row.run)):
        record = row.record
        if record["report"] == "weekly" and record["period"] < week and record.get("values"):
            found.setdefault(record["period"], record)
    return found


def restated_of(
    ctx: Context, found: Definitions, held: Snapshot, rows: Sequence[ReviewKpi], packs: Mapping[str, Mapping[str, Any]]
) -> tuple[ReviewRestated, ...]:
    """Return the values of earlier weeks that were published and are others now, by week, then as the KPIs stand."""
    from bos.kpi.arrivals import arrivals  # noqa: PLC0415 - DuckDB loads where something is computed

    out: list[ReviewRestated] = []
    for week in sorted(packs):
        changed = list(_changed(found, rows, packs[week], week))
        if not changed:
            continue
        try:
            then = ctx.lake.snapshot(found.template.id, version_of(packs[week]["snapshot"]))
            with arrivals(then, held, memory_limit=ctx.settings.memory_limit) as moved:
                why = [" ".join(_why(found, moved, row.kpi, point, packs[week])) for row, point in changed]
        except (NotFound, Unavailable):  # an older backup was restored, or a file of then is damaged
            why = [_GONE] * len(changed)
        out += [_told(row, point, packs[week], words) for (row, point), words in zip(changed, why, strict=True)]
    return tuple(out)


def _changed(
    found: Definitions, rows: Sequence[ReviewKpi], pack: Mapping[str, Any], week: str
) -> Iterator[tuple[ReviewKpi, Point]]:
    for row in rows:
        point = next((one for one in row.weeks if _week_of(one, _zone(found, row.kpi)) == week), None)
        if point is not None and row.kpi in pack["values"] and pack["values"][row.kpi]["value"] != point.value:
            yield row, point


def _week_of(point: Point, zone: str) -> str:
    year, number, _ = point.start.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{number:02d}"


def _zone(found: Definitions, kpi: str) -> str:
    measure = next(outcome["measure"] for outcome in found.doc["outcomes"] if outcome["id"] == kpi)
    return str(measure["time_zone"] or found.doc["time_zone"])


def _told(row: ReviewKpi, point: Point, pack: Mapping[str, Any], words: str) -> ReviewRestated:
    then = pack["values"][row.kpi]["value"]
    difference = None if then is None or point.value is None else point.value - then
    return ReviewRestated(
        kpi=row.kpi,
        title=row.title,
        week=pack["period"],
        published=shown(then, row.unit),
        published_at=pack["at"],
        pack=pack["pack"],
        now=point.shown,
        difference=None if difference is None else float(f"{difference:.12g}"),
        words=words,
    )


def _why(found: Definitions, moved: Arrivals, kpi: str, point: Point, pack: Mapping[str, Any]) -> Iterator[str]:
    every = found.specs()
    spec = next(spec for spec in every if spec.id == kpi)
    start: datetime | None = None if runs_on(spec, every) or told_then(spec, every) else point.start
    local = point.start.astimezone(ZoneInfo(_zone(found, kpi)))
    end = (local.replace(tzinfo=None) + timedelta(days=7)).replace(tzinfo=local.tzinfo)
    bears = moved.of(bound_of(found, spec), start, end)
    yield from moved_words(bears, titles_of(found))
    if pack["template_version"] != found.template.version:
        yield f"The template is version {found.template.version}; then it was {pack['template_version']}."
    elif not bears:
        yield "A shared signal, calendar or cost rule was changed, points arrived, or BOS was renewed."
