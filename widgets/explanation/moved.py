"""How a KPI moved that is no sum over parts, as elements of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.numbers import shown, signed, value_words
from widgets.explanation.facts import facts
from widgets.explanation.messages import MOVED_COLUMNS, SPREAD_COLUMNS, TEXT, say
from widgets.surface import parts

if TYPE_CHECKING:
    from bos.model.answers.movement import Moved, Movement, MovementSide
    from widgets.explanation.view import State
    from widgets.surface.parts import Element

_NONE = "\N{EN DASH}"
_NUMBERS = (1, 2, 3, 4, 5)


def lede(found: Movement) -> str:
    """Return the change in one sentence."""
    then, now = (shown(side.value, found.unit) for side in (found.then, found.now))
    if found.difference is None:
        return say("moved_lede_none", then=then, now=now)
    return say("moved_lede", then=then, now=now, difference=signed(found.difference, found.unit))


def moved(state: State, found: Movement) -> list[Element]:
    """Return why there is no exact sum, how the values lie, and what each part came to by itself."""
    why = parts.banner("none", parts.heading(TEXT["no_sum"], 3), parts.text(say("no_sum_words", reason=found.reason)))
    return [*facts(state, found), why, *_spread(found), _parts(state, found)]


def _spread(found: Movement) -> list[Element]:
    sides = ((TEXT["then"], found.then), (TEXT["now"], found.now))
    rows = [row for name, side in sides if (row := _row(name, side, found.unit))]
    return [parts.box(parts.table(TEXT["spread"], SPREAD_COLUMNS, rows, numbers=_NUMBERS))] if rows else []


def _row(name: str, side: MovementSide, unit: str) -> tuple[str, ...]:
    told = side.spread
    if told is None:
        return ()
    return (name, f"{told.n:,}", *(shown(one, unit) for one in (told.min, told.median, told.p95, told.max)))


def _parts(state: State, found: Movement) -> Element:
    if not found.parts:
        return parts.box(parts.text(TEXT["no_parts"]))
    of = TEXT["kpi"] if found.parts_of == "kpi" else (found.dimension or "").replace("_", " ").capitalize()
    rows = [_part(state, found, one) for one in found.parts]
    return parts.box(parts.table(TEXT["moved_table"], (of, *MOVED_COLUMNS), rows, numbers=_NUMBERS))


def _part(state: State, found: Movement, one: Moved) -> tuple[Any, ...]:
    name = state.kpis.get(one.of or "", one.of or "") if found.parts_of == "kpi" else value_words(one.of)
    then, now = (_NONE if value is None else shown(value, one.unit) for value in (one.then, one.now))
    difference = _NONE if one.difference is None else signed(one.difference, one.unit)
    return name, then, now, difference, f"{one.then_n:,}", f"{one.now_n:,}"
