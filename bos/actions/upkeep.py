"""Upkeep of the lake as jobs, and the daily clearing away of what is not needed any more."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions import declared, receiving, retention, uploads
from bos.actions import jobs as job_actions
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.unit import rationale_of, write
from bos.auth.actor import SYSTEM
from bos.auth.policy import allow
from bos.errors import BosError
from bos.model.answers.jobs import Job
from bos.model.answers.telemetry import Kept
from bos.store import deliveries, documents, keys, sessions
from bos.store.engine import reading, transaction
from bos.store.tags import Tag
from bos.telemetry import maintenance
from bos.telemetry.staging import sweep_working

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.telemetry.table import Kind

_log = logging.getLogger(__name__)

COMPACT = declared.COMPACT.name
RETAIN = declared.RETAIN.name
_KINDS: tuple[Kind, ...] = ("events", "metrics")
_EVERY_SMALL_FILE: Mapping[Kind, tuple[int, int]] = dict.fromkeys(_KINDS, maintenance.SMALL)
KEYS_KEPT = timedelta(days=7)
DELIVERIES_KEPT = timedelta(days=90)
"""How long a write can be repeated under its idempotency key."""


def compact(ctx: Context, actor: Actor, flow: str) -> Job:
    """Ask for the small files of a flow to be joined; no row changes. Returns the job that does it.

    Raises:
        NotFound: there is no such flow.
    """
    return _start(ctx, actor, COMPACT, flow, {}, "(written by BOS) A compaction was asked for.")


def retain(ctx: Context, actor: Actor, flow: str, *, before: datetime | None, rationale: str) -> Job:
    """Ask for the events before a moment (aware) to be left out of the newest snapshot; return the job that does it.

    Without a moment it is what each signal of the flow says: its events, or points, are kept for ``retention_days``.
    Older snapshots keep them.

    Raises:
        NotFound: there is no such flow.
        Invalid: the rationale is missing.
    """
    why = rationale_of(actor, rationale)
    if before is not None:
        return _start(ctx, actor, RETAIN, flow, {"before": before.astimezone(UTC).isoformat()}, why)
    allow(actor, "telemetry.upkeep")
    limits = {what: maintenance.spelled(one) for what, one in retention.limits(ctx, flow, datetime.now(UTC)).items()}
    return _start(ctx, actor, RETAIN, flow, {"limits": limits}, why)


def _start(ctx: Context, actor: Actor, task: str, flow: str, more: Mapping[str, Any], why: str) -> Job:
    allow(actor, "telemetry.upkeep")

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "telemetry.upkeep", flow)
        head_of(unit, "template", flow)
        return job_actions.queue(unit, task, {"flow": flow, **_versions(ctx, flow), **more})

    return write(ctx, actor, task, {"flow": flow, "why": why, **more}, Job, work, rationale=why)


def _versions(ctx: Context, flow: str) -> dict[str, int]:
    logged = (ctx.lake.table(flow, kind).logged().version for kind in _KINDS)
    return dict(zip(("version", "points"), logged, strict=True))


def _join_crowds(ctx: Context) -> None:
    """Ask for a compaction of each flow whose table has too many files, as what comes in little by little leaves it."""
    with reading(ctx.engine) as session:
        flows = documents.ids(session, "template")
    for flow in flows:
        try:
            _join_crowd(ctx, flow)
        except BosError as error:
            _log.warning("the files of %s are not joined: %s", flow, error)


def _join_crowd(ctx: Context, flow: str) -> None:
    crowds = {kind: maintenance.crowded(ctx.lake.table(flow, kind)) for kind in _KINDS}
    sizes = {kind: list(found) for kind, found in crowds.items() if found}
    if not sizes:
        return
    versions = _versions(ctx, flow)
    name = f"compact-{hashlib.sha256(f'{flow} {versions}'.encode()).hexdigest()[:32]}"

    def work(unit: Unit) -> Job:
        return job_actions.queue_once(unit, COMPACT, {"flow": flow, **versions, "sizes": sizes}, id_=name)

    why = "(written by BOS) The flow has many small files."
    write(ctx, SYSTEM, COMPACT, {"job": name}, Job, work, rationale=why)


def run_compaction(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Join the small files of a flow's events and metric points."""
    del job
    flow, sizes = arguments["flow"], arguments.get("sizes", _EVERY_SMALL_FILE)
    progress(0, None, "Joining files")
    for kind, (least, most) in sizes.items():
        ctx.lake.compact(flow, kind, sizes=(least, most))
    made = _made(ctx, flow, arguments["version"], {"bos.action": "compact"})
    return lambda unit: _record(unit, Tag.TELEMETRY_COMPACTED, _kept(ctx, flow, made), made)


