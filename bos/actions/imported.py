"""What an import did: written with its batch, told in the journal, and answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bos.actions.grounds import stray
from bos.kpi.extents import FAR
from bos.model.answers.telemetry import Imported, Reject, Unread
from bos.store import jobs
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.kpi.extents import Stray
    from bos.telemetry.report import ImportReport

UNREAD_SHOWN = 20


def record(
    unit: Unit,
    arguments: Mapping[str, Any],
    report: ImportReport,
    left: Sequence[Unread] = (),
    replaced: Mapping[str, Any] | None = None,
    old: Stray | None = None,
) -> dict[str, Any]:
    """Write what an import did, and return it; ``reading`` among the arguments says by what a file was read.

    ``old`` lies years before the others. ``connection``: over which it came; ``stale``: rows of what it had said before
    may be there as they were read then.
    """
    result = imported(report, left, old).model_dump(mode="json")
    kept = {"reasons": dict(report.reasons), "file": arguments["name"], "shared": report.shared}
    kept |= {name: arguments[name] for name in ("reading", "connection", "stale") if arguments.get(name)}
    jobs.add_batch(
        unit.connection,
        {
            "flow": report.flow,
            "batch": report.batch,
            "what": arguments["what"],
            "generated": arguments["generated"],
            "report": {**result, **kept},
            "author": unit.actor.person,
            "at": unit.now,
        },
    )
    told = {name: result[name] for name in ("batch", "snapshot", "read", "added", "duplicates", "rejected")}
    after = {**told, "what": arguments["what"], "file": arguments["name"]}
    if report.farthest is not None:
        after |= {name: result[name] for name in ("ahead", "farthest")}
    if "sha256" in arguments:
        after["sha256"] = arguments["sha256"]
    if arguments["generated"]:
        after["generated"] = True
    if replaced is not None:
        after["names_replaced"] = dict(replaced)
    unit.note(Tag.TELEMETRY_IMPORTED, kind="template", id=report.flow, after=after)
    return result


def imported(report: ImportReport, left: Sequence[Unread], old: Stray | None = None) -> Imported:
    """Return what an import did, as people see it; ``left`` are the kinds of event that no signal names.

    ``old`` lies years before the others.
    """
    return Imported(
        unread=tuple(left[:UNREAD_SHOWN]),
        unread_kinds=len(left),
        flow=report.flow,
        batch=report.batch,
        snapshot=report.snapshot if report.version else None,
        changed=report.changed,
        read=report.read,
        added=report.added,
        duplicates=report.duplicates,
        late=report.late,
        ahead=report.ahead,
        farthest=report.farthest,
        **far_before(old),
        rejected=report.rejected,
        reject_file=rejects_address(report.flow, report.batch) if report.rejected else None,
        reject_sample=tuple(Reject(**reject._asdict()) for reject in report.reject_sample),
        unread_columns=report.unread,
        withdrawn=report.withdrawn,
        first=report.first,
        last=report.last,
    )


def stray_of(ctx: Context, flow: str, reports: Iterable[ImportReport], *, points: bool = False) -> Stray | None:
    """Return what of the events, or ``points``, of a flow lies years before the others, where rows of imports do."""
    oldest = min((one.oldest for one in reports if one.oldest is not None), default=None)
    if oldest is None or oldest > datetime.now(UTC) - FAR:
        return None
    held = ctx.lake.metrics_snapshot(flow) if points else ctx.lake.snapshot(flow)
    found = stray(held, memory_limit=ctx.settings.memory_limit, points=points)
    return found if found and oldest < found.begins else None


def far_before(old: Stray | None) -> dict[str, Any]:
    """Return as answers tell it how much lies years before the others, the oldest of it, and where these begin."""
    return {"stray": 0} if old is None else {"stray": old.events, "oldest": old.oldest, "begins": old.begins}


def rejects_address(flow: str, batch: str) -> str:
    """Return where the API serves the rejected rows of an import."""
    return f"/api/v1/flows/{flow}/imports/{batch}/rejects"
