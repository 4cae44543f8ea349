"""Schedules: what is due becomes a job, once for each schedule and week, also when nobody was there at the time."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.actions import jobs as job_actions
from bos.actions.reports import TASK
from bos.actions.unit import Unit, write
from bos.auth.actor import SYSTEM
from bos.errors import BosError
from bos.model.answers.jobs import Job
from bos.model.schedule import week_before
from bos.store import documents, jobs, schedules
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bos.actions.context import Context

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_log = logging.getLogger(__name__)


def due(schedule: Mapping[str, Any], now: datetime) -> datetime:
    """Return the last moment at or before ``now`` (aware) at which a schedule is due (UTC).

    The time is a local one: across a clock change it stays the same on the wall. One that the clock jumps over counts
    as the moment after the jump; one that comes twice counts the first time.
    """
    zone = ZoneInfo(schedule["time_zone"])
    today = now.astimezone(zone).date()
    back = (today.weekday() - _DAYS.index(schedule["weekday"])) % 7
    for day in (today - timedelta(days=back), today - timedelta(days=back + 7)):
        moment = datetime.combine(day, time.fromisoformat(schedule["time"]), zone).astimezone(UTC)
        if moment <= now:
            break
    return moment


def tick(ctx: Context, now: datetime | None = None) -> tuple[Job, ...]:
    """Make the jobs of all schedules that are due and have none yet for their week; return them.

    A week that was missed is caught up once, the last one only. What was due before the schedule was made is not.

    Raises:
        Unavailable: the database does not answer.
    """
    at = now or datetime.now(UTC)
    with reading(ctx.engine) as connection:
        rows = schedules.enabled(connection)
        known = documents.live(connection, [("template", row.doc["flow"]) for row in rows])
    return tuple(_made(ctx, rows, known.keys(), at))


def _made(ctx: Context, rows: Iterable[Any], known: Any, at: datetime) -> Iterable[Job]:
    for row in rows:
        moment = due(row.doc, at)
        if moment < row.made_at or ("template", row.doc["flow"]) not in known:
            continue
        try:
            job = _queue(ctx, row, moment)
        except BosError as error:
            _log.warning("the schedule %s made no job: %s", row.id, error)
            continue
        if job is not None:
            yield job


def _queue(ctx: Context, row: Any, moment: datetime) -> Job | None:
    doc = row.doc
    week = week_before(moment, doc["time_zone"])
    name = "report-" + hashlib.sha256(f"{row.id}\n{doc['flow']}\n{doc['report']}\n{week}".encode()).hexdigest()[:32]
    with reading(ctx.engine) as connection:
        if jobs.find(connection, name) is not None:
            return None

    def work(unit: Unit) -> Job:
        asked = {"flow": doc["flow"], "report": doc["report"], "period": week if doc["report"] == "weekly" else None}
        return job_actions.queue_once(unit, TASK, {**asked, "schedule": row.id}, id_=name)

    why = f"(written by BOS) The schedule {row.id} was due at {moment:%Y-%m-%d %H:%M} UTC."
    return write(ctx, SYSTEM, "schedule.tick", {"job": name}, Job, work, rationale=why)
