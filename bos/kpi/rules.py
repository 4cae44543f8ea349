"""Which events are meant, and the rules that cases may break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bos.kpi.conditions import check_name, refuse

if TYPE_CHECKING:
    from bos.kpi.conditions import Condition


@dataclass(frozen=True, slots=True)
class Selection:
    """The events of a signal, all or those that meet a condition."""

    signal: str
    where: Condition | None = None

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.signal, "signal")


def check_ends(start: Selection, end: Selection) -> None:
    """Refuse two ends that are the same events."""
    if start == end:
        refuse("Both ends are the same events, so nothing lies between them.", "Name two signals, or two conditions.")


@dataclass(frozen=True, slots=True)
class Precedes:
    """Every ``then`` event of a case has a ``first`` event before it or at the same instant."""

    first: Selection
    then: Selection

    def __post_init__(self) -> None:
        """Check that the two sides differ."""
        check_ends(self.first, self.then)


@dataclass(frozen=True, slots=True)
class DifferentPersons:
    """No resource of a case did both a ``first`` and a ``second`` event (four eyes)."""

    first: Selection
    second: Selection

    def __post_init__(self) -> None:
        """Check that the two sides differ."""
        check_ends(self.first, self.second)


@dataclass(frozen=True, slots=True)
class NeverTwice:
    """A case has at most one such event."""

    of: Selection


@dataclass(frozen=True, slots=True)
class MustEnd:
    """A case has at least one of these events; a case that has none is still open."""

    ends: tuple[Selection, ...]

    def __post_init__(self) -> None:
        """Check the list."""
        if not self.ends:
            refuse("must_end names no signal.", "Name the signals a case may end with.")
        if len(set(self.ends)) < len(self.ends):
            refuse("must_end names the same events twice.", "Name them once.")


Rule: TypeAlias = Precedes | DifferentPersons | NeverTwice | MustEnd


def applies(rule: Rule) -> Selection | None:
    """Return the events that make a rule apply to a case; ``None``: it applies to every case."""
    match rule:
        case Precedes(_, then):
            return then
        case DifferentPersons(_, second):
            return second
        case NeverTwice(of):
            return of
        case MustEnd():
            return None
