"""The frame that pages have in common: what stands around a body, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.surface.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from widgets.surface.parts import Element


def page(
    *,
    title: str,
    heading: str,
    lede: str,
    bar: Element,
    body: Sequence[Element],
    buffer: str,
    focus: int,
    ack: int,
    banners: Sequence[Element] = (),
    errors: Mapping[str, str] | None = None,
    status: str = "",
) -> dict[str, Any]:
    """Return a page around its body.

    ``errors`` are by the field they are at, ``buffer`` names where the browser keeps what is typed, ``focus`` counts up
    when the page takes the focus to its heading, or to what is wrong, ``ack`` is the newest typing that was taken.
    """
    return {
        "title": title,
        "heading": heading,
        "lede": lede,
        "bar": bar,
        "summary": [{"text": text, "field": name} for name, text in (errors or {}).items()],
        "banners": list(banners),
        "body": list(body),
        "status": status,
        "foot": [],
        "words": WORDS,
        "focus": {"id": "summary" if errors else "heading", "field": None, "n": focus},
        "ack": ack,
        "buffer": buffer,
    }
