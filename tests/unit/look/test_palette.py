"""The look: colours that can be read, pages that ask nobody for anything."""

from __future__ import annotations

import re

import pytest

from bos.look import css, page

_GROUNDS = ("ground", "surface", "sunken")
_PAIRS = (
    *(("ink", ground, 4.5) for ground in _GROUNDS),
    *(("ink-soft", ground, 4.5) for ground in _GROUNDS),
    *(("accent", ground, 4.5) for ground in (*_GROUNDS, "accent-soft")),
    *((tone, ground, 4.5) for tone in ("ok", "warning", "breach", "quiet") for ground in ("surface", f"{tone}-soft")),
    ("accent-ink", "accent", 4.5),
    *((line, ground, 3.0) for line in ("line-strong", "focus") for ground in _GROUNDS),
    *((f"series-{i}", "surface", 3.0) for i in (1, 2, 3)),
)


def _palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root, \.bos \{(.*?)\}", css(), flags=re.DOTALL)
    light, dark, _print = (dict(re.findall(r"--bos-([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return {"light": light, "dark": {**light, **dark}}


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_text_and_line_can_be_told_from_its_ground(theme: str) -> None:
    colours = _palettes()[theme]
    faint = {
        f"{front} on {ground}": round(_contrast(colours[front], colours[ground]), 2)
        for front, ground, least in _PAIRS
        if _contrast(colours[front], colours[ground]) < least
    }
    assert faint == {}


def test_dark_names_every_colour_of_light() -> None:
    light, dark = _palettes()["light"], re.findall(r"prefers-color-scheme: dark\) \{(.*?)\n\}", css(), flags=re.DOTALL)
    assert set(re.findall(r"--bos-([\w-]+): #", dark[0])) == set(light)


def test_components_use_no_colour_but_the_variables() -> None:
    after = css().split("The components.", 1)[1]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", after) == []


def test_a_page_needs_no_script_and_asks_nobody_for_anything() -> None:
    made = page(title="A <b> & c", body="<main><h1>Hello</h1></main>")
    assert "<title>A &lt;b&gt; &amp; c</title>" in made
    assert re.findall(r"<script|url\(|@import|https?://|<link", made) == []