def run_retention(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Leave old events of a flow out of its newest snapshot; by what its signals say, old metric points, too."""
    del job
    flow, limits = arguments["flow"], arguments.get("limits")
    progress(0, None, "Leaving out old events")
    if limits is None:
        before = datetime.fromisoformat(arguments["before"])
        ctx.lake.retain(flow, before)
        made = _made(ctx, flow, arguments["version"], {"bos.action": "retain", "bos.before": before.isoformat()})
        more: dict[str, Any] = {"before": arguments["before"]}
        return lambda unit: _record(unit, Tag.TELEMETRY_RETAINED, _kept(ctx, flow, made), made, **more)
    events, points = (maintenance.limits_of(limits[what]) for what in ("events", "metrics"))
    ctx.lake.expire(flow, events)
    ctx.lake.expire(flow, points, "metrics")
    made = _made(ctx, flow, arguments["version"], _expired(limits["events"]))
    made_points = _made(ctx, flow, arguments["points"], _expired(limits["metrics"]), "metrics")
    kept = _kept(ctx, flow, made).model_copy(update={"points_removed": _removed(ctx, flow, made_points)})
    changed = made if made is not None else made_points
    return lambda unit: _record(unit, Tag.TELEMETRY_RETAINED, kept, changed, limits=limits)


def _expired(limits: str) -> dict[str, str]:
    return {"bos.action": "retain", "bos.before": limits}


def _removed(ctx: Context, flow: str, made: int | None) -> int:
    if made is None:
        return 0
    before, after = (ctx.lake.metrics_snapshot(flow, version) for version in (made - 1, made))
    return before.events - after.events


def _made(ctx: Context, flow: str, since: int, wanted: Mapping[str, str], kind: Kind = "events") -> int | None:
    """Return the version that an attempt at a job made, this one or one that died before it could say so."""
    commits = ctx.lake.table(flow, kind).commits()
    found = [n for n, commit in enumerate(commits) if n > since and wanted.items() <= commit.items()]
    return max(found, default=None)


def _kept(ctx: Context, flow: str, made: int | None) -> Kept:
    after = ctx.lake.snapshot(flow, made)
    before = after if made is None else ctx.lake.snapshot(flow, made - 1)
    return Kept(
        flow=flow,
        snapshot=after.id if after.version else None,
        files_before=len(before.files),
        files_after=len(after.files),
        events_before=before.events,
        events_after=after.events,
    )


def _record(unit: Unit, tag: Tag, kept: Kept, made: int | None, **more: Any) -> dict[str, Any]:
    """Return the result; the journal tells of it where something was changed."""
    result = kept.model_dump(mode="json")
    if made is not None:
        unit.note(tag, kind="template", id=kept.flow, after={**result, **more})
    return result


def tidy(ctx: Context) -> None:
    """Clear away what killed work left, uploads that no job wants, and what was kept long enough; join small files.

    Keys and sessions are kept for a week, messages to other systems that were sent or given up for ninety days.

    Raises:
        Unavailable: the database does not answer.
    """
    with transaction(ctx.engine) as connection:
        keys.forget(connection, datetime.now(UTC) - KEYS_KEPT)
        sessions.forget(connection, datetime.now(UTC) - KEYS_KEPT)
        deliveries.forget(connection, datetime.now(UTC) - DELIVERIES_KEPT)
    receiving.tidy(ctx)
    uploads.sweep(ctx)
    sweep_working(ctx.staging)
    ctx.lake.sweep()
    _join_crowds(ctx)
