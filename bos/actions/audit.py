"""The audit trail: read it, check it, take it along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.auth.policy import allow
from bos.errors import UsageError
from bos.model.answers.audit import Entry, Verification
from bos.model.answers.page import Page
from bos.model.scope import HOME
from bos.model.version import canonical
from bos.store import audit
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size
from bos.store.tables import journal
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.actions.context import Context
    from bos.auth.actor import Actor

FORMAT = "bos-journal-1"
"""The name of the rule in ``docs/audit.md``."""


def entries(
    ctx: Context,
    actor: Actor,
    *,
    kind: str | None = None,
    id: str | None = None,  # noqa: A002 - the name of the option, everywhere
    tag: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[Entry]:
    """Return entries of the journal, newest first.

    Raises:
        UsageError: there is no such tag, or the cursor is wrong.
    """
    allow(actor, "journal.read", HOME)
    if tag is not None and tag not in {known.value for known in Tag}:
        raise UsageError(f"There is no tag {tag!r}.", where="tag", hint="The tags are on the audit page of the guide.")
    columns = ((journal.c.kind, kind), (journal.c.id, id), (journal.c.tag, tag))
    where = [column == value for column, value in columns if value is not None]
    if cursor:
        where.append(journal.c.seq < place(cursor, int)[0])
    rows = size(limit)
    with reading(ctx.engine) as connection:
        found = audit.entries(connection, *where, limit=rows + 1)
    items = tuple(
        Entry(**{name: row._mapping[name] for name in Entry.model_fields})  # noqa: SLF001 - its public name
        for row in found[:rows]
    )
    return Page(items=items, next=cursor_of(items[-1].seq) if len(found) > rows else None)


def verify(ctx: Context, actor: Actor) -> Verification:
    """Return whether the chain of the whole journal holds, and the first entry that does not fit."""
    allow(actor, "journal.read", HOME)
    with reading(ctx.engine) as connection:
        count, head, broken, reason = audit.first_broken(connection)
    return Verification(ok=broken is None, entries=count, head=head, broken=broken, reason=reason)


def export(ctx: Context, actor: Actor) -> Iterator[bytes]:
    """Yield the journal as lines of JSON: a header with number and hash of the last entry, then each entry in order.

    The file can be checked without BOS; ``docs/audit.md`` has the rule and a program.
    """
    allow(actor, "journal.read", HOME)
    return _lines(ctx)


def _lines(ctx: Context) -> Iterator[bytes]:
    with reading(ctx.engine) as connection:
        count, head = audit.head(connection)
        yield canonical({"format": FORMAT, "entries": count, "head": head}) + b"\n"
        for row in audit.stream(connection):
            yield canonical({**audit.content(row), "hash": row["hash"]}) + b"\n"
