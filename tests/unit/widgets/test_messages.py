"""The texts of the wizard: they name the field, they blame nobody, and each is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import widgets.wizard
from widgets.wizard import messages

SOURCE = "\n".join(path.read_text() for path in sorted(Path(widgets.wizard.__file__).parent.rglob("*.py")))
EVERY = {**messages.ERRORS, **messages.TEXT, **messages.WORDS}


@pytest.mark.parametrize("text", list(EVERY.values()))
def test_no_text_has_a_word_that_blames_or_says_nothing(text):
    assert not [word for word in messages.BANNED if word in text.lower()]
    assert "*" not in text


@pytest.mark.parametrize("text", list(messages.ERRORS.values()))
def test_an_error_is_one_line_that_begins_with_what_to_do_or_the_field_and_has_no_full_stop(text):
    assert re.match(r"[A-Z“{]", text)
    assert not text.endswith((".", "!"))


def test_every_text_of_the_catalogue_is_used():
    used = set(re.findall(r"""(?:TEXT\[|say\(|wrong\()["'](\w+)["']""", SOURCE))
    assert set(messages.ERRORS) | set(messages.TEXT) == used
