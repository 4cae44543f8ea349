"""Text of SPL: constants, fields and conditions. What a person wrote is only ever a quoted constant or field.

Conditions stand in ``where`` and ``eval``, never in ``search``, which knows wildcards and no case. They are written
without ``NOT``: a negation is moved to the comparisons, and ``!=`` asks that the field is there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import NEGATED, And, Compare, Constant, In, IsNull, Not, Or, shortest
from bos.kpi.queries.support import refusal

if TYPE_CHECKING:
    from bos.kpi.binding import BoundSignal, Kind
    from bos.kpi.conditions import CompareOp, Condition

_ODD = re.compile("([`\t-\r\x85\u2028\u2029]+)")
_NO_NAME = re.compile("['\"\\\\|\\[\\]`$\x00-\x1f]")
_DAY = '"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"'


def literal(text: str) -> str:
    r"""Return a text as a constant: ``"`` and ``\`` behind a backslash; backticks and line ends decoded by Splunk.

    A backtick would begin a macro, even between quotes.
    """
    parts = []
    for i, part in enumerate(_ODD.split(text)):
        if i % 2:
            coded = "".join(f"%{byte:02X}" for byte in part.encode())
            parts.append(f'urldecode("{coded}")')
        elif part:
            parts.append('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return parts[0] if len(parts) == 1 else f"({'.'.join(parts)})" if parts else '""'


def column(name: str) -> str:
    """Return a field as ``eval`` and ``where`` read it.

    Raises:
        NotExpressible: the name has a character that cannot stand between single quotes.
    """
    if _NO_NAME.search(name) or not name:
        raise refusal("a field of this name", "spl", "Quotes, bars, brackets and backticks cannot be quoted.", name)
    return f"'{name}'"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a signal's events in Splunk; ``signal`` may be ``None`` for built-in fields."""

    signal: BoundSignal | None

    def native(self, name: str) -> str:
        """Return the name a field has there."""
        own = self.signal.native if self.signal is not None else None
        if own is not None and own.language == "spl" and name in own.mapping:
            return own.mapping[name]
        if name in BUILT_IN:
            return BUILT_IN[name][0]
        return self.signal.fields[name].native  # type: ignore[union-attr] # checked before

    def kind(self, name: str) -> Kind:
        """Return the type of a field."""
        kind = BUILT_IN[name][1] if self.signal is None else self.signal.kind(name)
        return kind or "text"

    def typed(self, name: str) -> str:
        """Return an expression of a field; nothing where its text does not read as its type."""
        if name == "time":
            return "_time"
        at = column(self.native(name))
        word = f'("#".lower(tostring({at})))'
        told = {
            "money": f"tonumber({at})",
            "number": f'if(match({at},"[0-9]"),tonumber({at}),null())',
            "integer": f"if(tonumber({at})==floor(tonumber({at})),tonumber({at}),null())",
            "boolean": f'case({word}=="#true" OR {word}=="#1",1,{word}=="#false" OR {word}=="#0",0)',
            "date": f"if(match({at},{_DAY}),{at},null())",
        }
        return told.get(self.kind(name), at)

    def coded(self, name: str) -> str:
        """Return a field as a text that is never missing: ``v`` and the value, or ``m``. ``stats by`` drops nulls."""
        value = self.typed(name)
        if self.kind(name) == "boolean":
            value = f'case({value}==1,"true",{value}==0,"false")'
        return f'if(isnull({value}),"m","v".{value})'

    def condition(self, node: Condition, *, holds: bool = True) -> str:
        """Return whether a condition is true, or (``holds`` is false) whether it is false."""
        match node:
            case Not(item):
                return self.condition(item, holds=not holds)
            case And(items) | Or(items):
                join = " AND " if isinstance(node, And) == holds else " OR "
                return f"({join.join(self.condition(item, holds=holds) for item in items)})"
            case IsNull(ref, negated):
                return f"{'isnotnull' if negated == holds else 'isnull'}({self.typed(ref.name)})"
            case In(ref, values):
                op: CompareOp = "=" if holds else "!="
                parts = [self._compare(Compare(ref, op, value)) for value in values]
                return f"({(' OR ' if holds else ' AND ').join(parts)})"
            case Compare(ref, op, other):
                return self._compare(node if holds else Compare(ref, NEGATED[op], other))

    def _compare(self, node: Compare) -> str:
        left, kind = self.typed(node.field.name), self.kind(node.field.name)
        names = [node.field.name]
        if isinstance(node.other, Constant):
            right = _constant(node.other)
            apart = kind == "text" and (_numeric(node.other) or node.op not in {"=", "!="})
        else:
            right, apart = self.typed(node.other.name), kind == "text"
            names.append(node.other.name)
        if apart:  # texts that look like numbers would be compared as numbers
            left, right = f'("#".{left})', f'("#".{right})'
        told = f"{left}{'==' if node.op == '=' else node.op}{right}"
        if node.op != "!=":
            return told
        return f"({' AND '.join([*(f'isnotnull({self.typed(name)})' for name in names), told])})"


def is_text(at: str, text: str) -> str:
    """Return whether an expression is a text."""
    if _numeric(Constant(text)):
        at, told = f'("#".{at})', f'("#".{literal(text)})'
        return f"{at}=={told}"
    return f"{at}=={literal(text)}"


def _constant(constant: Constant) -> str:
    value = constant.value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return shortest(value)
    return literal(value.isoformat() if isinstance(value, date) else value)


def _numeric(constant: Constant) -> bool:
    """Return whether a text might be taken for a number or a truth value."""
    text = constant.value
    return isinstance(text, str) and (not re.match(r"[^\W\d_]", text) or text.lower() in _WORDS)


_WORDS = {"nan", "inf", "infinity", "true", "false", "null"}
