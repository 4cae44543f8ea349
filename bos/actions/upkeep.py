"""Upkeep of the lake as jobs, and the daily clearing away of what is not needed any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bos.actions import jobs as job_actions
from bos.actions import uploads
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.model.answers.jobs import Job
from bos.model.answers.telemetry import Kept
from bos.store import keys, sessions
from bos.store.engine import transaction
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Progress

COMPACT = "telemetry.compact"
RETAIN = "telemetry.retain"
KEYS_KEPT = timedelta(days=7)
"""How long a write can be repeated under its idempotency key."""


def compact(ctx: Context, actor: Actor, flow: str) -> Job:
    """Ask for the small files of a flow to be joined; no row changes. Returns the job that does it.

    Raises:
        NotFound: there is no such flow.
    """
    return _start(ctx, actor, COMPACT, flow, {}, "(written by BOS) A compaction was asked for.")


def retain(ctx: Context, actor: Actor, flow: str, *, before: datetime, rationale: str) -> Job:
    """Ask for the events before a moment (aware) to be left out of the newest snapshot; return the job that does it.

    Older snapshots keep them.

    Raises:
        NotFound: there is no such flow.
        Invalid: the rationale is missing.
    """
    moment = before.astimezone(UTC).isoformat()
    return _start(ctx, actor, RETAIN, flow, {"before": moment}, rationale_of(actor, rationale))


def _start(ctx: Context, actor: Actor, task: str, flow: str, more: Mapping[str, Any], why: str) -> Job:
    allow(actor, "telemetry.upkeep")

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "telemetry.upkeep", flow)
        head_of(unit, "template", flow)
        version = ctx.lake.snapshot(flow).version
        return job_actions.queue(unit, task, {"flow": flow, "version": version, **more})

    return write(ctx, actor, task, {"flow": flow, "why": why, **more}, Job, work, rationale=why)


def run_compaction(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Join the small files of a flow's events and metric points."""
    del job
    flow = arguments["flow"]
    progress(0, None, "Joining files")
    ctx.lake.compact(flow)
    ctx.lake.compact(flow, "metrics")
    made = _made(ctx, flow, arguments["version"], {"bos.action": "compact"})
    return lambda unit: _record(unit, Tag.TELEMETRY_COMPACTED, _kept(ctx, flow, made), made)


def run_retention(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Leave old events of a flow out of its newest snapshot."""
    del job
    flow, before = arguments["flow"], datetime.fromisoformat(arguments["before"])
    progress(0, None, "Leaving out old events")
    ctx.lake.retain(flow, before)
    made = _made(ctx, flow, arguments["version"], {"bos.action": "retain", "bos.before": before.isoformat()})
    more = {"before": arguments["before"]}
    return lambda unit: _record(unit, Tag.TELEMETRY_RETAINED, _kept(ctx, flow, made), made, **more)


def _made(ctx: Context, flow: str, since: int, wanted: Mapping[str, str]) -> int | None:
    """Return the version that an attempt at a job made, this one or one that died before it could say so."""
    commits = ctx.lake.table(flow).commits()
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


def _record(unit: Unit, tag: Tag, kept: Kept, made: int | None, **more: str) -> dict[str, Any]:
    """Return the result; the journal tells of it where something was changed."""
    result = kept.model_dump(mode="json")
    if made is not None:
        unit.note(tag, kind="template", id=kept.flow, after={**result, **more})
    return result


def tidy(ctx: Context) -> None:
    """Clear away what killed imports left, uploads that no job wants, and keys and sessions of last week.

    Raises:
        Unavailable: the database does not answer.
    """
    with transaction(ctx.engine) as connection:
        keys.forget(connection, datetime.now(UTC) - KEYS_KEPT)
        sessions.forget(connection, datetime.now(UTC) - KEYS_KEPT)
    uploads.sweep(ctx)
    ctx.lake.sweep()
