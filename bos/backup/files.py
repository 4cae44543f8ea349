"""The files of a home in a backup: the lake at one version of each table, packs, notebooks, uploads that wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from bos.backup.manifest import LakeTable
from bos.errors import Invalid
from bos.telemetry.staging import is_working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bos.telemetry.lake import Lake
    from bos.telemetry.table import Kind, Table

LAKE = "lake"
FOLDERS = ("rejects", "reports", "notebooks", "staging")
"""What is copied whole; in ``staging`` uploads come and go."""
KEYS = ("token", "journal.key", "session.key", "pseudonym.key", "secrets.key", "demo")
"""What opens or signs something, or lets one person act as many, and is kept apart."""
KINDS: tuple[Kind, ...] = ("events", "metrics")

_LOG = re.compile(r"(\d{20})\.(json|checkpoint.*\.parquet)")
_PART = re.compile(r"[^/\0]+")


def lake_tables(lake: Lake) -> list[tuple[LakeTable, list[Path]]]:
    """Return each table of the lake as it is now, with the files that make up all its versions until then.

    What is written later is left out. Raises Unavailable: a table cannot be read.
    """
    return [_table(lake.table(flow, kind)) for kind in KINDS for flow in lake.flows(kind)]


def _table(table: Table) -> tuple[LakeTable, list[Path]]:
    now = table.logged()
    log = [path for path in (table.path / "_delta_log").iterdir() if _is_until(path.name, now.version)]
    named = [table.path / name for name in sorted(table.ever_named(now.version))]
    there = [path for path in named if path.is_file()]
    about = LakeTable(
        kind=table.kind,
        flow=table.flow,
        version=now.version,
        rows=now.events,
        files=len(log) + len(there),
        bytes=sum(path.stat().st_size for path in (*log, *there)),
        missing=tuple(path.name for path in named if path not in there),
    )
    return about, [*sorted(log), *there]


def _is_until(name: str, version: int) -> bool:
    found = _LOG.fullmatch(name)
    return found is not None and int(found[1]) <= version


def others(home: Path) -> Iterator[Path]:
    """Yield the other files of a home that a backup has; not what is being received or worked with, nor links."""
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            if name == "staging" and is_working(path.relative_to(home / name).parts[0]):
                continue
            if path.is_file() and not path.is_symlink() and path.name != ".part":
                yield path


def safe(name: str) -> str:
    """Return the name of a file in an archive.

    Raises:
        Invalid: it would be written somewhere else than into what a home has.
    """
    parts = name.split("/")
    if parts[0] not in {LAKE, *FOLDERS} or len(parts) == 1 or not all(_is_part(part) for part in parts):
        raise Invalid("The archive has a file that belongs into no home.", where=name[:200], code="damaged")
    return name


def _is_part(part: str) -> bool:
    return part not in {".", ".."} and _PART.fullmatch(part) is not None


def differs(lake: Lake, told: LakeTable) -> str:
    """Return what is not as it was told of a table, or nothing; the rows are counted in the files themselves."""
    kind: Kind = "events" if told.kind == "events" else "metrics"
    table = lake.table(told.flow, kind)
    name = f"{told.kind} of {told.flow}"
    if not table.exists() or table.logged().version != told.version:
        return f"The {name} are not at version {told.version}."
    members = [member for member in table.members() if member.name not in told.missing]
    gone = [member for member in members if not (table.path / member.name).is_file()]
    if gone:
        return f"Of the {name} {len(gone)} files are missing."
    if told.missing:
        return ""
    rows = sum(pq.ParquetFile(member.path).metadata.num_rows for member in members)
    return "" if rows == told.rows else f"The {name} have {rows} rows, not {told.rows}."
