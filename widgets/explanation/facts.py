"""What a change is told of: periods, filters, what it was read from, and what must be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.model.moments import DASH, instant, period
from bos.model.numbers import shown
from widgets.explanation.messages import TEXT, say
from widgets.surface import parts
from widgets.surface.filters import words_of

if TYPE_CHECKING:
    from bos.model.answers.explanation import Explanation, ExplanationSide
    from bos.model.answers.movement import Movement, MovementSide
    from widgets.explanation.view import State
    from widgets.surface.parts import Element


def facts(state: State, found: Explanation | Movement) -> list[Element]:
    """Return both periods with their values, and what they rest on."""
    unit, zone = found.unit, state.zone
    told: list[tuple[str, str | Element]] = [
        *(
            (TEXT[name], say("value", value=shown(side.value, unit), period=_period(side, zone)))
            for name, side in (("then", found.then), ("now", found.now))
        ),
        *([(TEXT["only"], words_of(state.filters))] if state.filters else []),
        (TEXT["zone"], state.zone),
        (TEXT["snapshot"], found.snapshot or ""),
        (TEXT["version"], f"{found.template_version}"),
    ]
    marks = [parts.actions(parts.badge(TEXT["generated"], mark=True))] if found.generated else []
    out = [parts.box(*marks, parts.facts(told))]
    if found.notes:
        out.append(parts.banner("warning", parts.heading(TEXT["notes"], 3), parts.plain(found.notes)))
    return out


def _period(side: ExplanationSide | MovementSide, zone: str) -> str:
    if side.start and side.end:
        return period(side.start, side.end, zone)
    start, end = (instant(moment, zone) if moment else "…" for moment in (side.start, side.end))
    return f"{start} {DASH} {end}"
