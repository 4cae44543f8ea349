"""Which events are meant, and the rules that cases may break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bos.kpi.conditions import check_name, refuse
from bos.kpi.lengths import check_clock

if TYPE_CHECKING:
    from bos.kpi.conditions import Condition
    from bos.kpi.lengths import Clock, Span

MOST_KINDS = 60
"""Kinds of events that a rule over the flow's graph may name: each is a bit of a whole number of 64."""


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
class FollowedBy:
    """Every ``first`` event of a case has a ``then`` event at or after it, not later than ``within``.

    On the clock ``business`` minutes and hours are working time, and days are working days.
    """

    first: Selection
    then: Selection
    within: Span
    clock: Clock = "wall"

    def __post_init__(self) -> None:
        """Check the clock and its units, and that the two sides differ."""
        check_clock(self.clock)
        check_ends(self.first, self.then)
        if self.clock == "business" and self.within.unit == "week":
            refuse("Working time is not counted in weeks.", "Write so many days: each is a working day.")


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
class ExactlyOne:
    """Of several kinds of events a case has one kind, however often; without any it is pending, or broken if it ended.

    ``ended`` are the events that end a case; without them a case that has none of the others is pending for ever.
    """

    of: tuple[Selection, ...]
    ended: Selection | None = None

    def __post_init__(self) -> None:
        """Check the list."""
        if len(self.of) < 2:  # noqa: PLR2004 - to choose from
            refuse("exactly_one has nothing to choose from.", "Name at least two signals.")
        if len({*self.of, self.ended}) <= len(self.of):
            refuse("exactly_one names the same events twice.", "Name them once.")


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


@dataclass(frozen=True, slots=True)
class AlongFlow:
    """Events of these kinds follow one another in a case only as the ways between the steps of the flow lead.

    The ways are those of the template (``BoundSignal.place``), so the rule is about the flow as it is drawn.
    """

    of: tuple[Selection, ...]

    def __post_init__(self) -> None:
        """Check the list."""
        if len(self.of) < 2:  # noqa: PLR2004 - a way has two ends
            refuse("along_flow has no two ends of a way.", "Name at least two signals.")
        if len(self.of) > MOST_KINDS:
            refuse(f"along_flow names more than {MOST_KINDS} signals.", "Name those that tell the steps apart.")
        if len(set(self.of)) < len(self.of):
            refuse("along_flow names the same events twice.", "Name them once.")


Rule: TypeAlias = Precedes | FollowedBy | DifferentPersons | NeverTwice | ExactlyOne | MustEnd | AlongFlow


def applies(rule: Rule) -> Selection | None:
    """Return the events that make a rule apply to a case; ``None``: it applies to every case."""
    match rule:
        case Precedes(_, then):
            return then
        case FollowedBy(first):
            return first
        case DifferentPersons(_, second):
            return second
        case NeverTwice(of):
            return of
        case ExactlyOne() | MustEnd() | AlongFlow():
            return None


def has_pending(rule: Rule) -> bool:
    """Return whether a case can be one that neither keeps the rule nor breaks it yet."""
    return isinstance(rule, FollowedBy | ExactlyOne)


def selections_of_rule(rule: Rule) -> tuple[Selection, ...]:
    """Return the selections of a rule, in the order they are written."""
    match rule:
        case Precedes(one, two) | FollowedBy(one, two) | DifferentPersons(one, two):
            return (one, two)
        case NeverTwice(of):
            return (of,)
        case AlongFlow(of):
            return of
        case ExactlyOne(of, ended):
            return of if ended is None else (*of, ended)
        case MustEnd(ends):
            return ends
