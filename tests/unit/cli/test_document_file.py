"""Files of documents: what would be lost in silence is refused with its place."""

import pytest

from bos.cli.document_file import read
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
