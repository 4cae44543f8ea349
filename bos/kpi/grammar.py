"""The grammar of formulas, and what each of its rules builds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from lark import Lark, Token, Tree

from bos.errors import FormulaError
from bos.kpi import nodes as n
from bos.kpi.conditions import And, Compare, Condition, Constant, FieldRef, In, IsNull, Or, negate, refuse
from bos.kpi.series import GoodOfTotal, Within

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.kpi.series import BoundOp

DEEPEST = 40
"""Levels a formula may be nested."""

GRAMMAR = r"""
start: measure

?measure: "count" "(" selection ")"                         -> count
    | AGGREGATE "(" value ")"                               -> aggregate
    | PERCENTILE "(" value ")"                              -> percentile
    | "distinct" "(" field_of ")"                           -> distinct
    | "ratio" "(" measure "," measure ")"                   -> ratio
    | "derived" "(" sum ")"                                 -> derived
    | "conversion" "(" selection "->" selection option* ")" -> conversion
    | "conformance" "(" rule ["," "show" "=" STANDING] ")"  -> conformance
    | "cumulative" "(" measure frame* ")"                   -> cumulative
    | "availability" "(" indicator ")"                      -> availability
    | "gap" "(" measure "," measure ")"                     -> gap
    | "cost" "(" NAME ")"                                   -> cost
    | "balance" "(" (points | (selection | field_of) "->" selection) ")" -> balance

?value: field_of | duration | age | points
age: AGE "(" selection "->" selection ["," "clock" "=" CLOCK] ")"
points: NAME
?indicator: points
    | points COMPARE bound                                  -> met
    | points "/" points                                     -> good_of_total
?bound: NUMBER -> plain | "-" NUMBER -> below
field_of: NAME "." NAME [where]
duration: DURATION "(" selection "->" selection ["," "clock" "=" CLOCK] ")"
selection: NAME [where]
?option: "," "within" "=" NUMBER UNIT                       -> within
    | "," "show" "=" SHOW                                   -> show
?frame: "," "window" "=" NUMBER UNIT                        -> window
    | "," "grain_to_date" "=" GRAIN                         -> grain
?rule: "precedes" "(" selection "," selection ")"           -> precedes
    | "followed_by" "(" selection "," selection "," "within" "=" NUMBER UNIT ["," "clock" "=" CLOCK] ")" -> followed_by
    | "different_persons" "(" selection "," selection ")"   -> different_persons
    | "never_twice" "(" selection ")"                       -> never_twice
    | "exactly_one" "(" selection ("," selection)+ [ended] ")" -> exactly_one
    | "must_end" "(" selection ("," selection)* ")"         -> must_end
    | "along_flow" "(" selection ("," selection)+ ")"       -> along_flow
?ended: "," ENDED "=" selection                             -> ended

?where: "where" any
?any: all ("or" all)*
?all: negation ("and" negation)*
?negation: "not" negation                                   -> negated
    | "(" any ")"
    | NAME COMPARE operand                                  -> compare
    | NAME "in" "(" constant ("," constant)* ")"            -> within_list
    | NAME "not" "in" "(" constant ("," constant)* ")"      -> outside_list
    | NAME "is" "null"                                      -> missing
    | NAME "is" "not" "null"                                -> present
?operand: constant | NAME                                   -> other_field
constant: TEXT -> text | NUMBER -> number | "-" NUMBER -> negative | DAY -> day | BOOLEAN -> boolean

?sum: product (PLUS product)*
?product: term (TIMES term)*
?term: NAME -> kpi | NUMBER -> amount | "(" sum ")"

