"""Periods as addresses name them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bos.errors import UsageError
from widgets.surface.moments import window_of


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-02-01", "to": "2026-02-28"},
        {"start": "2026-02-01T05:00:00+00:00", "end": "2026-03-01T05:00:00+00:00"},
        {"from": "2026-02-01", "end": "2026-03-01T00:00:00-05:00"},
    ],
)
def test_days_and_moments_name_the_same_period(asked):
    found = window_of(asked, "America/New_York")
    assert found == (datetime(2026, 2, 1, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC))


def test_an_address_without_a_period_names_none_and_a_day_that_is_none_is_told():
    assert window_of({}, "UTC") == (None, None)
    with pytest.raises(UsageError, match="'soon' is no day"):
        window_of({"from": "soon"}, "UTC")
