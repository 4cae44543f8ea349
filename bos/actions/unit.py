"""One write action, one transaction: replay, work, outbox, journal, key."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from bos.errors import BosError, Conflict, Forbidden, Invalid, Problem, UsageError
from bos.model.document import LONGEST_REASON, Text
from bos.model.shape import told
from bos.model.version import digest
from bos.store import audit, keys, outbox
from bos.store.engine import transaction
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.auth.actor import Actor

A = TypeVar("A", bound=BaseModel)

_TEXT: TypeAdapter[str] = TypeAdapter(Text)
_KEY_LENGTH = 200
_LINE = 200
DECISIONS = frozenset({"sign", "withdraw", "batch.sign", "waiver.ask", "waiver.decide", "waiver.end"})
"""Actions by which somebody decides; who is refused one stands in the journal."""


@dataclass(slots=True)
class Unit:
    """A write under way: its connection, who does it, the moment it counts as, and what it leaves to be told."""

    connection: Connection
    ctx: Context
    actor: Actor
    rationale: str
    now: datetime
    notes: list[audit.Note] = field(default_factory=list)
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def begin(cls, connection: Connection, ctx: Context, actor: Actor, rationale: str = "") -> Unit:
        """Return a unit that begins now."""
        return cls(connection, ctx, actor, rationale, datetime.now(UTC))

    def note(
        self,
        tag: Tag,
        *,
        kind: str | None = None,
        id: str | None = None,  # noqa: A002 - the column's name
        path: str | None = None,
        before: Any = None,
        after: Any = None,
        rationale: str | None = None,
    ) -> None:
        """Say what the journal is to keep."""
        self.notes.append(audit.Note(tag, kind, id, path, before, after, rationale))

    def tell(self, topic: str, payload: dict[str, Any]) -> None:
        """Put a message into the outbox."""
        self.messages.append((topic, payload))


def write(
    ctx: Context,
    actor: Actor,
    name: str,
    request: dict[str, Any],
    answer: type[A],
    work: Callable[[Unit], A],
    *,
    rationale: str = "",
) -> A:
    """Return what ``work`` returns, all of its writes committed together; or the answer of then, when it was done.

    ``name`` and ``request`` say what is asked for: under the idempotency key of the context it is done once.

    Whoever is refused a decision (``DECISIONS``) leaves an entry in the journal, and nothing else.

    Raises:
        Conflict: the key was used for something else (``idempotency-key``).
        Unavailable: the database does not answer.
    """
    try:
        with transaction(ctx.engine) as connection:
            wanted = _request_hash(name, request) if ctx.idempotency_key else ""
            if (done := _replay(connection, ctx, actor, wanted)) is not None:
                return answer.model_validate(done)
            unit = Unit.begin(connection, ctx, actor, rationale)
            found = work(unit)
            _finish(unit, found, wanted)
    except Forbidden as error:
        if name in DECISIONS:
            where = next((str(request[key]) for key in ("group", "batch", "waiver") if key in request), "")
            _note_refusal(ctx, actor, name, error, where=where)
        raise
    for step in unit.afterwards:
        step()
    return found


def _note_refusal(ctx: Context, actor: Actor, name: str, error: Forbidden, *, where: str) -> None:
    """Write that somebody tried to decide what they may not."""
    about = {key: error.details.get(key) for key in ("kind", "id")}
    told = {"action": name, "code": error.code, "where": where or error.where}
    with transaction(ctx.engine) as connection:
        unit = Unit.begin(connection, ctx, actor, f"(written by BOS) {error.message}")
        unit.note(Tag.SIGNATURE_REFUSED, **about, after=told)
        _journal(unit)


def _request_hash(name: str, request: dict[str, Any]) -> str:
    try:
        return digest({"action": name, "request": request})
    except ValueError:
        raise UsageError("The request has a number or a character that JSON cannot hold.", hint="Change it.") from None


def _replay(connection: Connection, ctx: Context, actor: Actor, wanted: str) -> Any:
    if ctx.idempotency_key is None:
        return None
    if not 0 < len(ctx.idempotency_key) <= _KEY_LENGTH or "\x00" in ctx.idempotency_key:
        raise UsageError(f"An idempotency key has 1 to {_KEY_LENGTH} characters.", where="Idempotency-Key")
    found = keys.find(connection, actor.person, ctx.idempotency_key)
    if found is None:
        return None
    if found.request != wanted:
        raise Conflict(
            "This idempotency key was used for another request.",
            where="Idempotency-Key",
            hint="Use a new key for each request.",
            code="idempotency-key",
        )
    return found.answer


def _finish(unit: Unit, found: BaseModel, wanted: str) -> None:
    """Write what comes last: the outbox, the key, and the journal, on which everybody else waits."""
    actor = unit.actor
    outbox.add(unit.connection, unit.messages, unit.now)
    if unit.ctx.idempotency_key is not None:
        told = found.model_dump(mode="json")
        keys.write(unit.connection, actor.person, unit.ctx.idempotency_key, wanted, told, unit.now)
    _journal(unit)


def _journal(unit: Unit) -> None:
    audit.append(
        unit.connection,
        unit.notes,
        at=unit.now,
        actor=unit.actor.person,
        on_behalf_of=unit.actor.on_behalf_of,
        rationale=unit.rationale,
        request_id=unit.ctx.request_id,
        origin=unit.ctx.origin,
    )


def rationale_of(actor: Actor, text: str | None, *, written: str = "") -> str:
    """Return why something is done: a person's words, or what BOS says itself, marked as such.

    Raises:
        Invalid: a person or a token gives no reason where BOS has none to give, one that cannot be stored, or one of
            more than 4,000 characters.
    """
    given = (text or "").strip()
    if len(given) > LONGEST_REASON:
        words = f"The rationale has {len(given):,} characters."
        hint = f"Use at most {LONGEST_REASON:,}; what is longer belongs into a description or a document it names."
        raise one_problem("rationale", words, hint, "rationale.long")
    said = wording("rationale", given)
    if said:
        return said
    if written or actor.kind == "system":
        return f"(written by BOS) {written}".strip()
    raise one_problem(
        "rationale", "The rationale is missing.", "Say in a sentence why this is done.", "rationale.missing"
    )


def wording(field_: str, text: str) -> str:
    """Return text of a person that can be stored.

    Raises:
        Invalid: it is too long, or has a character that no text may have.
    """
    try:
        return _TEXT.validate_python(text)
    except ValidationError as error:
        found = told(error.errors()[0], field_)
        raise one_problem(field_, found.message, found.hint, found.code) from None


def one_line(field_: str, text: str, *, needed: bool = True) -> str:
    """Return text of a person as one line of at most 200 characters.

    Raises:
        Invalid: it is longer, has a character that is not seen, or is missing where it is ``needed``.
    """
    said = " ".join(wording(field_, text).split())
    if (needed and not said) or len(said) > _LINE or not said.isprintable():
        message = f"The {field_} is missing or too long."
        raise one_problem(field_, message, f"Use 1 to {_LINE} characters.", "line")
    return said


def storable(field_: str, value: Any) -> None:
    """Return when all texts and numbers of a JSON value can be stored; ``field_`` is its path, empty for a document.

    Raises:
        Invalid: one cannot; the problem has its path.
    """
    for path, text in _texts(field_, value):
        wording(path, text)
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        words = f"{field_ or 'The document'} has a number that is not finite."
        raise one_problem(field_, words, "Write a number, or leave it out.", "shape.number") from None


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text in a value with its path; the name of a field counts as one."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield path, name
            yield from _texts(f"{path}.{name}" if path else name, below)
    elif isinstance(value, list):
        for place, below in enumerate(value):
            named = below.get("id") if isinstance(below, dict) else None
            yield from _texts(f"{path}[{named if isinstance(named, str) and named else place}]", below)


def one_problem(path: str, message: str, hint: str, code: str) -> BosError:
    """Return an error of one problem."""
    return Invalid(message, where=path, hint=hint, problems=(Problem(path, message, hint, code),))
