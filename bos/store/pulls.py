"""How far the signals of flows were pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_connections import pull

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row


def of_flow(connection: Connection, flow: str) -> dict[str, Row[Any]]:
    """Return how far each signal of a flow was pulled."""
    return {row.signal: row for row in connection.execute(select(pull).where(pull.c.flow == flow))}


def of_signals(connection: Connection, signals: Sequence[str]) -> list[Row[Any]]:
    """Return how far signals were pulled, in every flow."""
    return list(connection.execute(select(pull).where(pull.c.signal.in_(signals)))) if signals else []


def note(
    connection: Connection, flow: str, signal: str, *, upto: datetime, at: datetime, added: int, problem: str = ""
) -> None:
    """Note that a signal was read up to a moment, and what is wrong all the same; what was read further stays so."""
    fresh = insert(pull).values(flow=flow, signal=signal, upto=upto, at=at, added=added, problem=problem)
    change = {"upto": func.greatest(pull.c.upto, upto), "at": at, "added": pull.c.added + added, "problem": problem}
    connection.execute(fresh.on_conflict_do_update(index_elements=(pull.c.flow, pull.c.signal), set_=change))


def rejected(connection: Connection, flow: str, signal: str, told: Mapping[str, Any] | None) -> None:
    """Note which rows of a signal could not be taken: how many ``rows``, ``at``, ``reasons`` and ``batches``.

    Where not one could be, ``since`` when, and the ``problem``, until one could; where some could, the ``start`` of the
    pull. Nothing: none is told of any more.
    """
    which = (pull.c.flow == flow, pull.c.signal == signal)
    connection.execute(update(pull).where(*which).values(rejected=null() if told is None else dict(told)))


def broke(connection: Connection, flow: str, signal: str, *, at: datetime, problem: str) -> None:
    """Note why a signal could not be read; of one that no pull by itself ever began, nothing is kept."""
    which = (pull.c.flow == flow, pull.c.signal == signal)
    connection.execute(update(pull).where(*which).values(problem=problem, failed_at=at))
