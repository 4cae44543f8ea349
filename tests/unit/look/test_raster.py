"""Pictures for messages: drawn with a font that comes along, so text is there on a machine without any."""

from __future__ import annotations

import struct

import pytest

from bos.look import raster

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40">{}</svg>'


def words(text, **more):
    look = "".join(f' {name}="{value}"' for name, value in more.items())
    return raster.png(SVG.format(f'<text x="4" y="28"{look}>{text}</text>'))


EMPTY = raster.png(SVG.format(""))


@pytest.mark.parametrize("text", ["Return rate", "3.4\u202f%", "ÄÖÜ ß é ł", "Σ Ж", "→ ≥ … € \u2013", "0123456789"])
def test_every_letter_that_a_chart_has_is_drawn_with_no_font_of_the_machine(text):
    assert words(text) != EMPTY
    for letter in set(text) - {" ", "\u202f"}:
        assert words(letter) != EMPTY, letter
        assert words(letter) != words("\uf8ff" if letter != "\uf8ff" else "x"), (
            f"{letter} is drawn as one that is not there"
        )


def test_numbers_that_differ_are_pictures_that_differ_and_bold_is_bold():
    drawn = [words(f"{number}.{digit} %") for number in range(3) for digit in range(10)]
    assert len(set(drawn)) == len(drawn)
    assert words("3.4 %", **{"font-weight": 600}) != words("3.4 %")


def test_without_its_font_there_would_be_no_letters(monkeypatch):
    monkeypatch.setattr(raster, "_FACES", ())
    assert words("Return rate") == EMPTY


def test_a_picture_is_the_same_each_time_and_has_the_pixels_it_is_to_have():
    one = words("Same")
    assert one == words("Same")
    assert one[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", one[16:24]) == (450, 60)


def test_colours_of_the_look_are_those_of_light():
    def rect(rule):
        return raster.png(SVG.format('<rect class="x" width="300" height="40"/>'), rules=rule)

    assert rect(".x { fill: var(--bos-breach); }") == rect(".x { fill: #a32020; }")
    assert rect(".x { fill: var(--bos-breach); }") != rect(".x { fill: var(--bos-ok); }")
