"""Files that arrive in folders: what became of each, and what a look at a folder came to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from bos.model.answers.page import Answer


class FileStanding(Answer):
    """What became of a file of a folder. Times are UTC.

    ``problem``: why it is not taken; empty for one that was taken. ``changed_at``: when it was found with another
    content than was taken before, which was taken, too. Of the ``read`` rows of its content so many were ``added``,
    were there already (``duplicates``), could not be read (``rejected``); where that was not kept yet when it was
    taken, the first two are nothing. ``unread_columns`` are those that the mapping does not name; ``earlier``: it was
    taken with another mapping, zone, currency or signal than its connection and flow have now. ``short``: the file
    that was read again since, with which rows were withdrawn that may be this one's, too; reading this one again
    brings them back. ``reasons`` has of each reason how many rows were rejected, the commonest first, five at most, for
    who may read single rows of the flow; those rows are kept as those of the import ``batch``. ``gone_at``: when the
    folder was last looked at, where the file was not in it then, or not whole. ``ahead``: rows that lie more than a day
    in the future, as seen from when it was taken; the latest of them is ``farthest``.
    """

    flow: str
    connection: str = ""
    name: str
    problem: str
    at: datetime
    changed_at: datetime | None = None
    read: int = 0
    added: int | None = None
    duplicates: int | None = None
    rejected: int = 0
    unread_columns: tuple[str, ...] = ()
    earlier: bool = False
    short: str = ""
    batch: str = ""
    reasons: dict[str, int] = Field(default_factory=dict)
    gone_at: datetime | None = None
    ahead: int = 0
    farthest: datetime | None = None


class TakenFile(Answer):
    """What came of a file: ``taken``, ``known`` since it was taken before, or not, with the ``problem``.

    ``refused``: it cannot be read as telemetry. ``waiting``: it could not be read now, or changed meanwhile.
    ``changed``: another content was taken under its name before. Of the ``read`` rows so many were ``added``, were
    there already (``duplicates``), could not be read (``rejected``); ``unread_columns`` the mapping does not name.
    ``reasons`` are those of the rejected rows, the commonest first, five at most; they are kept as those of ``batch``.
    ``ahead``: new rows that lie more than a day in the future; the latest of them is ``farthest`` (UTC).
    """

    name: str
    sha256: str
    state: Literal["taken", "known", "refused", "waiting"]
    problem: str = ""
    changed: bool = False
    read: int
    added: int
    rejected: int
    duplicates: int = 0
    unread_columns: tuple[str, ...] = ()
    batch: str = ""
    reasons: dict[str, int] = Field(default_factory=dict)
    ahead: int = 0
    farthest: datetime | None = None


class TakenFiles(Answer):
    """What came of the files that had arrived over a connection."""

    flow: str
    connection: str
    files: tuple[TakenFile, ...]
