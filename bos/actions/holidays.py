"""Holidays of markets and countries, from the library ``holidays``: a calendar takes over what its owner chooses."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from bos.auth.policy import allow
from bos.errors import NotFound, UsageError
from bos.model.answers.holidays import Holiday, HolidaySource

if TYPE_CHECKING:
    from datetime import date

    from bos.actions.context import Context
    from bos.auth.actor import Actor

FIRST_YEAR, LAST_YEAR = 1950, 2100
MOST_YEARS = 50
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def sources(ctx: Context, actor: Actor) -> tuple[HolidaySource, ...]:
    """Return whose holidays are known: markets and payment systems, then countries, each by its name."""
    del ctx
    allow(actor, "calendar.read")
    return _sources()


@cache
def _sources() -> tuple[HolidaySource, ...]:
    from holidays import list_supported_countries, list_supported_financial  # noqa: PLC0415 - only this needs them
    from holidays.registry import COUNTRIES, FINANCIAL  # noqa: PLC0415 - as above

    parts = list_supported_countries(include_aliases=False)
    markets = list_supported_financial(include_aliases=False)
    found = [
        HolidaySource(code=code, title=_WORD.sub(" ", name), kind="market")
        for name, code, *_ in FINANCIAL.values()
        if code in markets
    ]
    found += [
        HolidaySource(code=code, title=_WORD.sub(" ", name), kind="country", parts=tuple(parts[code]))
        for name, code, *_ in COUNTRIES.values()
        if code in parts
    ]
    return tuple(sorted(found, key=lambda one: (one.kind == "country", one.title)))


def listing(ctx: Context, actor: Actor, source: str, *, first: int, last: int) -> tuple[Holiday, ...]:
    """Return the holidays of a source from the first day of one year to the last of another, in order.

    ``source`` is a code of :func:`sources`, of a region of a country with it: ``DE-HE``. Where a holiday is kept on
    another day than its own, that day is named.

    Raises:
        NotFound: there is no such source.
        UsageError: the years make no sense, or the source does not know some of them.
    """
    del ctx
    allow(actor, "calendar.read")
    code, _, part = source.partition("-")
    found = next((one for one in _sources() if one.code == code), None)
    if found is None or (part and part not in found.parts):
        raise NotFound(
            f"BOS knows no holidays of {source!r}.", where="source", hint="Choose one of the sources of holidays."
        )
    if not FIRST_YEAR <= first <= last <= LAST_YEAR or last - first >= MOST_YEARS:
        raise UsageError(
            f"The years {first} to {last} cannot be looked up.",
            where="from",
            hint=f"Give at most {MOST_YEARS} years between {FIRST_YEAR} and {LAST_YEAR}, the first one first.",
        )
    days = tuple(Holiday(day=day, name=name) for day, name in sorted(_days(found, part, first, last).items()))
    unknown = sorted(set(range(first, last + 1)) - {one.day.year for one in days})
    if unknown:
        raise UsageError(
            f"The holidays of {found.title} are not known for {', '.join(map(str, unknown))}.",
            where="from",
            hint="Choose other years, and look up those of that year yourself.",
        )
    return days


def _days(source: HolidaySource, part: str, first: int, last: int) -> dict[date, str]:
    from holidays import country_holidays, financial_holidays  # noqa: PLC0415 - as above

    years = range(first, last + 1)
    found = (
        financial_holidays(source.code, years=years, language="en_US", expand=False)
        if source.kind == "market"
        else country_holidays(source.code, subdiv=part or None, years=years, language="en_US", expand=False)
    )
    return {day: str(name) for day, name in found.items()}
