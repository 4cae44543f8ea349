"""The stylesheet and the frame of a page."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

_SHEETS = ("tokens.css", "components.css", "charts.css")


@cache
def css(sheets: tuple[str, ...] = _SHEETS) -> str:
    """Return the stylesheet: the variables of light and dark, then the components; or some of its sheets."""
    folder = files("bos.look")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in sheets)


def page(*, title: str, body: str, lang: str = "en", head: str = "") -> str:
    """Return a whole HTML document: no script, no request to anywhere.

    ``title`` is text and is escaped; ``body`` and ``head`` are HTML of ours and are taken as they are.
    """
    return (
        f'<!doctype html>\n<html lang="{escape(lang)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css()}\n</style>\n{head}</head>\n"
        f'<body class="bos">\n{body}\n</body>\n</html>\n'
    )
