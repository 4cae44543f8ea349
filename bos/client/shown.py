"""Tables as people see them: in a notebook with the look of BOS, in a terminal as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from bos.model import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 50
"""Rows that are shown; how many more there are is said."""
_INK = {
    "ok": "#1f7a43", "approved": "#1f7a43", "warning": "#9a6700", "held": "#9a6700", "provisional": "#9a6700",
    "waived": "#9a6700", "breach": "#b42323", "withheld": "#b42323",
}  # fmt: skip
_LINE = "rgba(128,128,128,.28)"
_SOFT = "opacity:.72;font-size:.92em"
_CELLS = "padding:.32em .8em;border:0;border-bottom:1px solid " + _LINE + ";background:none"
_HEAD = "border-bottom-width:2px;white-space:nowrap"
_TABLE = "border-collapse:collapse;font-variant-numeric:tabular-nums;margin:0"
_TITLE = "padding:.2em 0 .5em;max-width:80ch"
_BAR = "#2f7fa3", "#b4540a"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of texts.

    Attributes:
        title, facts: what it is, and what it rests on.
        names: the heads; those in ``right`` are of numbers.
        rows: a text a cell.
        marks: of columns whose cells are shown as marks, the state of each row, which gives the colour.
        bars: of each row how far it reaches from -1 to 1; empty where it has none.
        notes: sentences below it.
        most: characters of a cell that are shown; without, all of them, on several lines.
        total: how many rows there are in all.
        generated: the telemetry below it was made by the generator, or some of it.
    """

    title: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    facts: Sequence[str] = ()
    right: frozenset[str] = frozenset()
    marks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    bars: Sequence[float] = ()
    notes: Sequence[str] = ()
    most: int | None = 120
    total: int | None = None
    generated: bool = False

    def filled(self) -> Grid:
        """Return it without columns that say nothing, and its first rows alone."""
        rows = [[plain(cell, self.most) for cell in row] for row in self.rows[:SHOWN]]
        used = [at for at, _ in enumerate(self.names) if any(row[at] for row in rows)]
        return Grid(
            title=plain(self.title, None),
            names=[self.names[at] for at in used],
            rows=[[row[at] for at in used] for row in rows],
            facts=[plain(fact, None) for fact in self.facts if fact],
            right=self.right,
            marks=self.marks,
            most=self.most,
            bars=self.bars[:SHOWN],
            notes=[*(plain(note, None) for note in self.notes if note), *self._more()],
            generated=self.generated,
        )

    def _more(self) -> list[str]:
        rest = (len(self.rows) if self.total is None else self.total) - min(len(self.rows), SHOWN)
        return [f"… and {rest:,} more"] if rest > 0 else []


def text(grid: Grid) -> str:
    """Return a table for a terminal."""
    found = grid.filled()
    told = [found.title, *found.facts, *([numbers.GENERATED] if found.generated else [])]
    head = [" · ".join(told)] if any(told) else []
    if not found.rows:
        return "\n".join([*head, "(nothing)", *found.notes])
    lines = [list(found.names), *found.rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(found.names))]
    right = [name in found.right for name in found.names]
    table = [
        "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    ]
    return "\n".join([*head, *table, *found.notes])


def html(grid: Grid) -> str:
    """Return a table for a notebook, everything of people escaped; it takes the colours of the page it stands on."""
    found = grid.filled()
    badge = f' <span style="{_mark("warning")}">{numbers.GENERATED}</span>' if found.generated else ""
    facts = f'<div style="{_SOFT}">{escape(" · ".join(found.facts))}</div>' if found.facts else ""
    title = f'<div style="{_TITLE}"><strong>{escape(found.title)}</strong>{badge}{facts}</div>' if found.title else ""
    names = [*found.names, *([""] if found.bars else [])]
    heads = "".join(
        f'<th style="{_CELLS};text-align:{_side(found, name)};{_HEAD}">{escape(name)}</th>' for name in names
    )
    head = f"<thead><tr>{heads}</tr></thead>" if any(name.strip() for name in names) else ""
    body = "".join(_row(found, at) for at in range(len(found.rows))) or "<tr><td>(nothing)</td></tr>"
    rest = "".join(f'<div style="{_SOFT};max-width:80ch;margin-top:.4em">{escape(note)}</div>' for note in found.notes)
    table = f'<table style="{_TABLE}">{head}<tbody>{body}</tbody></table>'
    return f'<div style="overflow-x:auto">{title}{table}{rest}</div>'


def plain(value: object, most: int | None = 120) -> str:
    """Return a value as one line of printable text, cut where it is longer than ``most``."""
    line = "".join(char if char.isprintable() or char == numbers.THIN else " " for char in str(value))
    return line if most is None or len(line) <= most else f"{line[: most - 1]}…"


def _row(grid: Grid, at: int) -> str:
    wrap = "normal;max-width:80ch" if grid.most is None else "nowrap"
    cells = "".join(
        f'<td style="{_CELLS};text-align:{_side(grid, name)};white-space:{wrap}">{_cell(grid, name, at, cell)}</td>'
        for name, cell in zip(grid.names, grid.rows[at], strict=True)
    )
    return f"<tr>{cells}{_bar(grid.bars[at]) if grid.bars else ''}</tr>"


def _side(grid: Grid, name: str) -> str:
    return "right" if name in grid.right else "left"


def _cell(grid: Grid, name: str, at: int, cell: str) -> str:
    state = grid.marks[name][at] if name in grid.marks and cell else None
    return escape(cell) if state is None else f'<span style="{_mark(state)}">{escape(cell)}</span>'


def _mark(state: str) -> str:
    ink = _INK.get(state, "#6b7280")
    return f"border:1px solid {ink};color:{ink};border-radius:1em;padding:.05em .6em;font-size:.85em"


def _bar(share: float) -> str:
    """Return a cell with a bar from the middle: to the right above zero, to the left below."""
    width, ink = abs(share) * 50, _BAR[share < 0]
    at = 50 if share >= 0 else 50 - width
    bar = f'<rect x="{at:.2f}" y="2" width="{width:.2f}" height="10" fill="{ink}"/>'
    line = f'<line x1="50" y1="0" x2="50" y2="14" stroke="{ink}" stroke-width=".6"/>'
    svg = f'<svg width="160" height="14" viewBox="0 0 100 14" preserveAspectRatio="none">{bar}{line}</svg>'
    return f'<td style="{_CELLS}">{svg}</td>'
