"""Text → nodes: the door to the grammar. Every error has line, column and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from bos.errors import FormulaError
from bos.kpi.functions import FUNCTIONS

if TYPE_CHECKING:
    from lark import UnexpectedInput

    from bos.kpi.nodes import Measure

LONGEST = 4000
"""Characters a formula may have."""

_WORDS = {
    "NAME": "a name",
    "DURATION": "duration(…)",
    "AGE": "age(…)",
    "AGGREGATE": "sum, avg, min, max",
    "PERCENTILE": "a percentile such as p95",
    "COMPARE": "a comparison such as =",
    "PLUS": "+ or -",
    "TIMES": "* or /",
    "MINUS": "-",
    "TEXT": "a text in single quotes",
    "DAY": "a day such as date '2026-01-31'",
    "NUMBER": "a number",
    "BOOLEAN": "true or false",
    "GRAIN": "week, month, quarter or year",
    "UNIT": "minutes, hours, days or weeks",
    "CLOCK": "wall or business",
    "STANDING": "broken, pending or kept",
    "ENDED": "ended =",
    "SHOW": "rate, converted, dropped or in_flight",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "DOT": "a dot and a field",
    "SLASH": "/",
    "EQUAL": "=",
    "ARROW": "->",
    "TIMED": "clock",
    "SHOWN": "show",
    "$END": "the end",
}
_QUOTE_HINT = {'"': "Write texts in single quotes.", "'": "Close the text; write a quote inside it twice."}


def parse(text: str) -> Measure:
    """Return the tree of a formula.

    Raises:
        FormulaError: the text is no formula; with line and column (from 1) and a hint.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"The formula has {len(text)} characters.", hint=f"Use at most {LONGEST}.")
    return _parse(text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Measure:
    from lark import UnexpectedInput  # noqa: PLC0415 - loads in 50 ms, and only readers of formulas need it

    from bos.kpi.grammar import build, reader  # noqa: PLC0415 - as above

    try:
        tree = reader().parse(text)
    except UnexpectedInput as error:
        raise _explain(error, text) from None
    return cast("Measure", build(tree))


def _explain(error: UnexpectedInput, text: str) -> FormulaError:
    """Return what is wrong at which place, and what could stand there instead."""
    position = error.pos_in_stream
    token = getattr(error, "token", None)
    ended = token is not None and token.type == "$END"
    if ended or position is None:
        position = len(text.rstrip())
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    found = "The formula ends too early." if ended else f"{_shown(token, text, position)} cannot stand here."
    return FormulaError(
        found, where=f"line {line}, column {column}", hint=_hint(error, token, text, position), line=line, column=column
    )


def _shown(token: object, text: str, position: int) -> str:
    return repr(str(token) if token is not None else text[position])


def _hint(error: UnexpectedInput, token: object, text: str, position: int) -> str:
    names = ("accepts", "expected", "allowed")
    expected: set[str] = next((set(found) for name in names if (found := getattr(error, name, None))), set())
    if token is None and text[position] in _QUOTE_HINT:
        return _QUOTE_HINT[text[position]]
    if token is None and text[position].isupper():
        return "Names are written in lower case."
    if "COUNT" in expected or "PRECEDES" in expected:
        return _function_hint(str(token or ""), rules="PRECEDES" in expected)
    return f"Expected {_listed([_WORDS.get(name, name.lower()) for name in sorted(expected)])}."


def _function_hint(written: str, *, rules: bool) -> str:
    role = "rule" if rules else "measure"
    misplaced = {"value": "avg", "rule": "conformance"}.get(FUNCTIONS[written].role) if written in FUNCTIONS else None
    if misplaced and not rules:
        return f"Write it inside a function, such as {misplaced}({written}(…))."
    known = [name for name, function in FUNCTIONS.items() if function.role == role]
    close = get_close_matches(written, known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"The {'rules' if rules else 'functions'} are {', '.join(known)}."


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
