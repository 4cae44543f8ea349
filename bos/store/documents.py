"""Documents and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, tuple_, update

from bos.model.version import digest
from bos.store.tables import document, version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    Found = Row[Any]


AUTHORS = ", "
"""What stands between the ids of the people whose deed a version is."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document. ``head`` is the number of the live one, ``retired`` whether that is read-only."""

    kind: str
    id: str
    version: int
    doc: dict[str, Any]
    sha256: str
    author: str
    rationale: str
    at: datetime
    cause: str
    words: tuple[str, ...]
    head: int
    retired: bool

    @property
    def authors(self) -> tuple[str, ...]:
        """Everyone whose deed it is."""
        return tuple(self.author.split(AUTHORS))


_JOINED = (
    select(version, document.c.head, document.c.retired)
    .select_from(document)
    .join(version, and_(version.c.kind == document.c.kind, version.c.id == document.c.id))
)


_HEAD = _JOINED.where(
    document.c.kind == bindparam("of_kind"), document.c.id == bindparam("of_id"), version.c.n == document.c.head
)


def head(connection: Connection, kind: str, id_: str) -> Version | None:
    """Return the live version of a document, retired ones too, or nothing."""
    row = connection.execute(_HEAD, {"of_kind": kind, "of_id": id_}).first()
    return _version(row) if row else None


def heads(connection: Connection, kind: str, ids: Iterable[str]) -> dict[str, Version]:
    """Return the live versions of documents by id, retired ones too, in the order asked; without those not there."""
    asked = list(dict.fromkeys(ids))
    mine = and_(document.c.kind == kind, document.c.id.in_(asked), version.c.n == document.c.head)
    found = {row.id: _version(row) for row in connection.execute(_JOINED.where(mine))} if asked else {}
    return {id_: found[id_] for id_ in asked if id_ in found}


def numbered(connection: Connection, kind: str, id_: str, n: int) -> Version | None:
    """Return one version of a document, or nothing."""
    return _one(connection, _of(kind, id_).where(version.c.n == n))


def at_moment(connection: Connection, kind: str, id_: str, moment: datetime) -> Version | None:
    """Return the version that was live at a moment, or nothing where there was none yet."""
    query = _of(kind, id_).where(version.c.at <= moment).order_by(version.c.n.desc()).limit(1)
    return _one(connection, query)


def history(connection: Connection, kind: str, id_: str, *, before: int | None, limit: int) -> list[Version]:
    """Return versions, newest first; those below ``before``."""
    query = _of(kind, id_).order_by(version.c.n.desc()).limit(limit)
    if before is not None:
        query = query.where(version.c.n < before)
    return [_version(row) for row in connection.execute(query)]


def every_version(connection: Connection, kind: str, id_: str) -> Iterator[Version]:
    """Yield the versions of a document, oldest first, a few in memory at a time."""
    query = _of(kind, id_).order_by(version.c.n)
    for row in connection.execute(query.execution_options(yield_per=20)):
        yield _version(row)


def ids(connection: Connection, kind: str) -> list[str]:
    """Return the ids of the documents of a kind that are not retired."""
    query = select(document.c.id).where(document.c.kind == kind, document.c.retired.is_(False)).order_by(document.c.id)
    return list(connection.execute(query).scalars())


def live(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Version]:
    """Return the live versions of several documents that are not retired."""
    wanted = sorted(set(names))
    if not wanted:
        return {}
    query = _JOINED.where(
        version.c.n == document.c.head,
        document.c.retired.is_(False),
        tuple_(document.c.kind, document.c.id).in_(wanted),
    )
    return {(row.kind, row.id): _version(row) for row in connection.execute(query)}


def add_version(
    connection: Connection,
    kind: str,
    id_: str,
    doc: dict[str, Any],
    *,
    n: int,
    author: str,
    rationale: str,
    at: datetime,
    cause: str,
    words: Sequence[str],
    retired: bool = False,
) -> None:
    """Write version ``n`` of a document and make it the live one; the first makes the document."""
    key = {"kind": kind, "id": id_}
    if n == 1:
        connection.execute(insert(document).values(**key, head=1, retired=retired))
    else:
        mine = and_(document.c.kind == kind, document.c.id == id_)
        connection.execute(update(document).where(mine).values(head=n, retired=retired))
    connection.execute(
        insert(version).values(
            **key,
            n=n,
            doc=doc,
            sha256=digest(doc),
            author=author,
            rationale=rationale,
            at=at,
            cause=cause,
            words=list(words),
        )
    )


def _of(kind: str, id_: str) -> Select[Any]:
    return _JOINED.where(document.c.kind == kind, document.c.id == id_)


def _one(connection: Connection, query: Select[Any]) -> Version | None:
    row = connection.execute(query).first()
    return _version(row) if row else None


def _version(row: Found) -> Version:
    return Version(
        row.kind,
        row.id,
        row.n,
        row.doc,
        row.sha256,
        row.author,
        row.rationale,
        row.at,
        row.cause,
        tuple(row.words),
        row.head,
        row.retired,
    )
