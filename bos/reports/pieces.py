"""Pieces of HTML that sections are made of, and what a notebook shows of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SEAL = "application/vnd.bos.pack+json"
"""The MIME type of what the last cell of a report shows."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a pack; ``front`` is page 1."""

    html: str
    front: bool = False

    def _repr_html_(self) -> str:
        name = "bos-section bos-pack__front" if self.front else "bos-section"
        return f'<div class="{name}">{self.html}</div>'


@dataclass(frozen=True, slots=True)
class Seal:
    """What the last cell shows once everything before it was made: what the pack is, for the archive.

    ``values`` are those that the pack publishes of its period, by KPI, as numbers and as people read them; ``charts``
    are those that go with what is told of it (:class:`bos.look.course.Course`), as JSON. ``attention`` is what is told
    of it, in sentences; empty where nothing needs attention.
    """

    pack: str
    title: str
    flow: str
    period: str
    snapshot: str | None
    exceptions: int
    template_version: int | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    charts: list[dict[str, Any]] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {SEAL: asdict(self), "text/plain": f"pack {self.pack}"}


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a place of the same pack, by its id."""

    text: str
    to: str

    def html(self) -> str:
        """Return the link."""
        return f'<a href="#{escape(self.to)}">{escape(self.text)}</a>'


Cell: TypeAlias = str | Link


def cell(content: Cell) -> str:
    """Return what a cell of a table shows."""
    return content.html() if isinstance(content, Link) else escape(content)


def bullets(items: Sequence[str]) -> str:
    """Return a list; nothing where there is nothing."""
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>" if items else ""


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and what they are; those without a value are left out."""
    inner = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows if value)
    return f'<dl class="bos-facts">{inner}</dl>'


def status(state: str, words: str) -> str:
    """Return a status in words and colour."""
    return f'<span class="bos-status" data-status="{escape(state)}">{escape(words)}</span>'


def table(caption: str, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table whose first cell of a row is its header."""
    return grouped(caption, names, [("", rows)])


def grouped(caption: str, names: Sequence[str], groups: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> str:
    """Return a table of groups of rows, each under its title where it has one; a row's first cell is its header."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(f"<tbody>{_title(title, len(names))}{''.join(map(_row, rows))}</tbody>" for title, rows in groups)
    return (
        f'<div class="bos-table-box" tabindex="0" role="region" aria-label="{escape(caption)}">'
        '<table class="bos-table">'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>{body}</table></div>"
    )


def _title(title: str, width: int) -> str:
    inner = f'<th scope="rowgroup" colspan="{width}">{escape(title)}</th>'
    return f'<tr class="bos-pack__group">{inner}</tr>' if title else ""


def _row(cells: Sequence[Cell]) -> str:
    first, *rest = cells
    return f'<tr><th scope="row">{cell(first)}</th>{"".join(f"<td>{cell(one)}</td>" for one in rest)}</tr>'
