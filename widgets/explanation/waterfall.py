"""The way from an earlier value to a later one as a drawing: each cause a bar that begins where the one before ends."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, NAMES, NUMBERS, ROW, BAR = 880, 270, 150, 30, 16
_LONGEST = 38
_MARGIN = 0.04


@dataclass(frozen=True)
class Step:
    """A row of the drawing: a level (the earlier or the later value), or a cause that leads from one to the next."""

    name: str
    words: str
    begins: float
    ends: float
    level: bool = False


def waterfall(steps: Sequence[Step], label: str) -> str:
    """Return the drawing (SVG) of steps, from top to bottom; the scale shows where they are, not from nought on."""
    every = [at for step in steps for at in (step.begins, step.ends)]
    low, high = min(every), max(every)
    room = (high - low) * _MARGIN or 1.0
    low, high = low - room, high + room

    def x(at: float) -> float:
        return NAMES + (at - low) / (high - low) * (WIDTH - NAMES - NUMBERS)

    height = ROW * len(steps) + 8
    rows = "".join(_row(step, x, 4 + ROW * at, last=at == len(steps) - 1) for at, step in enumerate(steps))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label)}" class="wz-fall" '
        f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">{rows}</svg>'
    )


def _row(step: Step, x: Callable[[float], float], top: float, *, last: bool) -> str:
    middle = top + ROW / 2
    left, right = sorted((x(step.begins), x(step.ends)))
    way = "level" if step.level else "up" if step.ends > step.begins else "down"
    if step.level:
        left, right = left - 2, left + 2
    bar = (
        f'<rect class="wz-fall__{way}" x="{left:.1f}" y="{middle - BAR / 2:.1f}" '
        f'width="{max(right - left, 1):.1f}" height="{BAR}" rx="1"/>'
    )
    to_next = x(step.ends)
    line = (
        ""
        if last
        else f'<line class="wz-fall__line" x1="{to_next:.1f}" x2="{to_next:.1f}" y1="{middle + BAR / 2:.1f}" '
        f'y2="{middle + ROW - BAR / 2:.1f}"/>'
    )
    weight = ' class="wz-fall__strong"' if step.level else ""
    name = step.name if len(step.name) <= _LONGEST else f"{step.name[: _LONGEST - 1]}…"
    return (
        f'<text{weight} x="0" y="{middle + 5:.1f}"><title>{escape(step.name)}</title>{escape(name)}</text>{bar}{line}'
        f'<text{weight} x="{WIDTH}" y="{middle + 5:.1f}" text-anchor="end">{escape(step.words)}</text>'
    )
