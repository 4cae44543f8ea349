"""What people wrote is printed as it is, and steers no terminal."""

from __future__ import annotations

import json

import pytest
import yaml

from bos.cli import output
from bos.errors import Invalid, Problem, UsageError

STEERING = ["\x1b[31mred", "\x9b2J", "a\rb", "x\u202ey", "\u2066x", "\x07", "a\u2028b"]


@pytest.mark.parametrize("text", STEERING)
def test_no_output_has_a_character_that_steers(text, capsys):
    output.line(text)
    output.note(text)
    output.table(("Title",), [(text,)])
    output.as_json({"title": text})
    output.as_yaml({"title": text, "umlaut": "ü"})
    output.trouble(Invalid(text, where=text, hint=text, problems=(Problem(text, text, text),)))
    printed = "".join(capsys.readouterr())
    assert {char for char in printed if not char.isprintable()} == {"\n"}


@pytest.mark.parametrize("text", [*STEERING, "ü 日本 🏦", "[red]x[/red]", "yes", "2026-01-01"])
def test_what_is_printed_for_programs_reads_back_as_it_was(text, capsys):
    output.as_json({"title": text})
    assert json.loads(capsys.readouterr().out) == {"title": text}
    output.as_yaml({"title": text})
    assert yaml.safe_load(capsys.readouterr().out) == {"title": text}


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/]", "[link=http://x]y[/link]", ":bank:", "\\[b]"])
def test_a_table_takes_markup_for_text(text, capsys):
    output.table(("Title",), [(text,)])
    assert text in capsys.readouterr().out


def test_a_row_is_a_line_where_nobody_reads_it_on_a_terminal(capsys):
    output.table(("Id", "Title"), [("a", "long " * 200), ("b", "x\ny")])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "\x1b" not in "".join(lines)


def test_an_error_has_its_status(capsys):
    assert output.trouble(UsageError("Wrong.", where="--map", hint="Right.")) == 2
    assert capsys.readouterr().err == "Error: Wrong.\n  Where: --map\n  Hint: Right.\n"
    problems = (Problem("a", "It is bad.", "Mend it."), Problem("b", "It is odd.", severity="attention"))
    assert output.trouble(Invalid("Bad.", problems=problems)) == 1
    assert capsys.readouterr().err.splitlines()[1:] == ["  error: a: It is bad. Mend it.", "  attention: b: It is odd."]
