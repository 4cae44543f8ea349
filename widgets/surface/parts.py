"""The elements of a view, as data. What a person wrote is text here and stays text in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from widgets.surface.href import safe_href

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bos.model.answers.people import SessionAnswer

Element: TypeAlias = dict[str, Any]
OPTIONAL = " (optional)"
HOME = "home.ipynb"
"""The page that the name of BOS leads to."""


def bar(session: SessionAnswer | None, *links: Element) -> Element:
    """Return the bar above a page: links, who is signed in, and a label where they act as a sample person."""
    return {
        "home": HOME,
        "links": list(links),
        "who": (session.display or session.person) if session else "",
        "ends": [badge(session.acting_as.label)] if session and session.acting_as else [],
    }


def field(kind: str, name: str, label: str, value: Any, *, optional: bool = False, **more: Any) -> Element:
    """Return a form field: ``kind`` is text, secret, area, select, radios or checks; ``name`` is what it edits.

    Checks stand beside one another, or with ``wide`` below one another. A secret is never shown, its ``value`` empty.
    """
    return {
        "t": "field", "kind": kind, "name": name, "label": label, "value": value,
        "optional": OPTIONAL if optional else "", **more,
    }  # fmt: skip


def button(label: str, action: str, value: Any = None, **more: Any) -> Element:
    """Return a button; ``about`` is said to who cannot see where it stands, ``why`` makes it unavailable."""
    if "why" in more:
        more.setdefault("id", f"b-{action}")
    return {"t": "button", "label": label, "action": action, "value": value, **more}


def link(text: str, href: str, **more: Any) -> Element:
    """Return a link to a page of this host."""
    return {"t": "link", "text": text, "href": safe_href(href), **more}


def act(text: str, action: str, value: Any = None, **more: Any) -> Element:
    """Return a link that changes the view."""
    return {"t": "link", "text": text, "action": action, "value": value, **more}


def text(words: str, look: str | None = None) -> Element:
    """Return a paragraph."""
    return {"t": "text", "text": words, "look": look}


def heading(words: str, level: int = 2, **more: Any) -> Element:
    """Return a heading."""
    return {"t": "heading", "text": words, "level": level, **more}


def box(*children: Element, look: str = "bos-section", **more: Any) -> Element:
    """Return some elements together."""
    return {"t": "box", "look": look, "children": list(children), **more}


def card(*children: Element, **more: Any) -> Element:
    """Return some elements in a box one can see."""
    return box(*children, look="bos-card", **more)


def actions(*children: Element) -> Element:
    """Return buttons in a row."""
    return box(*children, look="bos-actions")


def group(legend: str, *children: Element, **more: Any) -> Element:
    """Return a fieldset."""
    return {"t": "group", "legend": legend, "children": list(children), **more}


def details(summary: str, *children: Element, key: str, **more: Any) -> Element:
    """Return what opens on demand."""
    return {"t": "details", "summary": summary, "children": list(children), "key": key, **more}


def row(title: str, words: str = "", **more: Any) -> Element:
    """Return a row of a listing: ``marks`` stand below its words, ``inside`` below those, ``ends`` at its end."""
    return {"title": title, "words": words, **more}


def listing(label: str, rows: Iterable[Element], *, empty: str) -> Element:
    """Return rows, or what stands where there are none."""
    return {"t": "list", "label": label, "rows": list(rows), "empty": empty}


def plain(items: Iterable[str | Element]) -> Element:
    """Return a list of points."""
    return {"t": "plain", "items": list(items)}


def facts(pairs: Iterable[tuple[str, str | Element]]) -> Element:
    """Return names and values."""
    return {"t": "facts", "pairs": [list(pair) for pair in pairs]}


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[int] = ()
) -> Element:
    """Return a table; the first cell of a row names it. ``numbers`` are the columns that are set as numbers."""
    told = [list(row) for row in rows]
    return {"t": "table", "caption": caption, "columns": list(columns), "rows": told, "numbers": list(numbers)}


def status(words: str, state: str) -> Element:
    """Return a state in words; ``state`` is ok, warning, breach or none."""
    return {"t": "status", "text": words, "status": state}


def badge(words: str, *, mark: bool = False) -> Element:
    """Return a small label."""
    return {"t": "badge", "text": words, "mark": mark}


def banner(tone: str, *children: Element, **more: Any) -> Element:
    """Return a message across the page."""
    return {"t": "banner", "tone": tone, "children": list(children), **more}


def outcome(wrong: str, told: str = "") -> list[Element]:
    """Return what became of the last thing a person asked for: what went wrong, else what was done, else nothing."""
    if wrong:
        return [banner("breach", text(wrong), role="alert")]
    return [banner("ok", text(told))] if told else []


def code(words: str, label: str) -> Element:
    """Return a query or a formula."""
    return {"t": "code", "text": words, "label": label}


def picture(svg: str, label: str) -> Element:
    """Return a drawing."""
    return {"t": "picture", "svg": svg, "label": label}
