"""Rows of pulls that could not be taken: how many, why and where, and since when where not one could be."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bos.actions.imported import rejects_address
from bos.actions.taken import commonest
from bos.errors import InputError
from bos.model.standing import why
from bos.store import pulls
from bos.store.engine import reading
from bos.telemetry.ingest import REASONS_SHOWN
from bos.telemetry.merge import CHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from bos.actions.context import Context
    from bos.actions.pull_windows import Pull
    from bos.actions.unit import Unit
    from bos.telemetry.report import ImportReport

WAYS_BACK = ("since", "start")


def nothing_taken(ctx: Context, flow: str, signal: str, start: datetime, reports: Sequence[ImportReport]) -> None:
    """Return where a row of a pull that begins at ``start`` could be taken, or none was read.

    Raises:
        InputError: none could be, though there were rows; it says since when (``details.since``), and which way back.
    """
    read = sum(one.read for one in reports)
    rejected = sum(one.rejected - one.reasons.get(CHANGED, 0) for one in reports)
    if not read or rejected < read:
        return
    with reading(ctx.engine) as session:
        known = _left(pulls.of_flow(session, flow).get(signal))
    since = min(start, known.get("since", start)).isoformat()
    found, worst = _told_of(reports), max(reports, key=lambda one: one.rejected)
    words = why(found["reasons"], read)
    raise InputError(
        f"No row that was read can be taken: {words}.",
        where="binding",
        hint=f"Check which column is which (the mapping of the signal's binding), then read them again: on the page "
        f"Connections, or by bos connector run {flow} --signal {signal} --since {since}. "
        f"bos telemetry rejects {flow} {worst.batch} prints the rows.",
        details={
            **found,
            "since": since,
            "batch": worst.batch,
            "reject_file": rejects_address(flow, worst.batch),
            "reject_sample": [one._asdict() for one in worst.reject_sample],
        },
    )


def note_read(unit: Unit, flow: str, pull: Pull, reports: Sequence[ImportReport]) -> dict[str, Any]:
    """Note that a signal was read up to the end of a pull, by these imports, and return what is told of their rows.

    That not one could be taken before stays wrong until there is a row again. From when on rows are to be read again is
    known until a pull that had rows began there or before: where it took all, none is told of any more.
    """
    signal, upto = pull.signal, pull.end
    row = pulls.of_flow(unit.connection, flow).get(signal)
    added, read = sum(one.added for one in reports), sum(one.read for one in reports)
    before, found, left = _run(row), _told_of(reports), _left(row, pull if read else None)
    problem = "" if read else str(before.get("problem", ""))
    pulls.note(unit.connection, flow, signal, upto=upto, at=unit.now, added=added, problem=problem)
    if found["rejected"]:
        start = min(pull.start, left.get("start", pull.start))
        _note(unit, flow, signal, found, left | {"start": start})
    elif row is not None and row.rejected and read:
        told = {name: value for name, value in row.rejected.items() if name not in ("problem", *WAYS_BACK)}
        pulls.rejected(unit.connection, flow, signal, {**told, **_written(left)} if left else None)
    return {"read": read, "added": added, **found}


def note_nothing(unit: Unit, flow: str, signal: str, found: Mapping[str, Any], problem: str) -> None:
    """Note of a signal that not one row could be taken, as the details of :func:`nothing_taken` tell it."""
    left = _left(pulls.of_flow(unit.connection, flow).get(signal))
    _note(unit, flow, signal, found, left | {"since": datetime.fromisoformat(found["since"])}, problem=problem)


def _told_of(reports: Sequence[ImportReport]) -> dict[str, Any]:
    """Return what is told of imports whose rows were rejected: how many in all, the commonest reasons, and where."""
    wrong = sorted((one for one in reports if one.rejected), key=lambda one: -one.rejected)
    reasons = Counter[str]()
    for one in wrong:
        reasons.update(one.reasons)
    return {
        "rejected": sum(one.rejected for one in wrong),
        "reasons": commonest(reasons),
        "batches": tuple(one.batch for one in wrong[:REASONS_SHOWN]),
    }


def _note(
    unit: Unit, flow: str, signal: str, found: Mapping[str, Any], left: Mapping[str, datetime], **more: str
) -> None:
    told = {"rows": found["rejected"], "reasons": dict(found["reasons"]), "batches": [*found["batches"]]}
    pulls.rejected(unit.connection, flow, signal, {**told, "at": unit.now.isoformat(), **_written(left), **more})


def _left(row: Row[Any] | None, pull: Pull | None = None) -> dict[str, datetime]:
    """Return from when on rows wait to be read again, of earlier pulls, without what a pull has read again.

    ``since`` of which not one could be taken, ``start`` of which some could be.
    """
    told = (row.rejected or {}) if row is not None else {}
    moments = {name: datetime.fromisoformat(told[name]) for name in WAYS_BACK if told.get(name)}
    return {name: moment for name, moment in moments.items() if pull is None or moment < pull.start}


def _written(left: Mapping[str, datetime]) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in left.items()}


def _run(row: Row[Any] | None) -> dict[str, Any]:
    """Return what is known of rows of which none could be taken, where nothing else was read since."""
    return row.rejected if row is not None and row.rejected and row.rejected.get("problem") else {}
