"""Files of documents: what would be lost in silence is refused with its place."""

import pytest

from bos.cli.document_file import read, refuse_unwritable
from bos.errors import InputError


@pytest.mark.parametrize(
    ("text", "place", "first", "key"),
    [
        ("title: One\nowner: robin\ntitle: Two\n", "line 3, column 1", 1, "title"),
        ("steps:\n- id: a\n  title: A\n- id: b\n  title: B\n  id: c\n", "line 6, column 3", 4, "id"),
        ('{"title": "One",\n "title": "Two"}', "line 2, column 2", 1, "title"),
        ("targets:\n  1: low\n  '1': high\n", "line 3, column 3", 2, "1"),
        ("targets:\n  yes: low\n  on: high\n", "line 3, column 3", 2, "True"),
        ("targets:\n  1: low\n  0x1: high\n", "line 3, column 3", 2, "1"),
        ('{"True": 1, true: 2}', "line 1, column 13", 1, "True"),
        ("a:\n  b: 1\n  c:\n    b: 1\n    b: 1\n", "line 5, column 5", 4, "b"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_both_places(tmp_path, text, place, first, key):
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read(path)
    assert told.value.message == f"{key!r} is given twice in one place."
    assert told.value.where == f"{path}, {place}"
    assert told.value.hint == f"It stands in line {first}, too: keep one of them."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("owner: a\n<<: {owner: b}\n", "The file merges parts by <<."),
        ("? [a, b]\n: c\n", "The file is neither YAML nor JSON."),
        ("? {a: b}\n: c\n", "The file is neither YAML nor JSON."),
    ],
)
def test_a_key_that_is_none_is_refused(tmp_path, text, message):
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        read(path)
    assert told.value.message == message


def test_the_same_key_in_two_places_is_none_twice(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("title: One\nsteps:\n- title: A\n  since: 2026-01-05\n- title: B\n")
    assert read(path) == {"title": "One", "steps": [{"title": "A", "since": "2026-01-05"}, {"title": "B"}]}


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ('{"id": "x.y", "title": "half \\ud800"}', ", field title", "A text has half a character (a lone surrogate)."),
        (
            '{"binding": {"tags": ["a", "\\udfff"]}}',
            ", field binding.tags[1]",
            "A text has half a character (a lone surrogate).",
        ),
        ('{"binding": {"\\ud800": 1}}', ", field binding", "A key has half a character (a lone surrogate)."),
        ('{"\\ud800": 1}', "", "A key has half a character (a lone surrogate)."),
        ("steps:\n- {most: .inf}\n", ", field steps[0].most", "inf is no number that JSON can hold."),
        ("most: .nan\n", ", field most", "nan is no number that JSON can hold."),
    ],
)
def test_what_no_request_can_carry_is_refused_with_its_file_and_field(tmp_path, text, field, message):
    path = tmp_path / "signal.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as told:
        refuse_unwritable(read(path), path)
    assert (told.value.message, told.value.where) == (message, f"{path}{field}")


def test_whole_characters_and_numbers_are_carried(tmp_path):
    path = tmp_path / "signal.yaml"
    path.write_text('{"title": "\\ud83d\\ude00 ü", "most": 1.5, "tags": ["a", 1, null, true]}')
    found = read(path)
    refuse_unwritable(found, path)
    assert found == {"title": "\N{GRINNING FACE} ü", "most": 1.5, "tags": ["a", 1, None, True]}
