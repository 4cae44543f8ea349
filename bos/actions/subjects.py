"""People in telemetry: the pseudonyms under which they are stored, and erasing them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bos.actions.definitions import live_definitions
from bos.actions.unit import rationale_of, write
from bos.auth.policy import allow
from bos.errors import NotFound
from bos.model.answers.people import Erased
from bos.model.scope import HOME
from bos.store import subjects
from bos.store.engine import reading, transaction
from bos.store.tags import Tag
from bos.telemetry.pseudonyms import Protection, lookup_of, pseudonym_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor

PROTECTED = frozenset({"direct", "sensitive"})
"""The classes of personal data (``pii`` of a signal) whose events are stored under pseudonyms."""


def protection_of(ctx: Context, flow: str) -> Protection:
    """Return whose names the events of a flow may not carry, as its live signals say.

    Raises:
        NotFound: there is no such flow.
    """
    with reading(ctx.engine) as connection:
        found = live_definitions(connection, flow)
    signals = [version.doc for version in found.signals.values() if version.doc["binding"]["event"]]
    named = frozenset(signal["binding"]["event"] for signal in signals)
    protected = frozenset(signal["binding"]["event"] for signal in signals if signal["pii"] in PROTECTED)
    return Protection(protected, named, lambda names: _pseudonyms(ctx, names))


def _pseudonyms(ctx: Context, names: Sequence[str]) -> dict[str, str | None]:
    home_key = ctx.home.pseudonym_key()
    lookups = {lookup_of(home_key, name): name for name in names}
    with transaction(ctx.engine) as connection:
        keys = subjects.keys(connection, lookups, datetime.now(UTC))
    return {name: None if (key := keys[lookup]) is None else pseudonym_of(key) for lookup, name in lookups.items()}


def erase(ctx: Context, actor: Actor, name: str, *, rationale: str) -> Erased:
    """Erase a person in telemetry: destroy the key that leads from ``name``, as sources write it, to the pseudonym.

    What was stored stays, and is nobody's from then on; the journal names the pseudonym alone. Rows that name them and
    come later are rejected.

    Raises:
        NotFound: no pseudonym was made of this name, or its key is destroyed already.
        Invalid: the rationale is missing.
    """
    allow(actor, "subject.erase", HOME)
    why = rationale_of(actor, rationale)
    lookup = lookup_of(ctx.home.pseudonym_key(), name)

    def work(unit: Unit) -> Erased:
        key = subjects.find(unit.connection, lookup)
        if key is None:
            raise NotFound(
                "No pseudonym was made of this name.", hint="Write it as the source does; whoever was erased has none."
            )
        subjects.erase(unit.connection, lookup, unit.now)
        unit.note(Tag.SUBJECT_ERASED, kind="person", id=pseudonym_of(key))
        return Erased(pseudonym=pseudonym_of(key), at=unit.now)

    return write(ctx, actor, "subject.erase", {"lookup": lookup, "why": why}, Erased, work, rationale=why)
