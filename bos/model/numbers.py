"""Numbers as people read them: the one place where a value and its unit become words."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from bos.model.document import NO_CURRENCIES
from bos.model.outcomes import WORKING

Number = int | float | str | None
THIN = "\u202f"
"""The narrow space that does not break: between thousands, and before a unit."""
MINUS = "\u2212"
NOTHING = "No data"
NO_CASE = "No case"
"""What stands for a number that nothing happened for while the flow went on: an average or a ratio of nothing."""

GENERATED = "With generated telemetry"
"""What stands beside numbers of which any import was generated."""

DURATIONS = frozenset({"seconds", WORKING})
SHARES = frozenset({"ratio", "fraction", "share"})
"""Units of fractions, which are shown in per cent."""

MISSING = "not recorded"
"""What stands for events and cases that lack a field."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SOME = re.compile(r"[1-9]")
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_LARGE, _WHOLE = 100, 1000
_MOST_DIGITS = 16
"""More decimals than a float of a size that people read has."""
_PLAIN_UNITS = {"", "count", "number"}
_LIMITS = (0.0, 1.0)
_CENTS = 2
_NO_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_MILS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies that have three decimals, those above none, all others two (ISO 4217)."""


def value_words(value: str | None) -> str:
    """Return the value of a field as people read it."""
    return MISSING if value is None else value


def is_money(unit: str) -> bool:
    """Return whether a unit is a currency code."""
    return _CURRENCY.fullmatch(unit) is not None and unit not in NO_CURRENCIES


def shown(value: Number, unit: str = "") -> str:
    """Return a value with its unit: 0.0283 of ``ratio`` is 2.83 %, seconds are a duration, money names its currency.

    Working time is 27 h 5 min working time.
    """
    if value is None:
        return NOTHING
    if unit in SHARES:
        return percent(float(value))
    if unit == WORKING:
        return f"{duration(float(value), days=False)} working time"
    if unit == "seconds":
        return duration(float(value))
    if is_money(unit):
        return f"{unit} {amount(value, unit)}"
    word = "" if unit in _PLAIN_UNITS else f"{THIN}%" if unit == "percent" else f" {unit}"
    return f"{grouped(value)}{word}"


def apart(value: float | Decimal | str, bound: float | Decimal | str, unit: str = "") -> tuple[str, str]:
    """Return a value and what it is held against as :func:`shown` does; where they differ, so do the two texts.

    What would read alike gets as many decimals as that takes, a duration down to the second.
    """
    one, two = Decimal(str(value)), Decimal(str(bound))
    usual = shown(str(one), unit), shown(str(two), unit)
    if one == two or not alike(*usual):
        return usual
    exact = ((_exactly(one, unit, digits), _exactly(two, unit, digits)) for digits in range(1, _MOST_DIGITS))
    return next((told for told in exact if not alike(*told)), usual)


def alike(one: str, two: str) -> bool:
    """Return whether two texts of one unit tell the same number: 0 %, 0.00 % and 0 ms are nothing all of them."""
    first, second = (_NUMBER.sub(_plain, text.replace(THIN, "")) for text in (one, two))
    return first == second or not (_SOME.search(first) or _SOME.search(second))


def _plain(found: re.Match[str]) -> str:
    return f"{Decimal(found[0]).normalize():f}"


def _exactly(number: Decimal, unit: str, digits: int) -> str:
    """Return a number with so many decimals and its unit."""
    size = number * 100 if unit in SHARES else number
    text = _signed(f"{size:,.{digits}f}".replace(",", THIN))
    if is_money(unit):
        return f"{unit} {text}"
    if unit in DURATIONS:
        return f"{_clocked(number, digits)}{' working time' if unit == WORKING else ''}"
    return text + (f"{THIN}%" if unit in {*SHARES, "percent"} else "" if unit in _PLAIN_UNITS else f" {unit}")


def _clocked(seconds: Decimal, digits: int) -> str:
    """Return seconds with so many decimals, the minutes and hours of them apart: 11 h 7 min 42.8 s."""
    minutes, rest = divmod(abs(round(seconds, digits)), 60)
    hours, minutes = divmod(minutes, 60)
    told = [f"{grouped(int(hours))} h"] if hours else []
    told += [f"{minutes} min"] if hours or minutes else []
    return f"{MINUS if seconds < 0 else ''}{' '.join([*told, f'{rest:.{digits}f} s'])}"


def axis(value: float, unit: str = "") -> str:
    """Return a value as an axis shows it: short, and without a unit that stands elsewhere."""
    if unit in SHARES:
        return f"{value * 100:.6g}{THIN}%"
    return duration(value, days=unit != WORKING) if unit in DURATIONS else grouped(float(f"{value:.6g}"))


def percent(value: float) -> str:
    """Return a fraction in per cent: two digits below ten, one above; 0 and 100 only where it is exactly that."""
    digits = 2 if abs(value) < 0.1 else 1  # noqa: PLR2004 - ten per cent
    text = f"{value * 100:.{digits}f}"
    while value not in _LIMITS and float(text) / 100 in _LIMITS and digits < 6:  # noqa: PLR2004 - six digits will do
        digits += 1
        text = f"{value * 100:.{digits}f}"
    if "." in text and value in _LIMITS:
        text = text.split(".")[0]
    return f"{_signed(text)}{THIN}%"


def points(difference: float) -> str:
    """Return the difference of two fractions in percentage points, without its sign."""
    digits = 2 if abs(difference) < 0.1 else 1  # noqa: PLR2004 - ten points
    text = f"{abs(difference) * 100:.{digits}f}"
    while difference and not float(text) and digits < 6:  # noqa: PLR2004 - six digits will do
        digits += 1
        text = f"{abs(difference) * 100:.{digits}f}"
    return f"{text} points"


def signed(difference: float, unit: str) -> str:
    """Return a difference with its sign; of fractions in percentage points."""
    words = points(difference) if unit in SHARES else shown(abs(round(difference, 2)), unit)
    return f"{'+' if difference > 0 else MINUS if difference < 0 else ''}{words}"


def duration(seconds: float, *, days: bool = True) -> str:
    """Return seconds as the two largest units: 3 d 4 h, 12 min 5 s, 850 ms; without ``days``, 76 h.

    A day of working time is no 24 hours, so that is shown in hours at most.
    """
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    sign, rest = (MINUS if seconds < 0 else ""), abs(seconds)
    if rest < 60:  # noqa: PLR2004 - a minute
        return f"{sign}{rest:.3g} s"
    spans = _SPANS if days else _SPANS[1:]
    at = next(i for i, (size, _) in enumerate(spans) if rest >= size)
    (large, one), (small, two) = spans[at], spans[at + 1]
    steps = round(rest / small)
    if steps * small >= spans[at - 1][0] and at:
        at -= 1
        (large, one), (small, two) = spans[at], spans[at + 1]
        steps = round(rest / small)
    whole, part = divmod(steps, large // small)
    return f"{sign}{grouped(whole)} {one} {part} {two}" if part else f"{sign}{grouped(whole)} {one}"


def decimals(currency: str) -> int:
    """Return how many decimals an amount is shown with: those of its currency, whatever the amount."""
    return 0 if currency in _NO_CENTS else 3 if currency in _MILS else _CENTS


def amount(value: float | Decimal | str, currency: str) -> str:
    """Return an amount without its currency, so that all of one column have as many decimals: 279.00 as 352.65."""
    return _signed(f"{Decimal(str(value)):,.{decimals(currency)}f}".replace(",", THIN))


def grouped(value: Number) -> str:
    """Return a number with thin spaces between thousands; what is no whole number keeps the digits that matter."""
    number = Decimal(str(value))
    if number == number.to_integral_value():
        return _signed(f"{int(number):,}".replace(",", THIN))
    size = abs(float(number))
    digits = 0 if size >= _WHOLE else 1 if size >= _LARGE else 2 if size >= 1 else 2 - math.floor(math.log10(size))
    text = f"{number:,.{min(digits, 8)}f}".replace(",", THIN)
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def _signed(text: str) -> str:
    return f"{MINUS}{text[1:]}" if text.startswith("-") else text
