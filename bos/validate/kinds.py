"""What numbers are numbers of, and what two of them come to: money by count is money, by money a fraction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from bos.kpi import nodes as n
from bos.kpi import refs
from bos.model.numbers import DURATIONS, SHARES, is_money
from bos.model.outcomes import WORKING

if TYPE_CHECKING:
    from collections.abc import Mapping

What: TypeAlias = Literal["count", "share", "time", "money", "rate", "number", "other"]
"""``rate`` is a quotient or product of none of the others, ``number`` a constant, ``other`` perhaps any of them."""
_HUNDREDS = {Decimal(100): 1, Decimal("0.01"): -1}
_SURE = Decimal(10)
"""A larger constant than this, other than 100, may make a percentage of a fraction."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number is a number of.

    Attributes:
        what: as :data:`What` says.
        unit: the unit it is in, as far as it is known: a currency, ``seconds`` or the unit a person named.
        hundreds: how often it was multiplied by 100, which makes a percentage of a fraction; ``None``: nobody can say.
        scaled: whether it was multiplied or divided by a constant.
        plain: whether it is no quotient or product, so that its unit needs no name of its own.
    """

    what: What
    unit: str = ""
    hundreds: int | None = 0
    scaled: bool = False
    plain: bool = False

    @property
    def called(self) -> str:
        """The unit in words, for messages."""
        return repr(self.unit) if self.unit else _CALLED[self.what]


_CALLED: dict[What, str] = {
    "count": "a number of things",
    "share": "a share",
    "time": "time",
    "money": "an amount",
    "rate": "a rate",
    "number": "a number",
    "other": "a number",
}
OTHER = Kind("other")


class Unlike(Exception):
    """Two numbers of different units were added, ``one`` and ``two`` in words."""

    def __init__(self, one: str, two: str) -> None:
        """Take both units in words."""
        super().__init__(one, two)
        self.one, self.two = one, two


def kinds_of(kpis: Mapping[str, tuple[n.Measure, str]], points: Mapping[str, str]) -> dict[str, Kind | Unlike]:
    """Return what each KPI of a template comes to, or why it is a sum of unlike things.

    ``kpis`` are formula and unit by id, ``points`` the unit of each system signal by local name. KPIs that go round in
    a circle, which is told elsewhere, come to ``other``.
    """
    reader, waiting = _Reader(points, {}), dict(kpis)
    while waiting:
        uses = {name: refs(measure).kpis for name, (measure, _) in waiting.items()}
        ready = [name for name, used in uses.items() if not waiting.keys() & set(used)]
        for name in ready or list(waiting):
            measure, unit = waiting.pop(name)
            try:
                reader.known[name] = (reader.of(measure), unit)
            except Unlike as unlike:
                reader.known[name] = (unlike, unit)
    return {name: kind for name, (kind, _) in reader.known.items()}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what a measure comes to; ``known`` are the KPIs that were read already, with their units."""

    points: Mapping[str, str]
    known: dict[str, tuple[Kind | Unlike, str]]

    def of(self, measure: n.Measure) -> Kind:
        """Return what a measure comes to.

        Raises:
            Unlike: it adds numbers of different units.
        """
        match measure:
            case n.Derived(term):
                return self._term(term)
            case n.Ratio(one, two):
                return _joined("/", self.of(one), self.of(two), None)
            case n.Gap(one, two):
                return added(self.of(one), self.of(two))
            case n.Cumulative(part):
                return self.of(part)
            case n.Cost():
                return Kind("money", plain=True)
            case _:
                return self._leaf(measure)

    def _leaf(self, leaf: n.Measure) -> Kind:
        match leaf:
            case n.Availability() | n.Conversion(show="rate"):
                return Kind("share", plain=True)
            case n.Aggregate(_, value) | n.Percentile(_, value) | n.Balance(n.FieldOf() | n.Points() as value):
                return self._value(value)
        return Kind("count", plain=True)

    def _value(self, value: n.Value) -> Kind:
        match value:
            case n.Duration() | n.Age():
                return Kind("time", WORKING if value.clock == "business" else "seconds", plain=True)
            case n.FieldOf(_, "amount"):
                return Kind("money", plain=True)
            case n.Points(signal):
                return replace(named(self.points.get(signal, "")), plain=True)
        return replace(OTHER, plain=True)

    def _term(self, term: n.Term) -> Kind:
        match term:
            case n.KpiRef(name):
                return self._kpi(name)
            case n.Number():
                return Kind("number", scaled=True)
            case n.Arithmetic(op, left, right):
                one, two = self._term(left), self._term(right)
                if op in {"+", "-"}:
                    return added(one, two)
                by = right if isinstance(right, n.Number) else left if op == "*" else None
                return _joined(op, one, two, by.value if isinstance(by, n.Number) else None)

    def _kpi(self, name: str) -> Kind:
        """Return what a KPI comes to: as its formula says, in its unit; where that is wrong, it is told there."""
        found, unit = self.known.get(name, (OTHER, ""))
        if isinstance(found, Unlike):
            return OTHER
        if found.what == "other":
            return named(unit)
        if found.what == "money":
            return replace(found, unit=unit if is_money(unit) else found.unit, plain=False)
        return replace(found, unit=unit if found.what in {"count", "rate"} else found.unit, plain=False)


