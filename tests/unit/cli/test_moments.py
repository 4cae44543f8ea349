"""Moments that a command and the library are given, where no log can be."""

from zoneinfo import ZoneInfo

import pytest

from bos.cli.options import window
from bos.client import given
from bos.errors import UsageError


@pytest.mark.parametrize("text", ["0001-01-01", "9100-01-01T00:00:00Z", "1899-12-31T00:00:00+01:00"])
def test_what_lies_outside_the_years_of_a_log_is_told_so(text):
    with pytest.raises(UsageError, match=r"lies outside the years 1900 to 9000\.") as told:
        window(text, None, lambda: "America/New_York")
    assert told.value.where == "--from"
    if "T" in text:
        with pytest.raises(UsageError, match=r"start lies outside the years 1900 to 9000\."):
            given.moment("start", text)
    start, _ = window("1900-01-01", None, lambda: "America/New_York")
    assert start.tzinfo == ZoneInfo("America/New_York")
