"""The typed tree of a KPI: every node is frozen, and valid once it is built.

Measure    Count | Aggregate | Percentile | Distinct | Ratio | Derived | Conversion | Conformance | Cumulative
           | Availability | Gap | Balance | Cost
Value      FieldOf | Duration | Age | Points           what an aggregate or a percentile is taken of
Selection  a signal and a condition                    which events are meant
Condition  Compare | In | IsNull | Not | And | Or      which of a signal's events (``conditions.py``)
Rule       Precedes | FollowedBy | DifferentPersons | NeverTwice | ExactlyOne | MustEnd | AlongFlow   (``rules.py``)
Term       KpiRef | Number | Arithmetic                the inside of ``derived``

Names and the meaning of the kinds follow the metric types of MetricFlow where they fit; ``docs/kpi.md`` is the
definition in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from bos.kpi.conditions import check_name, check_number, refuse
from bos.kpi.costs import Charge, Cost
from bos.kpi.lengths import SECONDS, Clock, Span, SpanUnit, check_clock
from bos.kpi.rules import (
    AlongFlow,
    DifferentPersons,
    ExactlyOne,
    FollowedBy,
    MustEnd,
    NeverTwice,
    Precedes,
    Rule,
    Selection,
    check_ends,
    has_pending,
    selections_of_rule,
)
from bos.kpi.series import Availability, Points

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = [
    "LENGTHS",
    "LONGEST_TERM",
    "SECONDS",
    "Age",
    "Aggregate",
    "AggregateOp",
    "AlongFlow",
    "Arithmetic",
    "ArithmeticOp",
    "Availability",
    "Balance",
    "Charge",
    "Clock",
    "Conformance",
    "Conversion",
    "Cost",
    "Count",
    "Cumulative",
    "Derived",
    "DifferentPersons",
    "Distinct",
    "Duration",
    "ExactlyOne",
    "FieldOf",
    "FollowedBy",
    "Frame",
    "Gap",
    "Grain",
    "KpiRef",
    "Leaf",
    "Measure",
    "MustEnd",
    "NeverTwice",
    "Number",
    "Percentile",
    "Points",
    "Precedes",
    "Ratio",
    "Rule",
    "Selection",
    "Show",
    "Span",
    "SpanUnit",
    "Standing",
    "Term",
    "Value",
    "kpis_of",
    "selections_of",
]

AggregateOp = Literal["sum", "avg", "min", "max"]
ArithmeticOp = Literal["+", "-", "*", "/"]
Grain = Literal["week", "month", "quarter", "year"]
Show = Literal["rate", "converted", "dropped", "in_flight"]
Standing = Literal["broken", "pending", "kept"]

LONGEST_TERM = 60
"""Operations of a derived KPI that may depend on one another."""

LENGTHS = {"hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000, "quarter": 7_776_000, "year": 31_622_400}
"""Seconds of a bucket, about."""


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of the selected events."""

    of: Selection
    field: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.field, "field")


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds from a case's first ``start`` event to its first ``end`` event at or after it; one value a case."""

    start: Selection
    end: Selection
    clock: Clock = "wall"

    def __post_init__(self) -> None:
        """Check the clock, and that the two ends differ."""
        check_clock(self.clock)
        check_ends(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Age:
    """Seconds that a case has been open at a moment: since its first ``start`` event that no ``end`` event followed."""

    start: Selection
    end: Selection
    clock: Clock = "wall"

    def __post_init__(self) -> None:
        """Check the clock, and that the two ends differ."""
        check_clock(self.clock)
        check_ends(self.start, self.end)


Value: TypeAlias = FieldOf | Duration | Age | Points


@dataclass(frozen=True, slots=True)
class Count:
    """How many events."""

    of: Selection


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Sum, mean, smallest or largest of a value; missing values are left out."""

    op: AggregateOp
    value: Value

    def __post_init__(self) -> None:
        """Check the function."""
        if self.op not in get_args(AggregateOp):
            refuse(f"There is no function called {self.op!r}.", "Functions are sum, avg, min and max.")


@dataclass(frozen=True, slots=True)
class Percentile:
    """Percentile ``rank`` (above 0, below 100), interpolated linearly between the two nearest values."""

    rank: Decimal
    value: Value

    def __post_init__(self) -> None:
        """Check the rank."""
        check_number(self.rank)
        if not 0 < self.rank < 100:  # noqa: PLR2004 - per cent
            refuse(f"p{self.rank} is not a percentile.", "Percentiles are above 0 and below 100, such as p95.")


@dataclass(frozen=True, slots=True)
class Balance:
    """What there is at a moment: the newest point of a system signal, or the cases that are open, or an amount of them.

    A case is open from an event of ``of`` until the first event of ``until`` at or after it.
    """

    of: Points | Selection | FieldOf
    until: Selection | None = None

    def __post_init__(self) -> None:
        """Check that cases have an end, and points none."""
        if isinstance(self.of, Points) != (self.until is None):
            refuse("A balance of cases needs what ends them.", "Write balance(opened -> closed).")
        if self.until is not None:
            check_ends(self.of.of if isinstance(self.of, FieldOf) else cast("Selection", self.of), self.until)


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values a field has."""

    value: FieldOf


@dataclass(frozen=True, slots=True)
class Conversion:
    """Cases with ``start`` that reach ``end`` at or after it, not later than ``within``: as a share or a count."""

    start: Selection
    end: Selection
    within: Span | None = None
    show: Show = "rate"

    def __post_init__(self) -> None:
        """Check what is shown, and that the two ends differ."""
        if self.show not in get_args(Show):
            refuse(f"A conversion cannot show {self.show!r}.", f"It shows {', '.join(get_args(Show))}.")
        check_ends(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Conformance:
    """How many cases break a rule of the flow, or can still keep or break it (``pending``), or keep it."""

    rule: Rule
    show: Standing = "broken"

    def __post_init__(self) -> None:
        """Check what is shown, and that there are such cases."""
        if self.show not in get_args(Standing):
            refuse(f"conformance cannot show {self.show!r}.", f"It shows {', '.join(get_args(Standing))}.")
        if self.show == "pending" and not has_pending(self.rule):
            refuse("No case of this rule is pending.", "Only followed_by and exactly_one have pending cases.")


@dataclass(frozen=True, slots=True)
class Ratio:
    """One measure divided by another; no value where the denominator is 0."""

    numerator: Measure
    denominator: Measure

    def __post_init__(self) -> None:
        """Check that neither side is itself a quotient."""
        if isinstance(self.numerator, _COMPOUND) or isinstance(self.denominator, _COMPOUND):
            refuse("A ratio is of two plain measures.", "Make each its own KPI and use derived(one / other).")


@dataclass(frozen=True, slots=True)
class Gap:
    """One total minus another that should be the same; no value where only one of them was recorded."""

    left: Leaf
    right: Leaf

    def __post_init__(self) -> None:
        """Check that both sides are totals of their own."""
        if isinstance(self.left, _COMPOUND) or isinstance(self.right, _COMPOUND):
            refuse("A gap is between two plain measures.", "Make each its own KPI and use derived(one - other).")
        if self.left == self.right:
            refuse("Both sides of the gap are the same.", "Name the control total, and what it is held against.")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a value at a moment covers: the span before it, the part of a calendar unit until it, or all of the past."""

    window: Span | None = None
    grain: Grain | None = None

    def __post_init__(self) -> None:
        """Check that it is one of these."""
        if self.window is not None and self.grain is not None:
            refuse("A cumulative KPI has a window or a grain_to_date, not both.", "Leave one of them out.")
        if self.grain is not None and self.grain not in get_args(Grain):
            refuse(f"There is no grain called {self.grain!r}.", f"Grains are {', '.join(get_args(Grain))}.")

    @property
    def open(self) -> bool:
        """Whether it covers all of the past."""
        return self.window is None and self.grain is None

    def covered(self, by: str | None, buckets: int) -> int:
        """Return in how many frames an event may lie, at most, where there are so many buckets of a length."""
        if by is None or self.open:
            return buckets
        long = self.window.seconds if self.window is not None else LENGTHS[str(self.grain)]
        return min(buckets, long // LENGTHS[by] + 2)


@dataclass(frozen=True, slots=True)
class Cumulative:
    """A measure over what lies in a frame that ends with the bucket, instead of over the bucket alone."""

    of: Leaf | Ratio | Gap
    frame: Frame = Frame()

    def __post_init__(self) -> None:
        """Check that the measure reads events, over a time."""
        sides = (self.of.numerator, self.of.denominator) if isinstance(self.of, Ratio) else (self.of,)
        if any(isinstance(side, Balance) or isinstance(getattr(side, "value", None), Age) for side in sides):
            refuse("A balance and an age are told at a moment, so nothing runs up.", "Leave cumulative out.")
        if isinstance(self.of, Derived | Cumulative | Cost):
            refuse("cumulative is of a plain measure, a ratio or a gap.", "Use cumulative KPIs inside derived instead.")


@dataclass(frozen=True, slots=True)
class KpiRef:
    """The value of another KPI of the same template."""

    name: str

    def __post_init__(self) -> None:
        """Check the name."""
        check_name(self.name, "KPI")


@dataclass(frozen=True, slots=True)
class Number:
    """A constant that is not negative."""

    value: Decimal

    def __post_init__(self) -> None:
        """Check the digits."""
        check_number(self.value)
        if self.value < 0:
            refuse("A constant in derived is not negative.", "Subtract it instead.")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two terms joined by + - * or /; no value where a side has none or the divisor is 0."""

    op: ArithmeticOp
    left: Term
    right: Term

    def __post_init__(self) -> None:
        """Check the sign."""
        if self.op not in get_args(ArithmeticOp):
            refuse(f"{self.op!r} does not join KPIs.", "Use + - * or /.")
        if _depth(self) > LONGEST_TERM:
            refuse("derived joins too many terms.", "Split it into several KPIs.")


def _depth(term: Term) -> int:
    return 1 + max(_depth(term.left), _depth(term.right)) if isinstance(term, Arithmetic) else 0


Term: TypeAlias = KpiRef | Number | Arithmetic


@dataclass(frozen=True, slots=True)
class Derived:
    """Arithmetic over other KPIs."""

    term: Term

    def __post_init__(self) -> None:
        """Check that at least one KPI is used."""
        if not kpis_of(self.term):
            refuse("derived uses no KPI.", "Name at least one KPI of this template.")


def kpis_of(term: Term) -> tuple[str, ...]:
    """Return the names of the KPIs a term uses, in order, each once."""
    if isinstance(term, KpiRef):
        return (term.name,)
    if isinstance(term, Arithmetic):
        return tuple(dict.fromkeys((*kpis_of(term.left), *kpis_of(term.right))))
    return ()


Leaf: TypeAlias = Count | Aggregate | Percentile | Distinct | Conversion | Conformance | Availability | Balance | Charge
"""A measure that reads events or points itself; a charge is never written: it stands for a cost once all is known."""
Measure: TypeAlias = Leaf | Ratio | Gap | Derived | Cumulative | Cost
_COMPOUND = (Ratio, Gap, Derived, Cumulative, Cost)


def selections_of(node: Rule | Duration | Age | Conversion) -> tuple[Selection, ...]:
    """Return the selections of a rule or of a span, in the order they are written."""
    if isinstance(node, Duration | Age | Conversion):
        return (node.start, node.end)
    return selections_of_rule(node)
