"""What trying a binding came to, in sentences: the same on the page and in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bos.model.answers.trying import TriedSignal


def summary(found: TriedSignal) -> str:
    """Return in one sentence how much was read, and how much of it would be stored."""
    what = "events" if found.events else "points"
    if found.spanless:
        words = "No whole span that the query counts by, such as a day, lies in the time that was asked for"
        return f"{words}, so nothing was read. Ask for one that holds a whole span, such as a day from its midnight on."
    when = f"{found.start:%Y-%m-%d %H:%M} to {found.end:%Y-%m-%d %H:%M} UTC"
    if not found.read:
        return f"From {when} the system has no row by this query."
    read = f"{'The first ' if found.more else ''}{found.read:,} {'row' if found.read == 1 else 'rows'} from {when}"
    if found.problem:
        return f"{read}: none can be mapped. {found.problem} {found.hint}".strip()
    return f"{read}: {found.taken:,} would become {what}. Nothing was stored."


def remarks(found: TriedSignal) -> list[str]:
    """Return what else there is to know: why rows become nothing, what is not of the signal, what is not shown."""
    said = [f"{one.rows:,} {'row becomes' if one.rows == 1 else 'rows become'} nothing: {one.reason}."
            for one in found.reasons]  # fmt: skip
    if found.events and found.counted < found.taken:
        others = f"{found.taken - found.counted:,} of the events are not of this signal"
        said.append(f"{others}: they have another name, or other values than it is narrowed to.")
    said += found.notes
    if found.hidden:
        names = ", ".join(found.hidden)
        said.append(f"Rows may name persons, so no value is shown of columns that no field takes: {names}.")
    return said
