"""What is given to the library is taken as it was meant, or refused in words."""

from datetime import UTC, date, datetime

import pytest

from bos.client.given import filters_of, moment, names, number
from bos.errors import UsageError


def test_moments_have_a_zone():
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert moment("start", at) == moment("start", "2026-03-02T09:00:00+00:00") == "2026-03-02T09:00:00+00:00"
    assert moment("start", None) is None
    for bad in ("2026-03-02", "soon", date(2026, 3, 2), datetime(2026, 3, 2), 5, "x" * 500):  # noqa: DTZ001 - no zone
        with pytest.raises(UsageError, match="start is no moment with a time zone") as caught:
            moment("start", bad)
        assert len(str(caught.value)) < 250


def test_one_name_is_a_name_and_no_list_of_letters():
    assert names("kpis", "stp_rate") == ("stp_rate",)
    assert names("kpis", ["a", "b"]) == names("kpis", iter(("a", "b"))) == ("a", "b")
    assert names("kpis", None) == ()
    for bad in (5, [5], [["a"]]):
        with pytest.raises(UsageError, match="kpis are names"):
            names("kpis", bad)


def test_a_value_to_filter_by_is_a_value_and_no_list_of_letters():
    assert filters_of({"channel": "web", "region": None}) == {"channel": ["web"], "region": [None]}
    assert filters_of({"channel": ("web", None)}) == {"channel": ["web", None]}
    assert filters_of(None) == {}
    for bad in (5, [5], [["web"]]):
        with pytest.raises(UsageError, match="The filter of channel has a value that is no text"):
            filters_of({"channel": bad})


def test_numbers_can_be_counted_with():
    assert number("breach", "0.5") == number("breach", 0.5) == 0.5
    for bad in (float("nan"), float("inf"), "1e400", "much", None, 10**400):
        with pytest.raises(UsageError, match="breach is no number"):
            number("breach", bad)
