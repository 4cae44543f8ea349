"""What BOS keeps of people themselves: the journal has it under a key of each, which erasing somebody destroys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bos.auth import seal
from bos.errors import Conflict
from bos.store import people, sessions, subjects
from bos.store.tags import Tag
from bos.telemetry.pseudonyms import lookup_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from bos.actions.context import Context
    from bos.actions.unit import Unit

Seal = Callable[[str], str]

SEALED = "sealed:"
SEALING = frozenset(tag.value for tag in (Tag.PERSON_ADDED, Tag.PERSON_IDENTITIES, Tag.PERSON_SIGN_ON))
"""The entries of the journal in which something is sealed."""
UNREADABLE = "(sealed)"
"""What stands for a value whose key is gone: the person was erased, or the home was restored without its keys."""
ERASED_NAME = "Erased person"


def lookup(ctx: Context, person: str) -> str:
    """Return by what the own key of somebody BOS knows is found; no name in telemetry has a NUL, so none collides."""
    return lookup_of(ctx.home.pseudonym_key(), f"person\x00{person}")


def seal_of(unit: Unit, person: str) -> Seal:
    """Return what seals a value for the journal under the own key of a person, which is made where there is none.

    Raises:
        Conflict: somebody of this id was erased (``erased``).
    """
    mine = lookup(unit.ctx, person)
    key = subjects.keys(unit.connection, [mine], unit.now)[mine]
    if key is None:
        raise was_erased(person)
    return lambda text: SEALED + seal.sealed(key, text, of=person)


def was_erased(person: str) -> Conflict:
    """Return the error for somebody who was erased."""
    return Conflict(
        f"{person} was erased.",
        where=f"person/{person}",
        hint="Whoever was erased comes under another id.",
        code="erased",
    )


def opened(ctx: Context, connection: Connection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Return entries of the journal by column, with what is sealed in them opened as long as the keys live."""
    lookups = {row.id: lookup(ctx, row.id) for row in rows if row.tag in SEALING}
    keys = subjects.known(connection, lookups.values()) if lookups else {}
    found = []
    for row in rows:
        entry = dict(row._mapping)  # noqa: SLF001 - its public name
        if row.tag in SEALING:
            key = keys.get(lookups[row.id])
            entry |= {name: _opened(entry[name], key, row.id) for name in ("before", "after")}
        found.append(entry)
    return found


def _opened(value: Any, key: str | None, person: str) -> Any:
    if isinstance(value, dict):
        return {name: _opened(one, key, person) for name, one in value.items()}
    if isinstance(value, list):
        return [_opened(one, key, person) for one in value]
    if not isinstance(value, str) or not value.startswith(SEALED):
        return value
    try:
        text = seal.opened(key, value.removeprefix(SEALED), of=person) if key else None
    except ValueError:  # an earlier BOS wrote the name of somebody who is called so
        return value
    return UNREADABLE if text is None else text


def destroy(unit: Unit, person: str) -> None:
    """Destroy the key of a person and what stands of them in the database: name, addresses, who they are elsewhere."""
    mine = lookup(unit.ctx, person)
    subjects.keys(unit.connection, [mine], unit.now)
    subjects.erase(unit.connection, mine, unit.now)
    _forget(unit, person)


def _forget(unit: Unit, person: str) -> None:
    people.erase(unit.connection, person, ERASED_NAME, unit.now)
    sessions.forget_provider(unit.connection, person)


def destroy_again(unit: Unit) -> int:
    """Erase whoever is written in older data and was erased since, as the keys say; return how many."""
    rows = people.listing(unit.connection, after=None, limit=None)
    lookups = {row.person: lookup(unit.ctx, row.person) for row in rows if row.erased_at is None}
    keys = subjects.known(unit.connection, lookups.values())
    gone = sorted(person for person, mine in lookups.items() if mine in keys and keys[mine] is None)
    for person in gone:
        _forget(unit, person)
    return len(gone)
