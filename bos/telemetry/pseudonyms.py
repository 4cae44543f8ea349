"""People in telemetry: before a row is stored, the name of who did something gives way to a pseudonym."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bos.telemetry.identity import EVENT_IDENTITY, hash_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bos.telemetry.raw import Raw

PREFIX = "p-"
DIGITS = 16  # 64 bits: of a million people, two share a pseudonym with a chance of about 3 in 10^8
ERASED = "the person this row names was erased"
_GONE = "erased"


def lookup_of(key: str, name: str) -> str:
    """Return by what the own key of somebody called ``name`` is found: HMAC-SHA-256 (RFC 2104), in hexadecimal."""
    return hmac.new(bytes.fromhex(key), name.encode(), hashlib.sha256).hexdigest()


def pseudonym_of(key: str) -> str:
    """Return the pseudonym that a person's own key gives; without the key, nothing leads from one to the other."""
    return PREFIX + hmac.new(bytes.fromhex(key), b"resource", hashlib.sha256).hexdigest()[:DIGITS]


@dataclass(frozen=True, slots=True)
class Protection:
    """Whose names a flow's events may not carry.

    ``protected`` are the events (by the source's names) whose ``resource`` is protected, ``named`` all that a signal
    names; where any is protected, so is an event that no signal names. ``before`` are those that were protected at an
    earlier import: they stay so. ``ask`` gives name → pseudonym, or nothing for somebody who was erased.
    """

    protected: frozenset[str]
    named: frozenset[str]
    ask: Callable[[Sequence[str]], Mapping[str, str | None]]
    before: frozenset[str] = frozenset()
    _known: dict[str, str | None] = field(default_factory=dict)
    _met: set[str] = field(default_factory=set)

    @property
    def rules(self) -> str:
        """Return what is protected, with what was met that no signal names; the same text for the same rules."""
        every = self.protected | self.before | self._met
        return json.dumps({"protected": sorted(every), "open": sorted(self.named - every) if self.protected else []})

    @classmethod
    def protected_by(cls, rules: str) -> frozenset[str]:
        """Return the events that rules of an earlier import protect by name."""
        return frozenset(json.loads(rules)["protected"]) if rules else frozenset()

    def forgets(self, rules: str) -> bool:
        """Return whether earlier rules protect what these do not."""
        return not self.protected_by(rules) <= self.protected | self.before | self._met

    def after(self, rules: str) -> Protection:
        """Return this protection, with what earlier rules protected."""
        return replace(self, before=self.before | self.protected_by(rules))

    def covers(self, steps: pa.Array) -> pa.Array:
        """Return for each event whether it is protected."""
        known = pa.array(sorted(self.protected | self.before), pa.string())
        by_name = pc.is_in(steps, value_set=known)
        if not self.protected:
            return by_name
        return pc.or_(by_name, pc.invert(pc.is_in(steps, value_set=pa.array(sorted(self.named), pa.string()))))

    def hide(self, steps: pa.Array, resources: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Return resources with the names of protected events replaced, and which are of somebody who was erased."""
        covered = pc.and_(pc.fill_null(self.covers(steps), False), resources.is_valid())
        self._met.update(pc.unique(steps.filter(covered)).to_pylist())
        there = pc.unique(resources.filter(covered))
        names = there.to_pylist()
        if new := [name for name in names if name not in self._known]:
            self._known.update(self.ask(new))
        hidden = pa.array([self._known[name] or _GONE for name in names], pa.string())
        gone = pa.array([self._known[name] is None for name in names], pa.bool_())
        place = pc.index_in(resources, value_set=there)
        erased = pc.and_(covered, pc.fill_null(gone.take(place), False))
        return pc.if_else(covered, hidden.take(place), resources), erased

    def apply(self, raw: Raw) -> tuple[Raw, pa.Array | None]:
        """Return rows of a file with names replaced, and for each why it cannot be taken (or null)."""
        if "resource" not in raw.fields or "step" not in raw.fields or not (self.protected or self.before):
            return raw, None
        hidden, erased = self.hide(raw.fields["step"], raw.fields["resource"])
        reasons = pc.if_else(erased, pa.scalar(ERASED), pa.scalar(None, pa.string()))
        return replace(raw, fields={**raw.fields, "resource": hidden}), reasons if pc.any(erased).as_py() else None

    def rewrite(self, rows: pa.RecordBatch, *, done: Iterable[str]) -> pa.RecordBatch:
        """Return rows of the lake as they would have been stored under these rules.

        Events in ``done`` were protected then already. An id that BOS made of a row's content is made anew, so that the
        same row is known again; somebody who was erased stays in it under no name.
        """
        steps, before = rows.column("step"), rows.column("resource")
        fresh = pc.invert(pc.is_in(steps, value_set=pa.array(sorted(done), pa.string())))
        hidden, _ = self.hide(steps, before)
        after = pc.if_else(fresh, hidden, before)
        columns = {name: rows.column(name) for name in rows.schema.names}
        old, new = (hash_rows({**columns, "resource": who}, EVENT_IDENTITY) for who in (before, after))
        ids = [
            made + id_[len(was) :] if id_.startswith(f"{was}-") else id_
            for id_, was, made in zip(
                rows.column("event_id").to_pylist(), old.to_pylist(), new.to_pylist(), strict=True
            )
        ]
        changed = {**columns, "resource": after, "event_id": pa.array(ids, pa.string())}
        return pa.RecordBatch.from_arrays([changed[name] for name in rows.schema.names], schema=rows.schema)
