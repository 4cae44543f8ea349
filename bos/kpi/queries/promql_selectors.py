"""Selectors of PromQL: which counters and gauges a signal is, and conditions as matchers of labels.

A missing label is an empty one, so ``!=`` asks that it is there. What ``or`` joins becomes several selectors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from bos.kpi.conditions import NEGATED, And, Compare, Constant, In, IsNull, Not, Or
from bos.kpi.queries.support import PARTS, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.kpi.binding import BoundSeries, BoundSignal, NativeQuery
    from bos.kpi.conditions import Condition
    from bos.kpi.rules import Selection

Matcher: TypeAlias = str
MOST = 16
"""Selectors one condition may become."""

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_OWN = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?\s*", re.DOTALL)
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")


def quoted(text: str) -> str:
    r"""Return a text as a string: ``"``, ``\`` and line ends behind a backslash."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def matches(label: str, values: Sequence[str]) -> Matcher:
    """Return the matcher of a label that has one of some values.

    Raises:
        NotExpressible: one of them is empty, which would find a missing label.
    """
    if "" in values:
        raise refusal("an empty text", "promql", PARTS["empty_text"].promql.words, label)
    if len(values) == 1:
        return f"{label}={quoted(values[0])}"
    ways = "|".join(_SPECIAL.sub(r"\\\1", value) for value in values)
    return f"{label}=~{quoted(ways)}"


@dataclass(frozen=True, slots=True)
class Counter:
    """The counters of a signal: of its events, and of its fields (``_sum``, ``_count``, ``_bucket``)."""

    signal: BoundSignal

    @property
    def own(self) -> NativeQuery | None:
        """Where the binding says the signal is kept, if in PromQL."""
        native = self.signal.native
        return native if native is not None and native.language == "promql" else None

    def label(self, field: str) -> str:
        """Return the label of a field.

        Raises:
            NotExpressible: it has no name that a label can have.
        """
        name = field
        if self.own is not None:
            bound = self.signal.fields.get(field)
            name = self.own.mapping.get(field, bound.native if bound else field)
        if not _LABEL.fullmatch(name) or name == "le":
            raise refusal(f"the field {field!r}", "promql", f"{name!r} cannot be the name of its label.", field)
        return name

    def selectors(
        self, selection: Selection, more: Sequence[Matcher] = (), *, field: str = "", part: str = ""
    ) -> list[str]:
        """Return selectors whose union is the selected events, or (``field``, ``part``) a part of a field of them."""
        name, fixed = self._name(field, part)
        ways = [()] if selection.where is None else self._ways(selection.where, holds=True)
        return [_selector(name, (*fixed, *way, *more)) for way in ways]

    def _name(self, field: str, part: str) -> tuple[str, tuple[str, ...]]:
        if self.own is None:
            return (f"bos_{self.signal.name}_{field}{part}" if field else f"bos_{self.signal.name}_total"), ()
        name, fixed = own_selector(self.own)
        if not field:
            return name, fixed
        metric = self.own.mapping.get(field, "")
        if not _METRIC.fullmatch(metric):
            words = "The mapping of its binding must name the metric whose _sum, _count and _bucket it is."
            raise refusal(f"the field {field!r}", "promql", words, field)
        return f"{metric}{part}", fixed

    def _ways(self, node: Condition, *, holds: bool) -> list[tuple[Matcher, ...]]:
        """Return the ways a condition can be true (or false), each a conjunction of matchers."""
        match node:
            case Not(item):
                return self._ways(item, holds=not holds)
            case And(items) | Or(items):
                return self._joined(items, conjunction=isinstance(node, And) == holds, holds=holds)
            case IsNull(ref, negated):
                op = "!=" if negated == holds else "="
                return [(f'{self.label(ref.name)}{op}""',)]
            case In(ref, values):
                label, texts = self.label(ref.name), [cast("str", value.value) for value in values]
                if holds:
                    return [(matches(label, texts),)]
                return [(f'{label}!=""', *(f"{label}!={quoted(text)}" for text in texts))]
            case Compare(ref, op, Constant(value)):
                label, equal = self.label(ref.name), (op if holds else NEGATED[op]) == "="
                told = f"{label}{'=' if equal else '!='}{quoted(cast('str', value))}"
                return [(told,) if equal else (f'{label}!=""', told)]
            case _:
                raise refusal("two fields compared", "promql", PARTS["two_fields"].promql.words, "Compare")

    def _joined(self, items: Sequence[Condition], *, conjunction: bool, holds: bool) -> list[tuple[Matcher, ...]]:
        each = [self._ways(item, holds=holds) for item in items]
        found = [way for ways in each for way in ways]
        if conjunction:
            found = [()]
            for ways in each:
                found = [(*one, *other) for one in found for other in ways]
                if len(found) > MOST:
                    break
        if len(found) > MOST:
            raise refusal("so long a condition", "promql", f"It would be more than {MOST} selectors.", "Or")
        return found


def gauges(series: BoundSeries) -> list[str]:
    """Return the selectors whose union is the points of a system signal."""
    native = series.native
    if native is not None and native.language == "promql":
        name, fixed = own_selector(native)
        return [_selector(name, fixed)]
    names = dict.fromkeys(re.sub(r"[^a-zA-Z0-9_]", "_", name) for name in series.recorded)
    return [f"_{name}" if name[:1].isdigit() else name for name in names]


def own_selector(native: NativeQuery) -> tuple[str, tuple[str, ...]]:
    """Return metric and matchers of a signal's own query.

    Raises:
        NotExpressible: it is no selector.
    """
    found = _OWN.fullmatch(native.text)
    if not found:
        words = "A signal's own query is the name of a metric, with labels in braces if need be."
        raise refusal("this query of a signal", "promql", words, native.text)
    inside = (found[2] or "").strip().rstrip(",").strip()
    return found[1], (inside,) if inside else ()


def _selector(name: str, matchers: Sequence[str]) -> str:
    inside = ", ".join(dict.fromkeys(matchers))
    return f"{name}{{{inside}}}" if inside else name
