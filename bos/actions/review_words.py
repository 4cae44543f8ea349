"""Numbers, times and weeks of a review as people read them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bos.errors import UsageError
from bos.kpi.xmr import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.kpi.xmr import Rule

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
NAMES_SHOWN = 2
"""Names that a sentence of page 1 lists, so that the page stays one page."""
RULES: dict[Rule, str] = {rule: words.format(by="week") for rule, words in WORDS.items()}


def week_of(text: str, zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of an ISO week such as ``2026-W10`` in a zone, and the first after it (UTC).

    Raises:
        UsageError: it is no week.
    """
    found = _WEEK.fullmatch(text)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None or not 1900 <= monday.year <= 9000:  # noqa: PLR2004 - the years windows may lie in
        raise UsageError(f"{text!r} is no week.", where="week", hint="Write 2026-W10: the ISO year and week.")
    return midnight(monday, zone), midnight(monday + timedelta(days=7), zone)


def midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day in a zone (UTC)."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day(moment: datetime, zone: str) -> str:
    """Return a day as people write it, such as ``16 Nov 2026``."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def period(start: datetime, end: datetime, zone: str) -> str:
    """Return a week as people write it, with its zone."""
    last = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    first = start.astimezone(ZoneInfo(zone))
    return f"{first:%a} {first.day} {first:%b} \N{EN DASH} {last:%a} {last.day} {last:%b %Y}, {zone}"


def few(names: Sequence[str]) -> str:
    """Return names as a part of a sentence; of many the first ones and how many more there are."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMES_SHOWN])} and {more} more"


def age(moment: datetime, end: datetime) -> str:
    """Return how old something is at the end of the period."""
    days = (end - moment).days
    if moment >= end:
        return "given after the week"
    return "given on its last day" if days == 0 else f"{days} day{'s' if days > 1 else ''} old"


def number(value: float | str | None) -> float | None:
    """Return the value of an answer as a float to draw and compare with; the engine's text keeps all digits."""
    return None if value is None else float(Decimal(value)) if isinstance(value, str) else float(value)
