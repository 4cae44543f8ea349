"""Tells people what waits for them, through the outbox; what nobody can sign, those who can mend that (rule 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions.holding import Holding
from bos.store import places

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bos.actions.unit import Unit
    from bos.model.answers.changes import GroupMark
    from bos.store.approval.need import Tally
    from bos.store.changes import StoredGroup

WAITS = "signature.waits"
NOBODY = "signature.nobody"
WAIVER_ENDED = "waiver.ended"


def waits(unit: Unit, kind: str, id_: str, groups: Iterable[tuple[GroupMark, Iterable[str]]]) -> None:
    """Tell of new groups, each with its authors, who may not sign: for every role whose turn it is."""
    listed = list(groups)
    if not listed:
        return
    place = places.of_document(unit.connection, kind, id_)
    holding = Holding.at(unit.connection, unit.now, places=[place])
    for mark, authors in listed:
        wait = {"kind": kind, "id": id_, "group": mark.group, "paths": list(mark.paths)}
        for waiting in mark.waiting_for:
            if waiting.after:
                continue
            able = holding.of(waiting.role, place, without=authors)
            _tell_role(unit, waiting.role, waiting.count, able, holding.to_tell(place), wait)


def next_turn(unit: Unit, group: StoredGroup, before: Tally, after: Tally) -> None:
    """Tell those whose turn to sign it is now, since others have signed."""
    holding = Holding.at(unit.connection, unit.now)
    place = places.of_document(unit.connection, group.kind, group.id)
    wait = {"kind": group.kind, "id": group.id, "group": group.group, "paths": [one.path for one in group.changes]}
    for role, count in after.left().items():
        if before.earlier(role) and not after.earlier(role):
            able = holding.of(role, place, without=group.authors)
            _tell_role(unit, role, count, able, holding.to_tell(place), wait)


def _tell_role(
    unit: Unit, role: str, count: int, able: Iterable[str], mending: Iterable[str], wait: dict[str, Any]
) -> None:
    """Tell those who can sign; where they are too few, also those who can mend that."""
    names = sorted(able)
    if names:
        tell(unit, WAITS, role, names, wait)
    if len(names) < count:
        tell(unit, NOBODY, role, mending, wait)


def tell(unit: Unit, topic: str, role: str, people: Iterable[str], wait: dict[str, Any]) -> None:
    """Put a wait into the message of this act to the same people in the same role; a batch makes one of many."""
    names = sorted(people)
    for known, payload in unit.messages:
        if known == topic and payload["role"] == role and payload["people"] == names:
            payload["waits"].append(wait)
            return
    unit.tell(topic, {"role": role, "people": names, "by": unit.actor.person, "waits": [wait]})
