"""Holidays that calendars take over: against lists that their authorities publish."""

from __future__ import annotations

from datetime import date

import pytest

from bos.actions import holidays
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound, UsageError

VIC = Actor("vic", "Vic", roles=frozenset({"viewer"}))
TARGET = ["01-01", "04-03", "04-06", "05-01", "12-25", "12-26"]
"""Days on which T2 of the Eurosystem is closed in 2026 (ECB, TARGET calendar)."""
RESERVE = {
    "2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-09-07", "2026-10-12", "2026-11-11",
    "2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18", "2027-02-15", "2027-05-31", "2027-07-05", "2027-09-06",
    "2027-10-11", "2027-11-11", "2027-11-25",
}  # fmt: skip
"""Working days on which the Federal Reserve Banks are closed (Federal Reserve, K.8)."""


def days(source, first, last):
    return [one.day for one in holidays.listing(None, VIC, source, first=first, last=last)]


def test_the_days_of_the_eurosystem_and_of_the_federal_reserve_are_the_published_ones():
    assert [f"{day:%m-%d}" for day in days("XECB", 2026, 2026)] == TARGET
    found = days("XFED", 2026, 2027)
    assert found == sorted(found)
    weekend = 5
    assert {day.isoformat() for day in found if day.weekday() < weekend} == RESERVE
    assert date(2026, 7, 3) not in found, "a holiday on a Saturday closes no working day"


def test_a_region_has_holidays_of_its_own():
    whole, hesse = days("DE", 2026, 2026), days("DE-HE", 2026, 2026)
    assert set(hesse) - set(whole) == {date(2026, 6, 4)}


def test_sources_are_named_markets_first():
    found = holidays.sources(None, VIC)
    kinds = [one.kind for one in found]
    assert kinds == sorted(kinds, reverse=True)
    by_code = {one.code: one for one in found}
    assert (by_code["XFED"].title, by_code["DE"].title) == ("Federal Reserve", "Germany")
    assert "HE" in by_code["DE"].parts


@pytest.mark.parametrize("source", ["", "XX", "de", "DE-XX", "XFED-NY", "US;DROP"])
def test_a_source_that_there_is_not_is_refused(source):
    with pytest.raises(NotFound):
        holidays.listing(None, VIC, source, first=2026, last=2026)


@pytest.mark.parametrize(("first", "last"), [(2027, 2026), (1900, 1900), (2026, 3000), (2000, 2050)])
def test_years_that_make_no_sense_are_refused(first, last):
    with pytest.raises(UsageError, match="cannot be looked up"):
        holidays.listing(None, VIC, "XFED", first=first, last=last)


def test_years_that_a_source_does_not_know_are_named_and_never_empty():
    with pytest.raises(UsageError, match="not known for 1990"):
        holidays.listing(None, VIC, "XFED", first=1990, last=1990)


def test_who_may_see_no_calendar_sees_no_holidays():
    with pytest.raises(Forbidden):
        holidays.sources(None, Actor("nora", "Nora"))
