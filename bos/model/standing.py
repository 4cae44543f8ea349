"""What is to be said of what came, in a sentence: of a file, a delivery; the same on the page and in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.model.moments import day, instant
from bos.model.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.model.answers.connections import IncomingRow, ReadAgain, ReceivedStanding
    from bos.model.answers.files import FileStanding
    from bos.model.answers.pulls import Pulled


NAMES = 20
"""How many columns are named in a sentence."""


def standing(file: FileStanding) -> str:
    """Return why a file is not taken, or when it was, and what it brought. Times are UTC."""
    if file.problem:
        return f"{file.name} is not taken: {file.problem}"
    if file.changed_at is None:
        return f"{file.name} was taken {instant(file.at, 'UTC')} UTC: {account(file)}."
    again = f"{file.name} changed after it was taken; it was taken again, {instant(file.changed_at, 'UTC')} UTC"
    return f"{again}: {account(file)}."


def account(file: FileStanding) -> str:
    """Return what a file that was taken brought."""
    rows = [f"{counted(file.read, 'row')} read"]
    rows += [f"{file.added:,} new"] if file.added is not None else []
    rows += [f"{file.duplicates:,} already there"] if file.duplicates else []
    rows += [f"{file.rejected:,} rejected"] if file.rejected else []
    said = [", ".join(rows)]
    said += [rejected(file.reasons, file.rejected, file.batch)] if file.rejected else []
    said += [ahead(file.ahead, file.farthest)] if file.farthest is not None else []
    said += [f"columns not read: {few(file.unread_columns)}"] if file.unread_columns else []
    said += ["it was taken with an earlier mapping"] if file.earlier else []
    said += [_short(file.short)] if file.short else []
    said += [gone(file)] if file.gone_at is not None and (file.earlier or file.short) else []
    return "; ".join(said)


def ahead(many: int, farthest: datetime) -> str:
    """Return how many rows that came lie in the future, and how far. Times are UTC."""
    rows = "1 row lies" if many == 1 else f"{many:,} rows lie"
    return f"{rows} in the future, the latest {instant(farthest, 'UTC')} UTC"


def lies_ahead(many: int, newest: datetime, zone: str, what: str = "event") -> str:
    """Return how many events, or others of a name, lie in the future, and how far, on the clock of a zone."""
    if many == 1:
        return f"1 {what} of {day(newest, zone)} lies in the future"
    return f"{many:,} {what}s lie in the future, the latest of {day(newest, zone)}"


def lies_before(many: int, oldest: datetime, zone: str, what: str = "event") -> str:
    """Return how many events, or others of a name, lie years before the others, and how far, on the clock of a zone."""
    if many == 1:
        return f"1 {what} of {day(oldest, zone)} lies years before the others"
    return f"{many:,} {what}s lie years before the others, the oldest of {day(oldest, zone)}"


def gone(file: FileStanding) -> str:
    """Return that a file was not in its folder when that was last looked at. Times are UTC."""
    looked = f" {instant(file.gone_at, 'UTC')} UTC" if file.gone_at else ""
    return f"it was not in the folder, or not whole, at the last look{looked}"


def reread(done: ReadAgain) -> str:
    """Return what came of the rows of a file that was read again."""
    return (
        f"{counted(done.withdrawn, 'row')} withdrawn; {done.read:,} read, {done.added:,} added, "
        f"{done.duplicates:,} there by another, {done.rejected:,} rejected."
    )


def repulled(done: Pulled) -> str:
    """Return what came of the rows of signals that were pulled again."""
    told = []
    for one in done.signals:
        known = one.read - one.added - one.rejected
        said = [
            f"{counted(one.read, 'row')} read, {one.added:,} added",
            *([f"{known:,} known already"] if known else []),
        ]
        why_not = f": {why(one.reasons, one.rejected)}" if one.reasons else ""
        said += [f"{one.rejected:,} that could not be taken{why_not}"] if one.rejected else []
        told.append(f"{', '.join(said)}.")
    return " ".join(told)


def rejected(reasons: Mapping[str, int], rows: int, batch: str) -> str:
    """Return why rows were rejected, where that is known, and where they are."""
    kept = f"rejected rows are kept apart as those of the import {batch}"
    return f"{kept}: {why(reasons, rows)}" if reasons else kept


def untaken(flow: str, rows: int, reasons: Mapping[str, int], batches: Sequence[str]) -> str:
    """Return how many rows of a pull could not be taken, why, where that is known, and how they are looked at."""
    words = f"{counted(rows, 'row')} could not be taken"
    said = [f"{words}: {why(reasons, rows)}." if reasons else f"{words}."]
    said += [f"bos telemetry rejects {flow} {batch} prints them." for batch in batches[:1]]
    said += [f"Others: {', '.join(batches[1:])}."] if batches[1:] else []
    return " ".join(said)


def read_again(flow: str, signal: str, since: datetime) -> str:
    """Return how rows of a signal that could not be taken are read again."""
    way = f"bos connector run {flow} --signal {signal} --since {since.isoformat()}"
    return f"They can be read again from then on: {way}"


def _short(other: str) -> str:
    words = f"some of its rows may have been withdrawn with {other}, which had them first and was read again"
    return f"{words}: read this one again, too"


def few(names: Sequence[str]) -> str:
    """Return names, those of the first that a sentence has room for."""
    more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
    return f"{', '.join(names[:NAMES])}{more}"


def outdated(many: int) -> str:
    """Return that so many files were taken with an earlier mapping."""
    files = "1 file was" if many == 1 else f"{many:,} files were"
    return f"{files} taken with an earlier mapping."


def delivered(row: IncomingRow) -> str:
    """Return why a delivery cannot be read, which rows and fields it lacked, or which lie ahead; empty: all is well."""
    if row.problem:
        return row.problem
    said = [f"{_lost(row.read, row.rejected, row.reasons)}."] if row.rejected else []
    said += [_absent(row.absent)] if row.absent else []
    said += [f"{ahead(row.ahead, row.farthest)}."] if row.farthest is not None else []
    return " ".join(said)


def lost(found: ReceivedStanding) -> str:
    """Return which rows of the last week's deliveries of a connection were not taken, which fields none had."""
    said = [f"{_lost(found.read, found.rejected, found.reasons)}."] if found.rejected else []
    said += [_absent(found.absent)] if found.absent else []
    words = " ".join(said)
    return f"Of the last week, {words[0].lower()}{words[1:]}" if words else ""


def turned_away(found: ReceivedStanding) -> str:
    """Return when somebody who sent was last turned away, and why; nothing where nobody was.

    Before anybody was let in, that is why the connection fails, and is told so. Times are UTC.
    """
    if found.refused_at is None or found.at is None:
        return ""
    return f"Somebody was turned away last {instant(found.refused_at, 'UTC')} UTC. {found.refused}".rstrip()


def _absent(names: Sequence[str]) -> str:
    return f"No row had {few([repr(name) for name in names])}, which the mapping names."


def _lost(read: int, rejected: int, reasons: Mapping[str, int]) -> str:
    words = f"{rejected:,} of {counted(read, 'row')} cannot be read and are kept apart, as those of an import"
    return f"{words}: {why(reasons, rejected)}" if reasons else words


def why(reasons: Mapping[str, int], rows: int) -> str:
    """Return why so many rows were rejected: of these reasons, and how many of others, so that all are named."""
    said = [f"{reason} ({count:,})" for reason, count in reasons.items()]
    other = rows - sum(reasons.values())
    return ", ".join([*said, f"other reasons ({other:,})"] if other > 0 else said)
