"""Plans a submission: what goes live, what is held, which changes belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Conflict
from bos.model.diff import Change, diff, same
from bos.model.paths import within
from bos.model.ways import draws
from bos.store.approval.aftermath import settle
from bos.store.approval.book import RETIREMENT, Book, Closing, NewGroup, Plan, Validate
from bos.store.approval.critical import critical_paths_of, is_held, paths_to_sign
from bos.store.approval.joining import Block, Joining, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def plan(
    book: Book,
    wanted: dict[str, Any],
    *,
    people: frozenset[str],
    saw: frozenset[str],
    validate: Validate,
    fresh: Callable[[], str],
    together: bool = False,
) -> Plan:
    """Return what a submission does that wants the live content to become ``wanted``.

    ``people`` submit it, ``saw`` are the waiting groups they know of, ``fresh`` gives ids of groups. ``together``: all
    that is held makes one group.

    Raises:
        Conflict: a waiting proposal stands where the submission wants to, and was not seen (``proposal``).
        Invalid: the content would break rules; with every problem.
    """
    if book.live is None:
        return _first(book, wanted, people, validate, fresh)
    free, blocks = _sort_out(book, diff(book.kind, book.live, wanted))
    _require_seen(book, blocks, saw)
    joining = Joining(book.kind, book.live, validate, free, blocks)
    base = joining.run(together=together)
    mine = [block for block in joining.blocks if block.mine]
    _require_seen(book, mine, saw)
    held = tuple(_group(book, block, people, fresh()) for block in mine)
    taken = [source for block in mine for source in block.sources]
    after = settle(
        book, base, approvals=book.approvals, people=people, validate=validate, fresh=fresh, leave=taken
    )  # fmt: skip
    changes = diff(book.kind, book.live, base)
    every = (*changes, *(change for block in mine for change in block.changes))
    return Plan(
        live=base,
        changes=changes,
        held=held,
        unsigned=after.unsigned,
        closings=(*after.closings, *_replaced(held), *_taken_up(book, every)),
        unapproved=after.unapproved,
        proposed=tuple(dict.fromkeys(path for change in every for path in paths_to_sign(book.approvers, change))),
    )


def _first(
    book: Book, wanted: dict[str, Any], people: frozenset[str], validate: Validate, fresh: Callable[[], str]
) -> Plan:
    """Return the plan of version 1: all of it live, every critical value unsigned."""
    problems = [problem for problem in validate(wanted) if problem.severity == "error"]
    if problems:
        refuse(problems)
    after = settle(book, wanted, approvals={}, people=people, validate=validate, fresh=fresh)
    paths = tuple(group.changes[0].path for group in after.unsigned)
    return Plan(live=wanted, unsigned=after.unsigned, proposed=paths)


def _sort_out(book: Book, changes: Iterable[Change]) -> tuple[list[Change], list[Block]]:
    """Part changes into free ones and held blocks; a change that waits already is left out (rule 5)."""
    waiting = [group for group in book.waiting() if group.paths != (RETIREMENT,)]
    proposed = [change for group in waiting for change in group.changes]
    blocks = [Block(list(group.changes), {group.group}, mine=False) for group in waiting]
    free = []
    every = list(changes)
    drawn = _held_ways(book, every)
    for change in every:
        if change in drawn or any(_equal(change, other) for other in proposed):
            continue
        held = is_held(book, change)
        clashing = [block for block in blocks if any(_clash(change, other, held=held) for other in block.changes)]
        if clashing:
            blocks = _take_place(change, clashing, blocks, held=held)
        elif held:
            blocks.append(Block([change]))
        else:
            free.append(change)
    return free, _with_ways(book.kind, drawn, blocks)


def _held_ways(book: Book, changes: Iterable[Change]) -> list[Change]:
    """Return the changes of approved ways: one value, whatever number of ways is drawn."""
    return [change for change in changes if draws(book.kind, change.path) and is_held(book, change)]


def _with_ways(kind: str, drawn: list[Change], blocks: list[Block]) -> list[Block]:
    """Return the blocks with the ways that are drawn in one of them, in the place of ways that wait (rule 5)."""
    clashing = [block for block in blocks if any(draws(kind, other.path) for other in block.changes)]
    waiting = [other for block in clashing for other in block.changes if draws(kind, other.path)]
    known = [change for change in drawn if any(_equal(change, other) for other in waiting)]
    if not drawn or len(known) == len(drawn) == len(waiting):
        return blocks
    kept = [other for block in clashing for other in block.changes if not draws(kind, other.path)]
    sources = {source for block in clashing for source in block.sources}
    return [*(block for block in blocks if block not in clashing), Block([*kept, *drawn], sources)]


def _equal(one: Change, other: Change) -> bool:
    return (one.path, one.op) == (other.path, other.op) and (one.op == "remove" or same(one.new, other.new))


def _clash(change: Change, other: Change, *, held: bool) -> bool:
    """Return whether a change takes the place of a waiting one: the same path, or a held change around or below it."""
    if change.path == other.path:
        return True
    return held and (within(change.path, other.path) or within(other.path, change.path))


def _take_place(change: Change, clashing: Sequence[Block], blocks: Sequence[Block], *, held: bool) -> list[Block]:
    """Return the blocks with ``change`` in the place of what it clashes with; the other members stay (rule 5)."""
    kept = [other for block in clashing for other in block.changes if not _clash(change, other, held=held)]
    sources = {source for block in clashing for source in block.sources}
    return [*(block for block in blocks if block not in clashing), Block([*kept, change], sources)]


def _require_seen(book: Book, blocks: Iterable[Block], saw: frozenset[str]) -> None:
    """Refuse to touch a waiting proposal that the submitter has not seen (rule 5)."""
    touched = {source for block in blocks if block.mine for source in block.sources}
    proposals = [group for group in book.groups if group.group in touched - saw]
    if not proposals:
        return
    told = [
        {
            "group": group.group,
            "authors": sorted(group.authors),
            "changes": [change.model_dump(mode="json") for change in group.changes],
        }
        for group in proposals
    ]
    raise Conflict(
        "Another proposal for the same field waits for signatures.",
        where=proposals[0].paths[0],
        hint="Read it; to replace it, submit again and name it as seen.",
        code="proposal",
        details={"proposals": told},
    )


def _group(book: Book, block: Block, people: frozenset[str], group: str) -> NewGroup:
    """Return a block as a group; its authors are those of every group and field in it (rule 5)."""
    authors = set(people)
    for source in book.groups:
        if source.group in block.sources:
            authors |= source.authors
    for change in block.changes:
        for path in critical_paths_of(book.approvers, change):
            authors |= book.authors.get(path, frozenset())
    return NewGroup(group, "waiting", tuple(block.changes), frozenset(authors), tuple(sorted(block.sources)))


def _replaced(held: Iterable[NewGroup]) -> tuple[Closing, ...]:
    return tuple(
        Closing(source, "superseded", f"Replaced by the proposal {group.group}.")
        for group in held
        for source in group.replaces
    )


def _taken_up(book: Book, changes: Iterable[Change]) -> tuple[Closing, ...]:
    """Return an end for each group to be reworked whose every field is proposed anew."""
    paths = {change.path for change in changes}
    return tuple(
        Closing(group.group, "superseded", "Proposed anew.")
        for group in book.groups
        if group.state == "rework" and paths >= set(group.paths)
    )
