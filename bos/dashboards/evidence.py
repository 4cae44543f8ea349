"""Why a case breaks a rule, in one plain sentence: which event when, by whom, what is missing, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.model.answers.cases import Evidence, ProofEvent
from bos.model.answers.cases import Passage as PassageAnswer
from bos.model.numbers import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.evidence import Mark, Proof
    from bos.kpi.ways import Passage


@dataclass(frozen=True, slots=True)
class Names:
    """What events are called: titles of signals by local name, and by native event name; and the zone of times."""

    titles: Mapping[str, str]
    events: Mapping[str, str]
    time_zone: str

    def of(self, what: str) -> str:
        """Return what events of a rule are called, with the condition they meet."""
        name, _, where = what.partition(" where ")
        title = f"“{self.titles.get(name, name)}”"
        return f"{title} where {where}" if where else title

    def told(self, mark: Mark) -> str:
        """Return an event with its time and who did it."""
        what = self.of(mark.what) if mark.what else f"“{self.events.get(mark.step, mark.step)}”"
        return f"{what} {self.when(mark)}"

    def when(self, mark: Mark) -> str:
        """Return when an event happened and who did it, where that was recorded."""
        by = f" by {mark.by}" if mark.by else ""
        return f"on {self.moment(mark.at)}{by}"

    def moment(self, at: datetime) -> str:
        """Return a moment by the clock of the zone; seconds where they are not 0."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        clock = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
        return f"{_day(local)} at {clock}"

    def due(self, at: datetime) -> str:
        """Return by when something had to come; a midnight is the end of a day."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        if local.hour == local.minute == local.second == local.microsecond == 0:
            return f"the end of {_day(local - timedelta(days=1))}"
        return self.moment(at)


def _day(local: datetime) -> str:
    return f"{local.day} {local:%B %Y}"


def evidence(proof: Proof, names: Names) -> Evidence:
    """Return why a case breaks a rule, as data and as a sentence."""
    events = tuple(
        ProofEvent(
            what=mark.what, signal=mark.signal, event_id=mark.event_id, step=mark.step or "", at=mark.at, by=mark.by
        )
        for mark in proof.events
    )
    words = _SENTENCES[proof.rule](proof, names)
    return Evidence(
        rule=proof.rule, events=events, missing=proof.missing, due=proof.due, times=proof.times, words=words
    )


def passage(found: Passage, names: Names) -> PassageAnswer:
    """Return what came right after what without a way, as data and as a sentence."""
    first, then = (_listed([names.of(what) for what in side]) for side in (found.first, found.then))
    times = "once" if found.times == 1 else f"{grouped(found.times)} times"
    cases = "one case" if found.cases == 1 else f"{grouped(found.cases)} cases"
    words = f"{then} right after {first}: {times}, in {cases}."
    return PassageAnswer(first=found.first, then=found.then, cases=found.cases, times=found.times, words=words)


def _precedes(proof: Proof, names: Names) -> str:
    then, *later = proof.events
    words = f"{names.told(then)}; no {names.of(proof.missing[0])} before it."
    return f"{words} The first came {names.when(later[0])}." if later else words


def _followed_by(proof: Proof, names: Names) -> str:
    first, *later = proof.events
    due = names.due(proof.due) if proof.due else "then"
    if later:
        return f"{names.told(first)}; {names.told(later[0])}, later than {due}."
    return f"{names.told(first)}; no {names.of(proof.missing[0])} by {due}."


def _different_persons(proof: Proof, names: Names) -> str:
    first, second = proof.events
    whats = [
        f"{names.of(mark.what)} on {names.moment(mark.at)}"
        for mark in sorted((first, second), key=lambda mark: (mark.at, mark is second))
    ]
    return f"{whats[0]} and {whats[1]}, both by {first.by}."


def _never_twice(proof: Proof, names: Names) -> str:
    first, second = proof.events
    times = "twice" if proof.times == 2 else f"{proof.times} times"  # noqa: PLR2004 - the word for two
    return f"{names.told(first)}, and again {names.when(second)}: {times} in all."


def _exactly_one(proof: Proof, names: Names) -> str:
    if proof.missing:
        return f"{names.told(proof.events[0])} ended the case; {_none(proof.missing, names)} came."
    return f"{_listed([names.told(mark) for mark in proof.events])}, where only one of them may come."


def _must_end(proof: Proof, names: Names) -> str:
    first, last = proof.events
    none = f"{_none(proof.missing, names)} yet"
    if first.event_id == last.event_id:
        return f"{names.told(first)}, its only event; {none}."
    return f"Begun {names.when(first)}; its last event is {names.told(last)}; {none}."


def _along_flow(proof: Proof, names: Names) -> str:
    first, then = proof.events
    return f"{names.told(then)} came right after {names.told(first)}, and no way of the flow leads there."


def _none(missing: Sequence[str], names: Names) -> str:
    called = [names.of(what) for what in missing]
    return f"no {called[0]}" if len(called) == 1 else f"none of {_listed(called)}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_SENTENCES = {
    "precedes": _precedes,
    "followed_by": _followed_by,
    "different_persons": _different_persons,
    "never_twice": _never_twice,
    "exactly_one": _exactly_one,
    "must_end": _must_end,
    "along_flow": _along_flow,
}
