"""The page that teaches the language says what the code does."""

import re
from pathlib import Path

import pytest

from bos.kpi import FUNCTIONS, parse, print_formula
from bos.kpi.binding import BUILT_IN
from bos.kpi.conditions import RESERVED

PAGE = (Path(__file__).parents[3] / "docs" / "kpi.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", PAGE)
WHOLE = re.compile(
    r"(count|sum|avg|min|max|p[0-9.]+|distinct|ratio|derived|conversion|conformance|availability|gap|cumulative|balance)\([^…A-Z|]*\)"
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_a_heading_and_its_example(name):
    assert f"### `{name}`\n" in PAGE
    assert f"`{FUNCTIONS[name].example}`" in PAGE or FUNCTIONS[name].role == "rule" or name == "conformance"


def test_every_formula_on_the_page_is_canonical():
    block = PAGE.split("```")[1].split("\n")
    formulas = [text for text in [*CODE, *block] if WHOLE.fullmatch(text)]
    assert len(formulas) > 12
    assert [print_formula(parse(text)) for text in formulas] == formulas


def test_the_built_in_fields_and_the_reserved_words_are_those_of_the_code():
    assert re.findall(r"^\| `(\w+)` \| (\w+) \|", PAGE.split("## Conditions")[0], re.MULTILINE) == [
        (name, kind) for name, (_, kind) in BUILT_IN.items()
    ]
    assert sorted(RESERVED) in [sorted(text.split()) for text in CODE]
