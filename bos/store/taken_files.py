"""What became of the files that arrived over a connection, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, cast, delete, func, literal, literal_column, not_, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from bos.store.tables import batch
from bos.store.tables_connections import taken_file as table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_BOTH = table.outerjoin(batch, and_(batch.c.flow == table.c.flow, batch.c.batch == table.c.batch))
_WHOLE = select(table, batch.c.report).select_from(_BOTH)
"""What became of files, with the record of the import of their content, where it is kept."""
_SHORT = "short"
"""What the record of an import says where rows that it had found there already were withdrawn: with which file."""
_READING = literal_column(
    "CASE WHEN batch.report ? 'stale' THEN '{}'::jsonb ELSE batch.report -> 'reading' END", JSONB
).label("reading")
"""By what a file was read; by nothing of now where rows of what it had said before may be there, read otherwise."""


def of_flow(session: Connection, connection: str, flow: str) -> dict[str, Row[Any]]:
    """Return what became of the files of a connection in a flow, by their names."""
    wanted = select(table).where(table.c.connection == connection, table.c.flow == flow)
    return {row.name: row for row in session.execute(wanted)}


def write(session: Connection, values: dict[str, Any]) -> None:
    """Write what became of a file."""
    keys = ("connection", "flow", "name")
    change = {name: value for name, value in values.items() if name not in keys}
    session.execute(insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=change))


def read_again(session: Connection, flow: str, sha256: str, values: dict[str, Any]) -> None:
    """Write what a content came to that was read again, under each of its names."""
    session.execute(update(table).where(table.c.flow == flow, table.c.sha256 == sha256).values(values))


def mark_short(session: Connection, flow: str, what: str, root: str, name: str, moments: Iterable[str]) -> list[str]:
    """Say of imports into a flow that rows they found there already may be gone, with a file read again that lost some.

    That is so of what came since the content of the file (``root`` is the batch of its first reading) and had rows that
    were taken in when rows of that content were (``moments``, ISO 8601); of imports that do not say when, of all that
    had rows that were there. Returns by what names they are known.
    """
    own = or_(batch.c.batch == root, batch.c.batch.startswith(f"{root}-", autoescape=True))
    since = select(func.min(batch.c.at)).where(batch.c.flow == flow, own).scalar_subquery()
    had = batch.c.report["duplicates"].as_integer() > 0
    newest = select(table.c.batch).where(table.c.flow == flow)
    still = or_(batch.c.batch.in_(newest), not_(batch.c.batch.startswith("file-")))
    shared = batch.c.report["shared"]
    unknown = func.coalesce(func.jsonb_typeof(shared), "null") != "array"
    these = or_(unknown, shared.has_any(cast(list(moments), ARRAY(Text))))
    mark = cast(func.jsonb_build_object(_SHORT, cast(name, Text)), JSONB)
    change = update(batch).where(
        batch.c.flow == flow, batch.c.what == what, not_(own), batch.c.at >= since, had, still, these
    )
    marked = change.values(report=batch.c.report.concat(mark)).returning(batch.c.report["file"].astext)
    return sorted(set(session.execute(marked).scalars()))


def contents(session: Connection, connection: str, flow: str, name: str, root: str) -> tuple[str, ...]:
    """Return the batches of the first readings of what a file had said before, not of what it says (``root``).

    What another file says now is none of them.
    """
    first = _first(batch.c.batch)
    same = and_(batch.c.report["connection"].astext == connection, batch.c.report["file"].astext == name)
    held = select(_first(table.c.batch)).where(table.c.flow == flow, table.c.batch != "")
    wanted = select(first).distinct().where(batch.c.flow == flow, same, first != root, first.not_in(held))
    return tuple(session.execute(wanted.order_by(first)).scalars())


def complete(session: Connection, connection: str, flow: str, name: str, root: str) -> None:
    """Write over which connection a file came into the record of its import, where that has its name and does not say.

    Imports of before this was kept lack it; ``root`` is the batch of the first reading.
    """
    lacks = and_(batch.c.report["file"].astext == name, not_(batch.c.report.has_key("connection")))
    which = update(batch).where(batch.c.flow == flow, batch.c.batch == root, lacks)
    session.execute(which.values(report=batch.c.report.concat(cast({"connection": connection}, JSONB))))


def mark_stale(session: Connection, flow: str, roots: Iterable[str]) -> None:
    """Say of contents of a file that rows of theirs gave way to those it says now: they are read again to be whole."""
    which = and_(batch.c.flow == flow, _first(batch.c.batch).in_(list(roots)))
    session.execute(update(batch).where(which).values(report=batch.c.report.concat(cast({"stale": True}, JSONB))))


def _first(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return the batch of the first reading of the same: later ones are called ``FIRST-JOB``."""
    return func.substring(column, "^file-[0-9a-f]+")


