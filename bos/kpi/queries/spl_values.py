"""From rows of a search to values: one ``stats`` over the cells of a KPI, and the arithmetic that joins them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bos.kpi import nodes as n
from bos.kpi.conditions import shortest
from bos.kpi.queries.spl_text import Fields, column
from bos.kpi.refs import at_moment, points_read, selections
from bos.kpi.series import GoodOfTotal, Within, points_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from bos.kpi.cells import Cell
    from bos.kpi.queries.spl_rows import Rows

Pair: TypeAlias = tuple[str, str | None, str | None]
"""Fields (or a constant) of value, n and currency."""


@dataclass(slots=True)
class Taken:
    """What one cell takes of the rows: evals before, aggregates, evals after.

    ``bos_v<i>`` is the value, ``bos_n<i>`` what it rests on, ``bos_u<i>`` its currency where it is money.
    """

    i: int
    rows: Rows
    before: list[str] = field(default_factory=list)
    stats: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    rank: float | None = None
    currency: str | None = None

    def read(self, cell: Cell) -> Taken:
        """Fill in what a cell takes."""
        leaf = cell.leaf
        if isinstance(leaf, n.Availability):
            self._available(leaf)
        elif at_moment(leaf) or isinstance(leaf, n.Conversion | n.Conformance) or _lasts(leaf):
            self._of_case(leaf)
        elif points_read(leaf):
            self._of_points(leaf)
        else:
            self._of_events(leaf)
        return self

    def eval(self, name: str, expression: str, at: str = "before") -> None:
        """Write ``bos_<name><i>``."""
        getattr(self, at).append(f"| eval bos_{name}{self.i}={expression}")

    def _only(self, value: str, taken: str) -> str:
        """Return a value of the rows a cell takes."""
        return f"if({taken},{value},null())" if len(self.rows.cells) > 1 else value

    def _of_events(self, leaf: n.Leaf) -> None:
        (selection,) = selections(leaf)
        taken, own = self.rows.base.takes(selection), Fields(self.rows.base.signals[selection.signal])
        value = getattr(leaf, "value", None)
        if not isinstance(value, n.FieldOf):
            self.eval("c", self._only("1", taken))
            self._count()
            return
        typed = own.typed(value.field)
        self.eval("c", self._only(own.coded(value.field) if _texts(leaf, own, value) else typed, taken))
        if _texts(leaf, own, value):
            self.eval("c", f'if(bos_c{self.i}=="m",null(),bos_c{self.i})')
        money = value.field == "amount" and not isinstance(leaf, n.Distinct)
        self._aggregate(leaf)
        if money:
            cents = isinstance(leaf, n.Aggregate) and leaf.op != "avg"
            self._one_currency(f"bos_c{self.i}", column(own.native("currency")), cents=cents)

    def _one_currency(self, value: str, at: str, *, cents: bool) -> None:
        """Take no value where amounts are of more than one currency, or some of none; totals are in ``cents``."""
        i = self.i
        self.eval("q", f"if(isnotnull({value}),{at},null())")
        self.eval("z", f"if(isnotnull({value}) AND isnull({at}),1,null())")
        self.stats += [f"dc(bos_q{i}) as bos_k{i}", f"min(bos_q{i}) as bos_u{i}", f"count(bos_z{i}) as bos_z{i}"]
        told = f"round(bos_v{i},2)" if cents else f"bos_v{i}"
        self.eval("v", f"if(bos_k{i}>1 OR (bos_k{i}==1 AND bos_z{i}>0),null(),{told})", "after")
        self.currency = f"bos_u{i}"

    def _count(self) -> None:
        self.stats.append(f"count(bos_c{self.i}) as bos_n{self.i}")
        self.eval("v", f"bos_n{self.i}", "after")

    def _aggregate(self, leaf: n.Leaf) -> None:
        i = self.i
        self.stats.append(f"count(bos_c{i}) as bos_n{i}")
        match leaf:
            case n.Percentile(rank):
                self.rank = float(rank / 100)
                self.stats.append(f"sum(bos_w{i}) as bos_v{i}")
            case n.Distinct():
                self.stats.append(f"dc(bos_c{i}) as bos_v{i}")
            case n.Aggregate(op):
                self.stats.append(f"{op}(bos_c{i}) as bos_v{i}")

    def _of_points(self, leaf: n.Leaf) -> None:
        (points,) = points_read(leaf)
        base, i = self.rows.base, self.i
        value, taken = self._point(points.signal)
        self.eval("c", self._only(value, taken))
        if isinstance(leaf, n.Balance):
            self.eval("l", self._only(base.point_field(points.signal, "labels"), taken))
            self.stats += [f"latest(bos_c{i}) as bos_v{i}", f"count(bos_c{i}) as bos_n{i}", f"dc(bos_l{i}) as bos_k{i}"]
            self.eval("v", f"if(bos_k{i}>1,null(),bos_v{i})", "after")
        else:
            self._aggregate(leaf)
        currency = base.systems[points.signal].currency
        if currency:
            self.eval("u", f'"{currency}"', "after")
            self.currency = f"bos_u{i}"

    def _point(self, name: str) -> tuple[str, str]:
        base = self.rows.base
        value = f"tonumber({base.point_field(name, 'value')})"
        return (f"round({value},2)" if base.systems[name].currency else value), base.point(name)

    def _available(self, leaf: n.Availability) -> None:
        i = self.i
        match leaf.of:
            case Within(of, op, bound):
                value, taken = self._point(of.signal)
                self.eval("c", self._only(f"if(isnull({value}),null(),if({value}{op}{shortest(bound)},1,0))", taken))
                self._aggregate(n.Aggregate("avg", of))
            case GoodOfTotal():
                self._counted(leaf.of)
            case n.Points() as of:
                value, taken = self._point(of.signal)
                self.eval("c", self._only(value, taken))
                self.eval("o", f"if(bos_c{i}<0 OR bos_c{i}>1,1,null())")
                self._aggregate(n.Aggregate("avg", of))
                self.stats.append(f"count(bos_o{i}) as bos_o{i}")
                self.eval("v", f"if(bos_o{i}>0,null(),bos_v{i})", "after")

    def _counted(self, of: GoodOfTotal) -> None:
        i = self.i
        (good, some), (total, every) = (self._point(points.signal) for points in points_of(of))
        self.eval("g", f"if({some},{good},null())")
        self.eval("c", f"if({every},{total},null())")
        self.eval("o", f"if(bos_g{i}<0 OR bos_c{i}<0,1,null())")
        self.stats += [f"sum(bos_g{i}) as bos_g{i}", f"sum(bos_c{i}) as bos_c{i}", f"count(bos_o{i}) as bos_o{i}"]
        self.eval("g", f"if(isnull(bos_g{i}),0,bos_g{i})", "after")
        self.eval("n", f"if(isnull(bos_c{i}),0,bos_c{i})", "after")
        self.eval("v", f"if(bos_n{i}==0 OR bos_o{i}>0 OR bos_g{i}>bos_n{i},null(),bos_g{i}/bos_n{i})", "after")

    def _of_case(self, leaf: n.Leaf) -> None:
        i = self.i
        match leaf:
            case n.Conformance():
                self.eval("c", "bos_v")
                self.stats += [f"sum(bos_c{i}) as bos_v{i}", f"count(bos_c{i}) as bos_n{i}"]
                self._or_none()
            case n.Conversion():
                self._converted(leaf)
            case n.Balance(n.FieldOf(_, name)):
                self.eval("c", "bos_v")
                self.stats += [f"sum(bos_c{i}) as bos_v{i}", f"count(bos_c{i}) as bos_n{i}"]
                self._or_none()
                if name == "amount":
                    self._one_currency(f"bos_c{i}", "bos_currency", cents=True)
            case n.Balance():
                self.eval("c", "1")
                self._count()
            case _:
                self.eval("c", "bos_lasted")
                self._aggregate(leaf)

    def _or_none(self) -> None:
        self.eval("v", f"if(isnull(bos_v{self.i}),0,bos_v{self.i})", "after")

    def _converted(self, leaf: n.Conversion) -> None:
        i = self.i
        done = "isnotnull(bos_ended)"
        over = "1==0"
        if leaf.within is not None:
            done = f"(isnotnull(bos_ended) AND bos_lasted<={leaf.within.seconds})"
            over = f"round(bos_newest-bos_started,6)>{leaf.within.seconds}"
        told = {
            "rate": f"if({done},1,0)",
            "converted": f"if({done},1,0)",
            "dropped": f"if({done},0,if({over},1,0))",
            "in_flight": f"if({done},0,if({over},0,1))",
        }[leaf.show]
        self.eval("c", told)
        self.stats += [f"sum(bos_c{i}) as bos_v{i}", f"count(bos_c{i}) as bos_n{i}"]
        if leaf.show == "rate":
            self.eval("v", f"if(bos_n{i}==0,null(),bos_v{i}/bos_n{i})", "after")
        else:
            self._or_none()


def _lasts(leaf: n.Leaf) -> bool:
    return isinstance(getattr(leaf, "value", None), n.Duration | n.Age)


def _texts(leaf: n.Leaf, own: Fields, value: n.FieldOf) -> bool:
    """Return whether different texts are counted, which must not be taken for numbers."""
    return isinstance(leaf, n.Distinct) and own.kind(value.field) in {"text", "date", "boolean"}


def ranked(i: int, rank: float, keys: Sequence[str]) -> list[str]:
    """Return the lines that weigh the two values between which a percentile lies: ``bos_w<i>`` adds up to it.

    Linear interpolation between ranks (NIST, as spreadsheets do); ``perc`` would take the nearest rank.
    """
    by = f" by {' '.join(keys)}" if keys else ""
    one, two = f"bos_c{i}*(1-bos_h{i}+bos_f{i})", f"bos_c{i}*(bos_h{i}-bos_f{i})"
    ways = f"bos_r{i}==bos_f{i}+1,{one},bos_r{i}==bos_f{i}+2,{two},true(),0"
    return [
        f"| sort 0 num(bos_c{i})",
        f"| streamstats count(bos_c{i}) as bos_r{i}{by}",
        f"| eventstats count(bos_c{i}) as bos_m{i}{by}",
        f"| eval bos_h{i}=(bos_m{i}-1)*{rank!r}, bos_f{i}=floor(bos_h{i})",
        f"| eval bos_w{i}=case(isnull(bos_c{i}),null(),{ways})",
    ]


@dataclass(slots=True)
class Sums:
    """The algebra of a search: each step is a line, so that no expression is written twice."""

    names: dict[Cell, tuple[int, str | None]]
    lines: list[str] = field(default_factory=list)

    def cell(self, cell: Cell) -> Pair:
        """Return what a cell came to."""
        i, currency = self.names[cell]
        return f"bos_v{i}", f"bos_n{i}", currency

    def number(self, value: Decimal) -> Pair:
        """Return a constant."""
        return shortest(value), None, None

    def join(self, op: n.ArithmeticOp, left: Pair, right: Pair) -> Pair:
        """Return two terms joined; nothing where one has nothing or a divisor is 0."""
        told = f"{left[0]}{op}{right[0]}"
        if op == "/":
            told = f"if(isnull({right[0]}) OR {right[0]}==0,null(),{told})"
        counts = [side[1] for side in (left, right) if side[1] is not None]
        return self._line(told), f"min({','.join(counts)})" if counts else None, None

    def gap(self, left: Pair, right: Pair) -> Pair:
        """Return the difference of two totals; nothing where they are in two currencies."""
        told = f"{left[0]}-{right[0]}"
        if left[2] and right[2]:
            told = f"if(isnotnull({left[2]}) AND isnotnull({right[2]}) AND {left[2]}!={right[2]},null(),{told})"
        return self._line(told), f"min({left[1]},{right[1]})", None

    def ratio(self, numerator: Pair, denominator: Pair) -> Pair:
        """Return a quotient that rests on the denominator."""
        return self.join("/", numerator, denominator)[0], denominator[1], None

    def _line(self, told: str) -> str:
        name = f"bos_t{len(self.lines)}"
        self.lines.append(f"| eval {name}={told}")
        return name
