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
        known = _since(pulls.of_flow(session, flow).get(signal))
    since = min(start, known or start).isoformat()
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

    That not one could be taken before stays wrong until there is a row again. Since when is known until a pull that
    had rows began there or before: it read them again, and where it took all, none is told of any more, nor are those
    of a pull that took some.
    """
    signal, upto = pull.signal, pull.end
    row = pulls.of_flow(unit.connection, flow).get(signal)
    added, read = sum(one.added for one in reports), sum(one.read for one in reports)
    before, found, since = _run(row), _told_of(reports), _since(row)
    kept = {"since": since.isoformat()} if since is not None and not (read and pull.start <= since) else {}
    problem = "" if read else str(before.get("problem", ""))
    pulls.note(unit.connection, flow, signal, upto=upto, at=unit.now, added=added, problem=problem)
    if found["rejected"]:
        _note(unit, flow, signal, found, start=pull.start.isoformat(), **kept)
    elif row is not None and row.rejected and read:
        first = since or _moment(row, "start")
        again = first is not None and pull.start <= first  # all of them were read again, and taken
        left = {name: value for name, value in row.rejected.items() if name != "problem"}
        pulls.rejected(unit.connection, flow, signal, None if again else left)
    return {"read": read, "added": added, **found}


def note_nothing(unit: Unit, flow: str, signal: str, found: Mapping[str, Any], problem: str) -> None:
    """Note of a signal that not one row could be taken, as the details of :func:`nothing_taken` tell it."""
    _note(unit, flow, signal, found, since=found["since"], problem=problem)


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


def _note(unit: Unit, flow: str, signal: str, found: Mapping[str, Any], **more: str) -> None:
    told = {"rows": found["rejected"], "reasons": dict(found["reasons"]), "batches": [*found["batches"]]}
    pulls.rejected(unit.connection, flow, signal, {**told, "at": unit.now.isoformat(), **more})


def _since(row: Row[Any] | None) -> datetime | None:
    """Return from when on not one row could be taken that nothing has read again yet, where there are any."""
    return _moment(row, "since")


def _moment(row: Row[Any] | None, name: str) -> datetime | None:
    told = (row.rejected or {}).get(name) if row is not None else None
    return datetime.fromisoformat(told) if told else None


def _run(row: Row[Any] | None) -> dict[str, Any]:
    """Return what is known of rows of which none could be taken, where nothing else was read since."""
    return row.rejected if row is not None and row.rejected and row.rejected.get("problem") else {}