def count(session: Connection, connection: str, flow: str, name: str, more: int) -> None:
    """Write that a file brought so many rows more, or fewer."""
    which = (table.c.connection == connection, table.c.flow == flow, table.c.name == name)
    session.execute(update(table).where(*which).values(added=func.greatest(0, table.c.added + more)))


def settle(session: Connection, connection: str, flow: str, here: Iterable[str]) -> None:
    """Forget the problems of files that the last look, which was for a flow, did not find; what was taken stays."""
    found = and_(table.c.flow == flow, table.c.name.in_(list(here)))
    gone = and_(table.c.connection == connection, table.c.problem != "", not_(found))
    session.execute(delete(table).where(gone, table.c.sha256 == ""))
    session.execute(update(table).where(gone).values(problem=""))


def rows(session: Connection) -> dict[str, int]:
    """Return how many rows the files of each connection brought."""
    wanted = select(table.c.connection, func.sum(table.c.added)).group_by(table.c.connection)
    return {connection: int(added) for connection, added in session.execute(wanted)}


def told(session: Connection, since: datetime) -> list[Row[Any]]:
    """Return the files something is to be said of: a problem, or, ``since``, that they changed or lost rows.

    That rows of one may have been withdrawn with another is said however long ago that is.
    """
    lost = and_(table.c.rejected > 0, table.c.at >= since)
    said = or_(table.c.problem != "", table.c.changed_at >= since, lost, batch.c.report.has_key(_SHORT))
    wanted = _WHOLE.where(said)
    return list(session.execute(wanted.order_by((table.c.problem == ""), table.c.at.desc(), table.c.name)))


def listing(session: Connection, flow: str, connection: str | None, *, limit: int) -> list[Row[Any]]:
    """Return the files of a flow, over one connection or all: those with a problem first, each newest first."""
    wanted = _WHOLE.where(table.c.flow == flow, true() if connection is None else table.c.connection == connection)
    order = ((table.c.problem == ""), table.c.at.desc(), table.c.connection, table.c.name)
    return list(session.execute(wanted.order_by(*order).limit(limit)))


def untaken(session: Connection, flow: str) -> dict[str, int]:
    """Return how many files of a flow are not taken, by connection; those without any are left out."""
    wanted = select(table.c.connection, func.count().label("many")).where(table.c.flow == flow, table.c.problem != "")
    ordered = wanted.group_by(table.c.connection).order_by(table.c.connection)
    return {row.connection: row.many for row in session.execute(ordered)}


def readings(session: Connection) -> list[Row[Any]]:
    """Return by what the files of each connection were read into each flow, and how many by each; ``None``: unknown."""
    wanted = select(table.c.connection, table.c.flow, _READING, func.count().label("many")).select_from(_BOTH)
    each = wanted.where(table.c.sha256 != "").group_by(table.c.connection, table.c.flow, _READING)
    return list(session.execute(each))


def read_by(session: Connection, one: Row[Any], *, limit: int) -> list[Row[Any]]:
    """Return the files of a row of :func:`readings`, newest first."""
    same = (
        table.c.connection == one.connection,
        table.c.flow == one.flow,
        _READING.element == literal(one.reading, JSONB),
    )
    wanted = _WHOLE.where(table.c.sha256 != "", *same).order_by(table.c.at.desc(), table.c.name)
    return list(session.execute(wanted.limit(limit)))
