"""Computes the numbers of a weekly review: each KPI in the week of its own zone, each system signal in the flow's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.actions.courses import hour_of, since
from bos.actions.evaluation import answers
from bos.actions.grounds import newest_points, read_systems, signals_of, system_titles_of, titles_of
from bos.actions.question import Question
from bos.actions.review_kpis import MONTHS_SHOWN, WEEKS_READ, Read, Week, review_kpi
from bos.actions.review_systems import review_systems
from bos.actions.review_words import midnight, week_of
from bos.dashboards.levels import of_bucket
from bos.kpi.read_parts import Reads
from bos.kpi.recording import differing, recorded, recorded_points
from bos.model.ownership import accountable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.actions.evaluation import Snapshots
    from bos.kpi import KpiSpec
    from bos.model.answers.kpis import KpiValue
    from bos.model.answers.reports import ReviewKpi, ReviewSystem
    from bos.telemetry.lake import Snapshot


def kpis_of(ctx: Context, found: Definitions, held: Snapshots, week: str, now: datetime) -> list[ReviewKpi]:
    """Return the KPIs in the order of the template; one that names a time zone is cut at the week of that zone."""
    own_zones = {outcome["id"]: outcome["measure"]["time_zone"] for outcome in found.doc["outcomes"]}
    zones: dict[str, list[KpiSpec]] = {}
    for spec in found.specs():
        zones.setdefault(own_zones[spec.id] or found.doc["time_zone"], []).append(spec)
    rows: dict[str, ReviewKpi] = {}
    for zone, specs in zones.items():
        start, end = week_of(week, zone)
        own = zone != found.doc["time_zone"]
        rows |= _of_zone(ctx, found, held, Week(start, end, zone, min(end, now), own=own, over=end <= now), specs)
    return [rows[spec.id] for spec in found.specs()]


def _of_zone(
    ctx: Context, found: Definitions, held: Snapshots, week: Week, specs: Sequence[KpiSpec]
) -> dict[str, ReviewKpi]:
    """Return the KPIs of one zone by three evaluations: weeks, months, own windows."""
    zone, end, limit, engine = week.zone, week.end, ctx.settings.memory_limit, ctx.settings.engine

    def asked(question: Question, some: Sequence[KpiSpec]) -> tuple[dict[str, list[KpiValue]], dict[str, str]]:
        values, queries = answers(found, some, held, question, memory_limit=limit, engine=engine)
        return {spec.id: [value for value in values if value.kpi == spec.id] for spec in some}, queries

    by_week, queries = asked(Question(by="week", start=first_week(week.start, zone), end=end, silence=False), specs)
    by_month, _ = asked(Question(by="month", start=_first_month(week.start, zone), end=end, silence=False), specs)
    outcomes = {outcome["id"]: outcome for outcome in found.doc["outcomes"]}
    windowed = [spec for spec in specs if outcomes[spec.id]["measure"]["window"]]
    standing = asked(Question(end=end, silence=False), windowed)[0] if windowed else {}
    apart = differing(held.events, found.bound(), held.metrics, found.series(), memory_limit=limit)
    latest = max(filter(None, (week.known, held.ends(limit))))
    held_days = recorded(held.events, found.bound(), max(end, latest), zone, memory_limit=limit, apart=apart)
    measured = recorded_points(held.metrics, found.series(), max(end, latest), held_days, memory_limit=limit)
    titles = titles_of(found) | system_titles_of(found)
    points = newest_points(found, held.metrics, end, memory_limit=limit)
    return {
        spec.id: review_kpi(
            Read(
                outcome=outcomes[spec.id],
                owner=accountable(found.doc, f"outcomes[{spec.id}].measure") or found.doc["owner"],
                query=queries.get(spec.id, ""),
                approval=found.approval(spec.id),
                weeks=by_week[spec.id],
                months=by_month[spec.id],
                standing=next(iter(standing.get(spec.id, ())), None),
                signals={name: titles.get(name, name) for name in signals_of(spec, found.specs())},
                systems={name: titles.get(name, name) for name in read_systems(spec, found.specs())},
                recorded=held_days,
                measured=measured,
                reads=Reads.of(spec, found.specs()),
                horizon=week.known,
                latest=latest,
                points=[points[name] for name in read_systems(spec, found.specs()) if name in points],
                since=since(found, spec, held, memory_limit=limit),
                drawn=of_bucket(outcomes[spec.id], found.doc["outcomes"], "month"),
            ),
            week,
        )
        for spec in specs
    }


def first_week(start: datetime, zone: str) -> datetime:
    """Return where the first of the weeks begins that are read up to the one that begins at ``start``."""
    return midnight(start.astimezone(ZoneInfo(zone)).date() - timedelta(weeks=WEEKS_READ - 1), zone)


def _first_month(start: datetime, zone: str) -> datetime:
    monday = start.astimezone(ZoneInfo(zone)).date()
    months = monday.year * 12 + monday.month - MONTHS_SHOWN
    return midnight(monday.replace(year=months // 12, month=months % 12 + 1, day=1), zone)


def systems_of(ctx: Context, found: Definitions, held: Snapshot, week: str) -> tuple[ReviewSystem, ...]:
    """Return the system signals in the order of the steps they can break.

    Points are recorded under the signal's name or under the one the template gives it.
    """
    from bos.kpi.metrics import readings  # noqa: PLC0415 - DuckDB loads where something is computed

    uses, zone = found.doc["system_signals"], found.doc["time_zone"]
    if not uses:
        return ()
    start, end = week_of(week, zone)
    names = list(dict.fromkeys(name for use in uses for name in (use["signal"], use["id"])))
    read = readings(
        held, names, by="week", start=first_week(start, zone), end=end, time_zone=zone,
        memory_limit=ctx.settings.memory_limit,
    )  # fmt: skip
    courses = {
        use["id"]: read[use["signal"]] if read[use["signal"]].newest is not None else read[use["id"]] for use in uses
    }
    docs = {name: version.doc for name, version in found.systems.items()}
    approvals = {use["id"]: found.system_approval(use) for use in uses}
    return review_systems(found.doc, docs, courses, (start, end), approvals, hour_of(held.first))
