"""What an archive says of itself, so that a restore can be held against it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

FORMAT = "bos-backup-1"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LakeTable(_Frozen):
    """A table of the lake: which, at which version, with how many rows in it; ``files`` and ``bytes`` of all versions.

    ``missing`` are data files its log names that were not there: damaged before the backup was made.
    """

    kind: str
    flow: str
    version: int
    rows: int
    files: int
    bytes: int
    missing: tuple[str, ...] = ()


class Manifest(_Frozen):
    """An archive: when it was made (UTC) and by which BOS, and what is in it.

    ``migration`` is that of the database, ``server`` the major version of its PostgreSQL; ``tables`` has the rows of
    each table, ``dumped_by`` that of ``pg_dump``; ``entries`` and ``head`` the journal's number of entries and the hash
    of the last.
    """

    format: str = FORMAT
    backup: str
    made_at: datetime
    bos: str
    migration: str
    server: int
    dumped_by: int
    tables: dict[str, int]
    entries: int
    head: str
    lake: tuple[LakeTable, ...]

    @property
    def missing(self) -> list[str]:
        """Return the files of the lake that were missing already."""
        return [f"{one.kind}/{one.flow}/{name}" for one in self.lake for name in one.missing]
