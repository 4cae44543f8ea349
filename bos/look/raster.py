"""A picture as PNG, for what shows no SVG: messages. Drawn without a browser, with a font that comes along.

The font has Latin, Greek and Cyrillic letters. As long as a picture has no others, no font of the machine is read, so
that it is the same bytes on every machine, also on one without fonts.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import as_file, files

from bos.look.page import css

FAMILY = "Source Sans Pro"
_FACES = ("Regular", "Semibold")
_LETTERS = (("\0", "\u0590"), ("\u1e00", "\u2600"))
"""Blocks of Unicode of which the font has what people write, up to arrows and signs."""
_VARIABLE = re.compile(r"(--[a-z0-9-]+): ([^;]+);")
_USED = re.compile(r"var\((--[a-z0-9-]+)\)")


def png(svg: str, *, rules: str = "", zoom: float = 1.5) -> bytes:
    """Return a picture in the light colours of the look, ``zoom`` pixels for each of its units.

    ``rules`` are style rules of the picture's own besides those of charts; they may use the variables of the look.
    """
    from resvg_py import svg_to_bytes  # noqa: PLC0415 - 3 MB that only messages need

    own = [line for line in css(("charts.css",)).splitlines() if line.startswith(".bos-chart")]
    sheet = "\n".join([*own[1:], rules])  # the first one is how a picture fits into a page
    with as_file(files("font_source_sans_pro").joinpath("files")) as folder:
        return svg_to_bytes(
            svg_string=svg,
            style_sheet=_USED.sub(lambda found: _light()[found[1]], sheet),
            font_files=[str(folder / f"SourceSansPro-{face}.ttf") for face in _FACES],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            skip_system_fonts=all(map(_known, svg)),
            zoom=zoom,
        )


def _known(letter: str) -> bool:
    return any(first <= letter < end for first, end in _LETTERS)


@cache
def _light() -> dict[str, str]:
    """Return the variables of the look as they are in light."""
    return dict(reversed(_VARIABLE.findall(css(("tokens.css",)))))  # the first one counts, which is of light
