"""Where the earlier period of a period or a bucket lies, worked out on a calendar by hand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bos.errors import UsageError
from bos.kpi.earlier import Offset, bucket_before, comparing, offset_of, period_before

AMSTERDAM = "Europe/Amsterdam"


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-03-01", "2026-04-01", "2026-02-01"),  # a month: the month before, though it is shorter
        ("2026-01-01", "2026-04-01", "2025-10-01"),  # a quarter
        ("2026-01-01", "2027-01-01", "2025-01-01"),
        ("2026-03-02", "2026-03-09", "2026-02-23"),  # a week
        ("2026-10-25", "2026-11-01", "2026-10-18"),  # seven days, one of which has 25 hours
        ("2026-03-29", "2026-03-31", "2026-03-27"),  # days, one of which has 23 hours
        ("2026-03-29T00:00", "2026-03-29T06:00", "2026-03-28T19:00"),  # five hours on the night of the clock change
    ],
)
def test_the_period_before_is_as_many_months_or_days_else_as_long(start, end, expected):
    found = period_before(at(start, AMSTERDAM), at(end, AMSTERDAM), AMSTERDAM)
    assert found == (at(expected, AMSTERDAM), at(start, AMSTERDAM))


@pytest.mark.parametrize(
    ("offset", "moment", "expected"),
    [
        (Offset(1, "year"), "2025-02-28T10:30", "2024-02-28T10:30"),
        (Offset(1, "year"), "2024-02-29", "2023-03-01"),  # there was none: the beginning of the next month
        (Offset(1, "month"), "2026-03-31T08:00", "2026-03-01"),
        (Offset(2, "quarter"), "2026-03-01", "2025-09-01"),
        (Offset(1, "week"), "2026-04-01T12:00", "2026-03-25T12:00"),  # across the clock change, at the same hour
        (Offset(3, "hour"), "2026-03-29T04:00", "2026-03-29T00:00"),  # hours are counted: one of them was left out
    ],
)
def test_an_earlier_moment_keeps_the_time_of_day(offset, moment, expected):
    assert offset.before(at(moment, AMSTERDAM), AMSTERDAM) == at(expected, AMSTERDAM)


@pytest.mark.parametrize(
    ("by", "compare", "start", "expected"),
    [
        ("day", "1 month", "2026-03-30", None),  # 30 February
        ("day", "1 month", "2026-03-28", "2026-02-28"),
        ("day", "1 year", "2024-02-29", None),
        ("week", "52 weeks", "2026-03-02", "2025-03-03"),
        ("month", "1 year", "2026-03-01", "2025-03-01"),
        ("quarter", "previous", "2026-01-01", "2025-10-01"),
        ("hour", "1 day", "2026-03-30T02:00", None),  # the clock went from 02:00 to 03:00 the day before
        ("hour", "1 day", "2026-03-30T03:00", "2026-03-29T03:00"),
        ("hour", "previous", "2026-03-29T03:00", "2026-03-29T01:00"),
    ],
)
def test_a_bucket_is_compared_with_one_like_it_or_with_none(by, compare, start, expected):
    found = bucket_before(at(start, AMSTERDAM), offset_of(comparing(compare), by), by, AMSTERDAM)
    assert found == (expected and at(expected, AMSTERDAM))


@pytest.mark.parametrize(
    ("by", "compare"),
    [("week", "1 month"), ("week", "10 days"), ("month", "4 weeks"), ("quarter", "1 month"), ("day", "5 hours")],
)
def test_what_is_no_bucket_earlier_is_refused(by, compare):
    with pytest.raises(UsageError, match="are not alike"):
        offset_of(comparing(compare), by)


@pytest.mark.parametrize("text", ["9999 years", "101 years", "2026 quarters", "5300 weeks"])
def test_what_is_too_far_back_is_refused(text):
    with pytest.raises(UsageError, match="too far back"):
        comparing(text)
    assert str(comparing("100 years")) == "100 years"


@pytest.mark.parametrize("text", ["", "last year", "0 days", "1.5 weeks", "1 fortnight", "previous "])
def test_what_says_nothing_to_compare_with_is_refused_with_what_to_write(text):
    with pytest.raises(UsageError) as refused:
        comparing(text)
    assert "previous" in refused.value.hint


def test_instants_are_given_in_utc():
    assert Offset(1, "day").before(at("2026-03-30", AMSTERDAM), AMSTERDAM).tzinfo is UTC