def named(unit: str) -> Kind:
    """Return what a number is of that somebody gave this unit."""
    if is_money(unit):
        return Kind("money", unit)
    if unit in DURATIONS:
        return Kind("time", unit)
    if unit in SHARES:
        return Kind("share")
    return Kind("share", hundreds=1) if unit == "percent" else Kind("other", unit)


def added(one: Kind, two: Kind) -> Kind:
    """Return what a sum or a difference is of: a constant is of what it is added to.

    Raises:
        Unlike: both are known to be of different units.
    """
    known = [side for side in (one, two) if side.what != "number" and (side.what, side.unit) != ("other", "")]
    if len(known) < 2:  # noqa: PLR2004 - both sides
        return known[0] if known else one if one.what == "other" else two
    if _unlike(one, two):
        raise Unlike(_word(one), _word(two))
    hundreds = one.hundreds if one.hundreds == two.hundreds else None
    kept = one if one.what != "other" and (one.unit or not two.unit) else two
    scaled = one.scaled or two.scaled
    return replace(kept, hundreds=hundreds, scaled=scaled, plain=one.plain and two.plain)


def _unlike(one: Kind, two: Kind) -> bool:
    whats = {one.what, two.what}
    if whats <= {"count", "other"}:  # what is counted may be called payments here and records there
        return whats == {"other"} and one.unit != two.unit
    if len(whats) > 1:
        return not ("other" in whats and (one.scaled or two.scaled))  # minutes, made of seconds
    if one.what == "share":
        return {one.hundreds, two.hundreds} == {0, 1}
    return one.unit != two.unit and "" not in {one.unit, two.unit}


def _word(kind: Kind) -> str:
    return repr("percent" if kind.hundreds == 1 else "ratio") if kind.what == "share" else kind.called


def _joined(op: n.ArithmeticOp, one: Kind, two: Kind, by: Decimal | None) -> Kind:
    """Return what a product or a quotient is of; ``by`` is the constant that one side of it is."""
    if "number" in {one.what, two.what}:
        return _scaled(op, one, two, by)
    found = _product(one, two) if op == "*" else _quotient(one, two)
    unsure = one.hundreds is None or two.hundreds is None
    hundreds = None if unsure else (one.hundreds or 0) + (two.hundreds or 0) * (1 if op == "*" else -1)
    return replace(found, hundreds=hundreds, scaled=one.scaled or two.scaled, plain=False)


def _scaled(op: n.ArithmeticOp, one: Kind, two: Kind, by: Decimal | None) -> Kind:
    if op == "/" and one.what == "number":
        return two if two.what == "number" else Kind("rate") if two.what in {"money", "time"} else OTHER
    kept, sign = two if one.what == "number" else one, 1 if op == "*" else -1
    hundreds = None
    if kept.hundreds is not None and by in _HUNDREDS:
        hundreds = kept.hundreds + sign * _HUNDREDS[by]
    elif by is not None and by <= _SURE:
        hundreds = kept.hundreds
    return replace(kept, unit="" if kept.what == "other" else kept.unit, hundreds=hundreds, scaled=True, plain=False)


def _product(one: Kind, two: Kind) -> Kind:
    for kept, other in ((one, two), (two, one)):
        if kept.what in {"money", "time"} and other.what in {"count", "share"}:
            return kept
        if other.what == "share" and kept.what in {"count", "share", "other"}:
            return kept
    return Kind("rate") if {one.what, two.what} <= {"money", "time"} else OTHER


def _quotient(one: Kind, two: Kind) -> Kind:
    if {one.what, two.what} & {"other", "rate"}:
        like = one.what == two.what and bool(one.unit) and one.unit == two.unit
        return Kind("share") if like else OTHER
    if one.what == two.what:
        foreign = one.what == "money" and one.unit != two.unit and "" not in {one.unit, two.unit}
        return Kind("rate") if foreign else Kind("share")
    if two.what in {"count", "share"}:
        return OTHER if one.what == "share" else one
    return Kind("rate")
