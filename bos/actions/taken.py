"""What was taken: the files of folders by name, what each brought, and whether it was read otherwise than now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bos.actions import declared
from bos.actions.arriving import readings_now
from bos.actions.rights import WITHHELD, may_read_rows, permit_flow
from bos.actions.submission import missing
from bos.auth.policy import allow
from bos.errors import UsageError
from bos.model.answers.files import FileStanding
from bos.model.answers.page import Page
from bos.store import documents, jobs, taken_files
from bos.store.engine import reading
from bos.telemetry.ingest import REASONS_SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.auth.actor import Actor

TAKING = declared.TAKE.name
"""The task of a job that looks at a folder, and takes what is new in it."""
MOST = 1000
"""How many files are told at most."""

Ways = dict[tuple[str, str], tuple[dict[str, Any], ...]]
"""By which readings the files of a connection would be read into a flow now."""
Looks = dict[tuple[str, str], tuple[datetime, frozenset[str]]]
"""When the folder of a connection was last looked at for a flow, and which files were in it."""


def listing(ctx: Context, actor: Actor, flow: str, *, connection: str | None, limit: int) -> Page[FileStanding]:
    """Return what became of the files that came into a flow, newest first, those that are not taken before all.

    Raises:
        NotFound: there is no such flow.
        UsageError: the limit is wrong.
    """
    allow(actor, "telemetry.read")
    if not 0 < limit <= MOST:
        raise UsageError(f"A limit is 1 to {MOST}.", where="limit", hint="Ask for fewer.")
    with reading(ctx.engine) as session:
        permit_flow(session, actor, "telemetry.read", flow)
        if documents.head(session, "template", flow) is None:
            raise missing("template", flow)
        rows = taken_files.listing(session, flow, connection, limit=limit)
        now = present(session, {(row.connection, flow) for row in rows})
        whole = may_read_rows(session, actor, flow)
    return Page(items=tuple(standing_of(row, now, whole=whole) for row in rows))


@dataclass(frozen=True, slots=True)
class Present:
    """How it stands now: by what files would be read, and what was in the folders at the last look."""

    ways: Ways
    looks: Looks

    def gone_at(self, row: Row[Any]) -> datetime | None:
        """Return when the folder of a file was last looked at, where the file was not there."""
        at, names = self.looks.get((row.connection, row.flow), (None, frozenset[str]()))
        return None if row.name in names else at


def present(session: Connection, pairs: set[tuple[str, str]]) -> Present:
    """Return how it stands now with the files of each connection and flow."""
    found = {(connection, flow): jobs.newest_done(session, TAKING, flow, connection) for connection, flow in pairs}
    looks = {
        pair: (row.finished_at, frozenset(file["name"] for file in row.result["files"]))
        for pair, row in found.items()
        if row is not None
    }
    return Present(ways(session, pairs), looks)


def ways(session: Connection, pairs: set[tuple[str, str]]) -> Ways:
    """Return of each connection and flow by which readings files would be read now."""
    systems = documents.heads(session, "connection", sorted({connection for connection, _ in pairs}))
    flows = documents.heads(session, "template", sorted({flow for _, flow in pairs}))
    return {
        (connection, flow): readings_now(flows[flow].doc, systems[connection].doc["settings"])
        for connection, flow in pairs
        if connection in systems and flow in flows
    }


def outdated(session: Connection) -> list[Row[Any]]:
    """Return the readings of connections into flows that are none of now, each with how ``many`` files it took."""
    rows = taken_files.readings(session)
    now = ways(session, {(row.connection, row.flow) for row in rows})
    return [row for row in rows if _differs(row.reading, now.get((row.connection, row.flow), ()))]


def _differs(then: Mapping[str, Any] | None, now: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a reading, where it is known, is none of those of now, where they are."""
    return then is not None and bool(now) and then not in now


def commonest(reasons: Mapping[str, int]) -> dict[str, int]:
    """Return of the commonest reasons how many rows were rejected, the commonest first."""
    return dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:REASONS_SHOWN])


def standing_of(row: Row[Any], now: Present, *, whole: bool) -> FileStanding:
    """Return what is to be said of a file; why may quote its first row, so ``whole`` is for who reads single rows."""
    report = row.report or {}
    return FileStanding(
        flow=row.flow,
        connection=row.connection,
        name=row.name,
        problem=row.problem if whole or not row.problem else WITHHELD,
        at=row.at,
        changed_at=row.changed_at,
        read=report.get("read", row.read),
        added=report.get("added"),
        duplicates=report.get("duplicates"),
        rejected=report.get("rejected", row.rejected),
        unread_columns=tuple(report.get("unread_columns", ())),
        short=report.get("short", ""),
        batch=row.batch,
        reasons=commonest(report.get("reasons", {})) if whole else {},
        earlier=_differs(
            {} if report.get("stale") else report.get("reading"), now.ways.get((row.connection, row.flow), ())
        ),
        gone_at=now.gone_at(row),
        ahead=report.get("ahead", 0),
        farthest=report.get("farthest"),
    )
