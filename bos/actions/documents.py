"""Documents: list, show, write, retire, restore, roll back, compare, validate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from bos.actions import lifecycle, present
from bos.actions.drafts import spend
from bos.actions.holding import unowned_rows
from bos.actions.rights import permit
from bos.actions.submission import Wish, base_of, missing, submit
from bos.actions.trial import trial
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow, reach
from bos.errors import NotFound, UsageError
from bos.model.answers.changes import Submitted
from bos.model.answers.documents import ChangedField, Difference, DocumentAnswer, DocumentRow, Validation, VersionRow
from bos.model.answers.page import Page
from bos.model.diff import apply, diff
from bos.model.kinds import model_of, noun
from bos.model.wording import compared, describe
from bos.store import books, documents, places, search
from bos.store.approval.aftermath import problems_with
from bos.store.approval.book import RETIREMENT, Book
from bos.store.approval.critical import state_of
from bos.store.engine import reading
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place, size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.store.documents import Version

View = Literal["live", "proposed"]


def listing(
    ctx: Context,
    actor: Actor,
    kind: str,
    *,
    tag: str | None = None,
    owner: str | None = None,
    state: str | None = None,
    text: str | None = None,
    retired: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DocumentRow]:
    """Return the documents of a kind by id; retired ones only with ``retired`` or that state.

    Raises:
        NotFound: there is no such kind.
        UsageError: the cursor or the limit is wrong.
    """
    model_of(kind)
    right = f"{kind}.read"
    allow(actor, right)
    after = place(cursor, str)[0] if cursor else None
    rows = size(limit)
    filters = search.Filters(tag=tag, owner=owner, state=state, retired=retired, reach=reach(actor, right))
    with reading(ctx.engine) as connection:
        found = search.listing(connection, kind, filters, words=text, after=after, limit=rows + 1)
        unowned = unowned_rows(connection, found[:rows], datetime.now(UTC))
    items = tuple(
        DocumentRow(
            kind=row.kind,
            id=row.id,
            title=row.title,
            version=row.version,
            state=row.state,
            owner=row.owner,
            tags=tuple(row.tags),
            unowned=unowned[row.id],
            author=row.author,
            at=row.at,
        )
        for row in found[:rows]
    )
    return Page(items=items, next=cursor_of(items[-1].id) if len(found) > rows else None)


def show(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - the name of the option, everywhere
    *,
    version: int | None = None,
    as_of: datetime | None = None,
    view: View = "live",
) -> DocumentAnswer:
    """Return a document: live, as a version, as it was at a moment (aware), or as it would be with all that waits.

    Approvals, open groups and attention are those of now and come with the live version only.

    Raises:
        NotFound: there is no such document, or no such version of it.
        UsageError: the options exclude one another, or ``as_of`` has no time zone.
    """
    _check_view(version, as_of, view)
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        return shown(connection, kind, id, version=version, as_of=as_of, view=view)


def shown(
    connection: Connection,
    kind: str,
    id_: str,
    *,
    version: int | None = None,
    as_of: datetime | None = None,
    view: View = "live",
) -> DocumentAnswer:
    """Return a document as :func:`show` does, to whoever may see it. Raises as it."""
    head = head_of(connection, kind, id_)
    stands = books.standing(connection, kind, id_, head.doc)
    book, groups = stands.book, stands.groups
    found = _chosen(connection, head, version, as_of)
    if found.version != head.version:
        return _answer(found, book)
    place = places.of_document(connection, kind, id_)
    return _answer(found, book, view=view).model_copy(
        update={
            "approvals": present.approvals(book, stands.signed, groups),
            "open_groups": tuple(present.group_answer(group, book) for group in groups),
            "attention": () if head.retired else present.attention(connection, book, groups, place),
        }
    )


def may_read(connection: Connection, actor: Actor, kind: str, id_: str) -> None:
    """Return when the actor may see a document. Raises NotFound: no such kind; Forbidden: they may not."""
    model_of(kind)
    permit(connection, actor, f"{kind}.read", kind, id_)


def _check_view(version: int | None, as_of: datetime | None, view: View) -> None:
    if sum((version is not None, as_of is not None, view != "live")) > 1:
        raise UsageError("Ask for a version, a moment or a view, not for two of them.", where="version, as_of, view")
    if view not in {"live", "proposed"}:
        raise UsageError(f"There is no view called {view!r}.", where="view", hint="Views are live and proposed.")
    check_moment("as_of", as_of)


def check_moment(name: str, moment: datetime | None) -> None:
    """Raise when a moment has no time zone."""
    if moment is not None and moment.tzinfo is None:
        raise UsageError(f"{name} has no time zone.", where=name, hint="Write 2026-01-31T00:00:00Z.")


def head_of(connection: Connection, kind: str, id_: str) -> Version:
    """Return the live version of a document. Raises NotFound: it is not there."""
    head = documents.head(connection, kind, id_) if "\x00" not in id_ else None
    if head is None:
        raise missing(kind, id_)
    return head


def _chosen(connection: Connection, head: Version, version: int | None, as_of: datetime | None) -> Version:
    if version is None and as_of is None:
        return head
    if as_of is not None:
        found = documents.at_moment(connection, head.kind, head.id, as_of)
        words = f"was not there yet at {as_of.isoformat()}"
    else:
        found = documents.numbered(connection, head.kind, head.id, version or 0) if abs(version or 0) < _MOST else None
        words = f"has no version {version}"
    if found is None:
        raise NotFound(
            f"The {noun(head.kind)} {head.id} {words}.",
            where=f"{head.kind}/{head.id}",
            hint="Its history lists what there is.",
        )
    return found


_MOST = 2**31


def _answer(found: Version, book: Book, view: View = "live") -> DocumentAnswer:
    return DocumentAnswer(
        kind=found.kind,
        id=found.id,
        version=found.version,
        state=state_of(book, retired=found.retired),
        view=view,
        document=_proposed(book) if view == "proposed" else found.doc,
        sha256=found.sha256,
        author=found.author,
        rationale=found.rationale,
        at=found.at,
    )


def _proposed(book: Book) -> dict[str, Any]:
    """Return the live content with every waiting change made that can be."""
    content = book.live or {}
    for group in book.waiting():
        if group.paths != (RETIREMENT,):
            content, _ = problems_with(book.kind, content, group.changes, lambda _: ())
    return content


def history(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - as above
    *,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[VersionRow]:
    """Return the versions of a document, newest first. Raises as :func:`show`."""
    before = place(cursor, int)[0] if cursor else None
    rows = size(limit)
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        head_of(connection, kind, id)
        found = documents.history(connection, kind, id, before=before, limit=rows + 1)
    items = tuple(
        VersionRow(
            version=row.version,
            at=row.at,
            author=row.author,
            rationale=row.rationale,
            sha256=row.sha256,
            cause=row.cause,
            text=row.words,
        )
        for row in found[:rows]
    )
    return Page(items=items, next=cursor_of(items[-1].version) if len(found) > rows else None)


def difference(ctx: Context, actor: Actor, kind: str, id: str, old: int, new: int) -> Difference:  # noqa: A002
    """Return what changed from version ``old`` to ``new``, by field and in words. Raises as :func:`show`."""
    with reading(ctx.engine) as connection:
        may_read(connection, actor, kind, id)
        head = head_of(connection, kind, id)
        before, after = (_chosen(connection, head, n, None) for n in (old, new))
    found = diff(kind, before.doc, after.doc)
    both = (after.doc, before.doc)
    cells = [compared(kind, change, *both) for change in found]
    fields = tuple(ChangedField(what=what, before=was, after=now) for what, was, now in cells)
    text = describe(kind, found, *both)
    return Difference(kind=kind, id=id, old=old, new=new, changes=found, text=text, fields=fields)


def put(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - as above
    document: Any,
    *,
    rationale: str,
    base_version: int | None = None,
    saw: Iterable[str] = (),
    draft: int | None = None,
) -> Submitted:
    """Make a document, or submit its whole new content; without ``base_version`` it must not exist.

    ``draft`` is the revision of the actor's draft that is submitted; it is gone with it.

    Raises:
        Conflict: it exists already (``exists``), is retired, or a waiting proposal was not seen (``proposal``).
        Stale: a field was changed since ``base_version`` that this changes too, or the draft is of another revision.
        Invalid: the content breaks rules, or the rationale is missing; nothing was written.
    """
    model_of(kind)
    allow(actor, f"{kind}.write")
    seen = frozenset(saw)
    request = {"kind": kind, "id": id, "document": document, "base": base_version, "saw": sorted(seen), "draft": draft}
    why = rationale_of(actor, rationale)
    wish = Wish(base_version=base_version, document=document, saw=seen)

    def work(unit: Unit) -> Submitted:
        done = submit(unit, kind, id, wish)
        if draft is not None:
            spend(unit, kind, id, draft)
        return done

    return write(ctx, actor, "put", {**request, "why": why}, Submitted, work, rationale=why)


def delete(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - as above
    *,
    rationale: str,
    base_version: int | None = None,
) -> Submitted:
    """Retire a document: at once, or held where it has an approved critical value. It stays readable.

    Raises:
        NotFound: it is not there.
        Conflict: it is retired already.
        Stale: it is not at ``base_version`` any more.
        Invalid: live documents refer to it, or the rationale is missing.
    """
    model_of(kind)
    allow(actor, f"{kind}.write")
    why = rationale_of(actor, rationale)
    request = {"kind": kind, "id": id, "base": base_version, "why": why}

    def work(unit: Unit) -> Submitted:
        return lifecycle.retire_document(unit, kind, id, base_version)

    return write(ctx, actor, "delete", request, Submitted, work, rationale=why)


def restore(ctx: Context, actor: Actor, kind: str, id: str, *, rationale: str) -> Submitted:  # noqa: A002
    """Bring a retired document back with its approvals, as a new version.

    Raises:
        NotFound: it is not there.
        Conflict: it is not retired.
        Invalid: it no longer fits what is live, or the rationale is missing.
    """
    model_of(kind)
    allow(actor, f"{kind}.write")
    why = rationale_of(actor, rationale)
    request = {"kind": kind, "id": id, "why": why}
    return write(
        ctx,
        actor,
        "restore",
        request,
        Submitted,
        lambda unit: lifecycle.restore_document(unit, kind, id),
        rationale=why,
    )


def rollback(
    ctx: Context,
    actor: Actor,
    kind: str,
    id: str,  # noqa: A002 - as above
    version: int,
    *,
    rationale: str,
    base_version: int | None = None,
    saw: Iterable[str] = (),
) -> Submitted:
    """Submit the difference to an older version (rule 10): what is free goes live, what is approved is held.

    Raises as :func:`put`, and NotFound when there is no such version.
    """
    model_of(kind)
    allow(actor, f"{kind}.write")
    why = rationale_of(actor, rationale)
    seen = frozenset(saw)
    request = {"kind": kind, "id": id, "to": version, "base": base_version, "saw": sorted(seen), "why": why}

    def work(unit: Unit) -> Submitted:
        permit(unit.connection, actor, f"{kind}.write", kind, id)
        live = lifecycle.head_of(unit, kind, id)
        old = _chosen(unit.connection, live, version, None)
        base = base_of(unit, live, live.version if base_version is None else base_version)
        back = apply(kind, base.doc, diff(kind, base.doc, old.doc))
        return submit(unit, kind, id, Wish(base_version=base.version, document=back, saw=seen))

    return write(ctx, actor, "rollback", request, Submitted, work, rationale=why)


def validate(
    ctx: Context,
    actor: Actor,
    kind: str,
    document: Any,
    *,
    id: str | None = None,  # noqa: A002 - as above
) -> Validation:
    """Return every problem of a document and what submitting it would do; nothing is written.

    Raises:
        NotFound: there is no such kind.
    """
    model_of(kind)
    allow(actor, f"{kind}.read")
    named = document.get("id") if isinstance(document, dict) else None
    return trial(ctx, actor, kind, id or (named if isinstance(named, str) else ""), document)
