"""What is wrong with what arrives is told with what can be done about it."""

from __future__ import annotations

import pytest

from bos.actions.arriving import in_words_of
from bos.errors import InputError

MAPPING = "Check which column is which (--map). The rows are kept in the reject file."


@pytest.mark.parametrize(
    ("why", "begins", "ends"),
    [
        (
            "the amount is no plain number (3 rows); the time is no ISO 8601 time (1 row)",
            "amounts as in",
            "as amount by",
        ),
        ("the time is no ISO 8601 time (3 rows)", "times as in", "as time by the setting map"),
        ("the time has no offset and no time zone is declared (3 rows)", "times as in", "by the setting time_zone"),
    ],
)
def test_rows_that_say_something_wrong_are_told_with_what_they_should_say(why, begins, ends):
    words = f"No row of the file can be taken: {why}."
    with pytest.raises(InputError) as told, in_words_of("drop", "table"):
        raise InputError(words, where="a.csv", hint=MAPPING, details={"rejected": 3})
    assert (told.value.message, told.value.hint.startswith(f"Let the sender write {begins}")) == (words, True)
    assert ends in told.value.hint
    assert told.value.hint.endswith(" of the connection drop. The rows are kept in the reject file.")


def test_rows_without_what_they_need_are_told_to_be_mapped():
    with pytest.raises(InputError) as told, in_words_of("drop", "table"):
        raise InputError("No row: the case is missing.", where="a.csv", hint=MAPPING, details={"rejected": 3})
    assert told.value.hint.startswith("Say which column is which by the setting map of the connection drop")
