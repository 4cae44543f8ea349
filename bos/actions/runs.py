"""What runs of every kind share: how one is kept, and how they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bos.model.answers.page import Answer, Page
from bos.model.scope import EVERYWHERE, Reach
from bos.store import kpis
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import moment_place, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.model.answers.dashboards import DashboardRun
    from bos.model.answers.kpis import KpiRun
    from bos.store.tags import Tag

T = TypeVar("T", bound=Answer)


def keep(unit: Unit, done: KpiRun | DashboardRun, *, kind: str, tag: Tag, of: tuple[str, str]) -> None:
    """Keep a run exactly as it is answered, and note it in the journal as done to the document ``of`` (kind, id)."""
    values = {
        "run": done.run,
        "flow": done.flow,
        "snapshot": done.snapshot,
        "author": done.author,
        "record": done.model_dump(mode="json"),
        "result_hash": done.result_hash,
        "at": done.at,
    }
    kpis.write(unit.connection, values, kind=kind)
    told = {"run": done.run, "result_hash": done.result_hash, "snapshot": done.snapshot}
    unit.note(tag, kind=of[0], id=of[1], after=told)


def version_of(snapshot: str | None) -> int:
    """Return the number of a snapshot, ``loan@3``; 0 where a run read none."""
    return int(snapshot.rpartition("@")[2]) if snapshot else 0


def listing(
    ctx: Context,
    flow: str | None,
    kind: str,
    answer: Callable[[dict[str, Any]], T],
    *,
    cursor: str | None,
    limit: int,
    reach: Reach = EVERYWHERE,
) -> Page[T]:
    """Return the runs of a kind, of one flow or of all, newest first, each as ``answer`` makes it of its record.

    ``reach`` is what whoever asks may see.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    rows = size(limit)
    after = moment_place(cursor) if cursor else None
    with reading(ctx.engine) as connection:
        known = flow is None or "\x00" not in flow
        found = kpis.newest(connection, flow, after=after, limit=rows + 1, kind=kind, reach=reach) if known else []
    items = tuple(answer(dict(row.record)) for row in found[:rows])
    last = found[rows - 1] if len(found) > rows else None
    return Page(items=items, next=cursor_of(last.at.isoformat(), last.run) if last else None)
