"""The audit trail: read it, check it, take it along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bos.actions.personal import opened
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.errors import UsageError
from bos.model.answers.audit import Checkpoint, Entry, Verification
from bos.model.answers.page import Done, Page
from bos.model.scope import HOME
from bos.model.version import canonical
from bos.store import audit
from bos.store import checkpoints as store
from bos.store.engine import reading, transaction
from bos.store.locks import lock
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size
from bos.store.tables import journal
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor

FORMAT = "bos-journal-2"
"""The name of the rule in ``docs/audit.md``."""
EVERY = timedelta(hours=1)
"""How often the journal is signed while it grows."""


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
    """Return entries of the journal, newest first; names and addresses of people are opened as long as their keys live.

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
        shown = opened(ctx, connection, found[:rows])
    items = tuple(Entry(**{name: one[name] for name in Entry.model_fields}) for one in shown)
    return Page(items=items, next=cursor_of(items[-1].seq) if len(found) > rows else None)


def verify(ctx: Context, actor: Actor, *, checkpoints: Sequence[str] = ()) -> Verification:
    """Return whether the journal is whole: its chain, and every checkpoint kept here or given; and what fits not first.

    ``checkpoints`` are copies kept elsewhere, as packs and exports print them. They must be signed with the key of this
    home.

    Raises:
        UsageError: one of them is not written as a checkpoint.
    """
    allow(actor, "journal.read", HOME)
    given = [_parsed(text) for text in checkpoints]
    key = store.public_key(ctx.home.journal_key())
    with reading(ctx.engine) as connection:
        every = [*map(store.parsed, store.every(connection)), *given]
        forged = [one for one in every if not store.genuine(one, key)]
        false = min(forged, key=lambda one: one.seq, default=None)
        trusted = {one.seq: one.hash for one in every if one not in forged}
        count, head, broken, reason = audit.first_broken(connection, trusted)
    if false is not None and (broken is None or false.seq < broken):
        broken, reason = false.seq, f"The checkpoint of entry {false.seq} is not signed with the key of this home."
    last = max(trusted, default=0)
    return Verification(
        ok=broken is None, entries=count, head=head, broken=broken, reason=reason, checkpoints=len(every), signed=last
    )


def _parsed(text: str) -> store.Checkpoint:
    try:
        return store.parsed(text)
    except ValueError:
        raise UsageError(
            "This is no checkpoint.", where="checkpoint", hint="Copy the whole word that begins with bos1."
        ) from None


def checkpoint(ctx: Context, actor: Actor) -> Checkpoint:
    """Return a checkpoint of the journal as it is now, to be kept elsewhere: it shows what is changed or cut later."""
    allow(actor, "journal.checkpoint")
    made = signed(ctx)
    return Checkpoint(seq=made.seq, hash=made.hash, at=made.at, key=made.key, text=made.text)


def signed(ctx: Context) -> store.Checkpoint:
    """Return a checkpoint of the last entry, made now unless there is one. A home has an entry from the start."""
    with transaction(ctx.engine) as connection:
        lock(connection, ("checkpoint",))
        seq, hash_ = audit.head(connection)
        last = store.latest(connection)
        if last is not None and last.seq >= seq:
            return last
        made = store.signed(seq, hash_, datetime.now(UTC), ctx.home.journal_key())
        store.keep(connection, made)
        return made


def sign_regularly(ctx: Context) -> None:
    """Sign the last entry, where there is a new one and the last signature is an hour old.

    Raises:
        Unavailable: the database does not answer.
    """
    with reading(ctx.engine) as connection:
        last, seq = store.latest(connection), audit.head(connection)[0]
    if seq and (last is None or (seq > last.seq and datetime.now(UTC) - last.at >= EVERY)):
        signed(ctx)


def export(ctx: Context, actor: Actor) -> Iterator[bytes]:
    """Yield the journal as lines of JSON: a header with number and hash of the last entry, then each entry in order.

    The header has a checkpoint of the last entry. The file can be checked without BOS; ``docs/audit.md`` has the rule.
    """
    allow(actor, "journal.read", HOME)

    def work(unit: Unit) -> Done:
        unit.note(Tag.JOURNAL_EXPORTED, kind="journal", after={"entries": audit.head(unit.connection)[0]})
        return Done()

    at = {"at": datetime.now(UTC).isoformat()}
    write(ctx, actor, "journal.export", at, Done, work, rationale="(written by BOS) The journal was exported.")
    return _lines(ctx, signed(ctx))


def _lines(ctx: Context, made: store.Checkpoint) -> Iterator[bytes]:
    with reading(ctx.engine) as connection:
        header = {"format": FORMAT, "entries": made.seq, "head": made.hash, "checkpoint": made.text}
        yield canonical(header) + b"\n"
        for row in audit.stream(connection, until=made.seq):
            yield canonical({**audit.content(row), "hash": row["hash"]}) + b"\n"
