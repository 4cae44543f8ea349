"""The trend of a KPI as one picture that a message carries: its name, how it stands, its course, what to know."""

from __future__ import annotations

from datetime import datetime
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.dashboards.pictures import course
from bos.look.raster import png
from bos.model.numbers import NO_CASE, NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.look.course import Course
    from bos.model.answers.dashboards import Panel

_WIDE, _EDGE, _TALL, _TOP = 720, 24, 230, 80
_TITLE, _SIDE, _LINE, _LINES = 48, 52, 106, 3
"""Characters that have room: in the title, in the words beside it, in a line below; and lines below."""
_FRAMED = 460, 170
"""Width and height that a chart of a pack is drawn in before it is enlarged, as in the pack."""
_GLYPH = 6.4
"""Width of a character of the legend, in units of the picture."""
_LONG = 16
"""Characters of a number that have room in large letters."""
_ROOM = 48
"""Width that the words in a gap take."""
_NONE = {NOTHING, NO_CASE}
"""What is shown where there is no number now, though there was before."""
_COLOURS = {"ok", "warning", "breach"}
_RULES = """
text { font-family: "Source Sans Pro"; fill: var(--bos-ink); font-size: 14px; }
.card__title { font-size: 20px; font-weight: 600; }
.card__value { font-size: 26px; font-weight: 600; }
.card__long { font-size: 20px; font-weight: 600; }
.card__soft { fill: var(--bos-ink-soft); }
.card__ok { fill: var(--bos-ok); font-weight: 600; }
.card__warning { fill: var(--bos-warning); font-weight: 600; }
.card__breach { fill: var(--bos-breach); font-weight: 600; }
.card__quiet { fill: var(--bos-quiet); font-weight: 600; }
.card__gap { fill: var(--bos-quiet-soft); }
.card__none { fill: var(--bos-quiet); font-size: 12px; }
.card__ground { fill: var(--bos-surface); }
.card__rule { fill: none; stroke: var(--bos-line); stroke-width: 1; }
.bos-chart__tick { font-size: 13px; }
"""


def card(panel: Panel, zone: str, *, state: str, shown: str, words: str, period: str) -> bytes:
    """Return the PNG of a trend, 1080 pixels wide.

    ``shown`` is the number now, over ``period``; ``words`` say how it stands (``state``: that of a watched KPI).
    What has no value is a gap in the line, and said below it; nothing is drawn as 0 that is none.
    """
    wide, below = _WIDE - 2 * _EDGE, _TOP + _TALL + 26
    text, legend = course(panel, zone, width=wide, height=_TALL, whole=True)
    notes = _wrapped(f"Now: {shown} over {period}.", panel.summary)
    large = f"{shown} now" if shown in _NONE else shown
    tall = below + 14 + 20 * len(notes) + 12
    colour = state if state in _COLOURS else "quiet"
    parts = [
        f'<rect class="card__ground" width="{_WIDE}" height="{tall}"/>',
        f'<rect class="card__rule" x="0.5" y="0.5" width="{_WIDE - 1}" height="{tall - 1}"/>',
        f'<rect class="card__{colour}" width="6" height="{tall}"/>',
        _text(_EDGE, 38, _clip(panel.title, _TITLE - max(0, len(large) - _LONG)), "card__title"),
        _text(_EDGE, 60, _clip(panel.period, _LINE - min(len(words), _SIDE) - 8), "card__soft"),
        _text(_WIDE - _EDGE, 40, large, "card__long" if len(large) > _LONG else "card__value", end=True),
        _text(_WIDE - _EDGE, 62, _clip(words, _SIDE), f"card__{colour}", end=True),
        *_gaps(panel, zone, text),
        text.replace("<svg ", f'<svg x="{_EDGE}" y="{_TOP}" width="{wide}" height="{_TALL}" ', 1),
        *_legend(legend, below),
        *(_text(_EDGE, below + 24 + 20 * number, note, "card__soft") for number, note in enumerate(notes)),
    ]
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{tall}">{"".join(parts)}</svg>'
    return png(svg, rules=_RULES)


def _gaps(panel: Panel, zone: str, chart: str) -> Iterator[str]:
    """Yield a band, and words where they have room, for each stretch of a chart that has no value."""
    left, right, _, first, last = chart.split(' data-plot="', 1)[1].split('"', 1)[0].split()
    begun, over = (datetime.fromisoformat(moment) for moment in (first, last))
    local = [datetime.fromisoformat(row[0]).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for row in panel.rows]
    ends = float(left), float(right)
    span = (over - begun).total_seconds() or 1.0
    at = [ends[0] + (moment - begun).total_seconds() / span * (ends[1] - ends[0]) for moment in local]
    half = (at[-1] - at[0]) / max(1, len(at) - 1) / 2
    for empty, run in groupby(range(len(at)), key=lambda place: panel.rows[place][1] is None):
        places = list(run)
        low, high = max(ends[0], at[places[0]] - half), min(ends[1], at[places[-1]] + half)
        if empty and high > low:
            band = f'x="{_EDGE + low:.1f}" y="{_TOP + 12}" width="{high - low:.1f}" height="{_TALL - 38}"'
            yield f'<rect class="card__gap" {band}/>'
            if high - low > _ROOM:
                x = _EDGE + (low + high) / 2
                yield f'<text class="card__none" x="{x:.1f}" y="{_TOP + 26}" text-anchor="middle">No value</text>'


def framed(course: Course) -> bytes:
    """Return the PNG of a chart with its title above and what its lines are below."""
    (wide, tall), room = _FRAMED, _WIDE - 2 * _EDGE
    high = tall * room / wide
    below, chart = 60 + high, course.picture(width=wide, height=tall)
    parts = [
        f'<rect class="card__ground" width="{_WIDE}" height="{below + 46:g}"/>',
        f'<rect class="card__rule" x="0.5" y="0.5" width="{_WIDE - 1}" height="{below + 45:g}"/>',
        _text(_EDGE, 38, _clip(course.title, _TITLE + 14), "card__title"),
        chart.replace("<svg ", f'<svg x="{_EDGE}" y="56" width="{room}" height="{high:g}" ', 1),
        *_legend(course.legend, round(below + 24)),
    ]
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{below + 46:g}">{"".join(parts)}</svg>'
    return png(svg, rules=_RULES)


def _legend(legend: Sequence[tuple[str, str]], y: int) -> Iterator[str]:
    """Yield a stretch of each kind of line with its name."""
    x = float(_EDGE)
    for part, words in legend:
        look = "actual" if part == "line" else part
        ends = f'x1="{x}" x2="{x + 26}" y1="{y - 5}" y2="{y - 5}"'
        yield f'<line class="bos-chart__line bos-chart__line--{look}" {ends}/>'
        yield _text(x + 34, y, words, "card__soft")
        x += 34 + len(words) * _GLYPH + 26


def _wrapped(*texts: str) -> list[str]:
    """Return texts in as many lines as have room; what is longer ends with an ellipsis."""
    lines = [line for text in texts for line in wrap(text, _LINE, break_long_words=True)]
    return lines if len(lines) <= _LINES else [*lines[: _LINES - 1], _clip(" ".join(lines[_LINES - 1 :]), _LINE)]


def _text(x: float, y: float, text: str, look: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{look}" x="{x:g}" y="{y:g}"{anchor}>{escape(text)}</text>'


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