AGGREGATE: "sum" | "avg" | "min" | "max"
PERCENTILE: /p[0-9]+(\.[0-9]+)?/
DURATION.2: /duration(?=\s*\()/
AGE.2: /age(?=\s*\()/
ARROW: "->"
TIMED: "clock"
SHOWN: "show"
CLOCK: "wall" | "business"
STANDING: "broken" | "pending" | "kept"
ENDED.2: /ended(?=\s*=)/
SHOW: "rate" | "converted" | "dropped" | "in_flight"
GRAIN.2: "quarter" | "year" | "week" | "month"
UNIT: /(minute|hour|day|week)s?/
COMPARE: "=" | "!=" | "<>" | "<=" | ">=" | "<" | ">"
PLUS: "+" | "-"
TIMES: "*" | "/"
TEXT: /'(?:[^']|'')*'/
DAY.2: /date\s*'[^']*'/
BOOLEAN.2: "true" | "false"
NUMBER: /[0-9]+(\.[0-9]+)?/
NAME: /[a-z][a-z0-9_]*/
%ignore /[ \t\r\n]+/
"""


@cache
def reader() -> Lark:
    """Return the parser of the grammar; made once, about 50 ms."""
    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def build(tree: Tree[Token], *, depth: int = 0) -> Any:
    """Return what a tree of the grammar means, from the leaves up.

    Raises:
        FormulaError: a node refuses its parts; with the place where the node is written.
    """
    try:
        if depth > DEEPEST:
            refuse("The formula is nested too deeply.", "Split it into several KPIs.")
        parts = [build(child, depth=depth + 1) if isinstance(child, Tree) else child for child in tree.children]
        return _BUILDERS[tree.data](*parts)
    except FormulaError as error:
        if not error.where:
            meta = tree.meta
            error.line, error.column = getattr(meta, "line", 1), getattr(meta, "column", 1)
            error.where = f"line {error.line}, column {error.column}"
        raise


def _selection(signal: Token, where: Condition | None) -> n.Selection:
    return n.Selection(str(signal), where)


def _field_of(signal: Token, field: Token, where: Condition | None) -> n.FieldOf:
    return n.FieldOf(n.Selection(str(signal), where), str(field))


def _duration(_: Token, start: n.Selection, end: n.Selection, clock: Token | None) -> n.Duration:
    return n.Duration(start, end, cast("n.Clock", str(clock or "wall")))


def _age(_: Token, start: n.Selection, end: n.Selection, clock: Token | None) -> n.Age:
    return n.Age(start, end, cast("n.Clock", str(clock or "wall")))


def _conformance(rule: n.Rule, show: Token | None) -> n.Conformance:
    return n.Conformance(rule, cast("n.Standing", str(show or "broken")))


def _followed_by(first: n.Selection, then: n.Selection, count: Token, unit: Token, clock: Token | None) -> n.FollowedBy:
    _, within = _within(count, unit)
    return n.FollowedBy(first, then, within, cast("n.Clock", str(clock or "wall")))


def _exactly_one(*parts: n.Selection | tuple[n.Selection] | None) -> n.ExactlyOne:
    *chosen, ended = parts
    of = tuple(dict.fromkeys(cast("list[n.Selection]", chosen)))
    return n.ExactlyOne(of, ended[0] if isinstance(ended, tuple) else None)


def _conversion(start: n.Selection, end: n.Selection, *options: tuple[str, Any]) -> n.Conversion:
    given = dict(options)
    if len(given) < len(options):
        raise FormulaError("A conversion gives an option twice.", hint="Give within and show at most once.")
    return n.Conversion(start, end, given.get("within"), given.get("show", "rate"))


def _cumulative(measure: n.Leaf | n.Ratio, *options: tuple[str, Any]) -> n.Cumulative:
    given = dict(options)
    if len(given) < len(options):
        raise FormulaError("cumulative gives an option twice.", hint="Give window or grain_to_date once.")
    return n.Cumulative(measure, n.Frame(given.get("within"), given.get("grain")))


def _within(count: Token, unit: Token) -> tuple[str, Any]:
    if not count.isdigit() or len(count) > 5:  # noqa: PLR2004 - the node's own limit has five digits
        raise FormulaError(f"{count} is not a whole number of {unit}.", hint="Use 1 to 99999.")
    return "within", n.Span(int(count), cast("n.SpanUnit", unit.removesuffix("s")))


def _compare(field: Token, op: Token, other: Constant | FieldRef) -> Compare:
    return Compare(FieldRef(str(field)), cast("Any", "!=" if op == "<>" else str(op)), other)


def _in(field: Token, *values: Constant) -> In:
    return In(FieldRef(str(field)), tuple(dict.fromkeys(values)))


def _all(*items: Condition) -> And:
    return And(tuple(part for item in items for part in (item.items if isinstance(item, And) else (item,))))


def _any(*items: Condition) -> Or:
    return Or(tuple(part for item in items for part in (item.items if isinstance(item, Or) else (item,))))


def _day(text: Token) -> Constant:
    written = text.partition("'")[2][:-1]
    try:
        day = date.fromisoformat(written)
    except ValueError:
        day = None
    if day is None or day.isoformat() != written:
        raise FormulaError(f"{written!r} is not a day.", hint="Write a day as date '2026-01-31'.")
    return Constant(day)


def _number(text: Token) -> Decimal:
    return Decimal(str(text))


def _join(first: n.Term, *rest: Any) -> n.Term:
    term = first
    for op, right in zip(rest[::2], rest[1::2], strict=True):
        term = n.Arithmetic(cast("n.ArithmeticOp", str(op)), term, right)
    return term


_BUILDERS: dict[str, Callable[..., Any]] = {
    "start": lambda measure: measure,
    "count": n.Count,
    "aggregate": lambda op, value: n.Aggregate(str(op), value),  # type: ignore[arg-type]
    "percentile": lambda rank, value: n.Percentile(Decimal(rank[1:]), value),
    "distinct": n.Distinct,
    "ratio": n.Ratio,
    "derived": n.Derived,
    "conversion": _conversion,
    "conformance": _conformance,
    "field_of": _field_of,
    "duration": _duration,
    "selection": _selection,
    "within": _within,
    "cumulative": _cumulative,
    "availability": n.Availability,
    "gap": n.Gap,
    "cost": lambda name: n.Cost(str(name)),
    "balance": n.Balance,
    "age": _age,
    "points": lambda name: n.Points(str(name)),
    "met": lambda points, op, bound: Within(points, cast("BoundOp", str(op)), bound),
    "good_of_total": GoodOfTotal,
    "plain": _number,
    "below": lambda text: -_number(text),
    "window": _within,
    "grain": lambda grain: ("grain", str(grain)),
    "show": lambda show: ("show", str(show)),
    "precedes": n.Precedes,
    "followed_by": _followed_by,
    "different_persons": n.DifferentPersons,
    "never_twice": n.NeverTwice,
    "exactly_one": _exactly_one,
    "ended": lambda _, selection: (selection,),
    "must_end": lambda *ends: n.MustEnd(tuple(dict.fromkeys(ends))),
    "along_flow": lambda *of: n.AlongFlow(tuple(dict.fromkeys(of))),
    "any": _any,
    "all": _all,
    "negated": negate,
    "compare": _compare,
    "within_list": _in,
    "outside_list": lambda field, *values: negate(_in(field, *values)),
    "missing": lambda field: IsNull(FieldRef(str(field))),
    "present": lambda field: IsNull(FieldRef(str(field)), negated=True),
    "other_field": lambda field: FieldRef(str(field)),
    "text": lambda text: Constant(text[1:-1].replace("''", "'")),
    "number": lambda text: Constant(_number(text)),
    "negative": lambda text: Constant(-_number(text)),
    "day": _day,
    "boolean": lambda text: Constant(text == "true"),
    "kpi": lambda name: n.KpiRef(str(name)),
    "amount": lambda text: n.Number(_number(text)),
    "sum": _join,
    "product": _join,
}
