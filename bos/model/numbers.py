"""Numbers as people read them: the one place where a value and its unit become words."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import chain

from bos.model.document import NO_CURRENCIES, TURNING
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

_SPELT_OUT = {ord(char): f"⟨U+{ord(char):04X}⟩" for char in TURNING}

_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_SOME = re.compile(r"[1-9]")
_DECIMALS = re.compile(r"\.(\d+)")
_FIRST = re.compile(r"-?\d+(\.\d+)?")
_SPELLED = re.compile(r"([\d.]+) (d|h|min|ms|s)\b")
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SIZES = {"ms": Decimal("0.001"), **{name: Decimal(size) for size, name in _SPANS}}
_LARGE, _WHOLE = 100, 1000
_MOST_DIGITS = 16
"""More decimals than a float of a size that people read has."""
_WIDE = Context(prec=1_000)
"""Room for every digit of any float: the largest has 309 before the point, the smallest ends 1,074 after it."""
_PLAIN_UNITS = {"", "count", "number"}
_PLURAL = re.compile(r"(?=.*[aeiou])[a-z]{2,}[^su\W]s", re.ASCII)
"""A word that is a plural by its ending, such as events; not bonus or loss, nor kbps."""
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")
_SAME = {"series", "species", "news"}
_ENDINGS = {"ies": "y", "sses": "ss", "shes": "sh", "ches": "ch", "xes": "x"}
_LIMITS = (0.0, 1.0)
_CENTS = 2
_NO_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_MILS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies that have three decimals, those above none, all others two (ISO 4217)."""


def value_words(value: str | None) -> str:
    """Return the value of a field as people read it: what would turn the direction of a text is spelled out."""
    return MISSING if value is None else value.translate(_SPELT_OUT)


def named(unit: str) -> str:
    """Return a unit where it stands without a number, as a business names it; empty where numbers are plain."""
    return "" if unit in _PLAIN_UNITS else unit


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
    return _with_unit(grouped(value), unit)


def _with_unit(text: str, unit: str) -> str:
    """Return a number and its unit, of one thing in the singular: 1 event, 1 opening per stop, but 1.5 events."""
    if unit in _PLAIN_UNITS:
        return text
    if unit == "percent":
        return f"{text}{THIN}%"
    return f"{text} {_one(unit) if text in {'1', f'{MINUS}1'} else unit}"


def _one(unit: str) -> str:
    """Return a unit of one thing: what ends as an English plural does in its first word, that stands alone or *per*."""
    word, space, rest = unit.partition(" ")
    if word in _SAME or not _PLURAL.fullmatch(word) or (rest and not rest.startswith("per ")):
        return unit
    ending = next((end for end in _ENDINGS if word.endswith(end)), "s")
    return f"{word.removesuffix(ending)}{_ENDINGS.get(ending, '')}{space}{rest}"


def counted(many: int, what: str) -> str:
    """Return how many of something there are: 1 row, 2 rows, 1,000 rows."""
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def each(span: str) -> str:
    """Return a span as it is said after *every* or *the last*: minute, 5 minutes."""
    many, _, unit = span.partition(" ")
    return unit.removesuffix("s") if many == "1" else span


def cause(kind: str, unit: str) -> str:
    """Return a kind of cause of a change as people read it: what a part comes to is a rate of shares, else a mean."""
    return "mean" if kind == "rate" and unit not in SHARES else kind


def became(note: str, late: float | None, unit: str) -> str:
    """Return what became of a case and by how much it is late, in seconds of a unit: *Dropped, late by 2 h 5 min*."""
    told = "" if late is None else f"late by {shown(late, unit)}"
    if note.endswith("."):
        return f"{note} {told[0].upper()}{told[1:]}." if told else note
    return ", ".join(filter(None, (note, told)))


def exact(value: float | Decimal | str, unit: str) -> str:
    """Return a value as :func:`shown` does where that tells all of it, else with every digit: 2.4125 %, 1 d 30 min 5 s.

    What people set and sign (targets, levels) is told so; what was measured is rounded.
    """
    number = Decimal(str(value))
    if unit in DURATIONS:
        told = f"{_spelled(number, days=unit != WORKING)}{' working time' if unit == WORKING else ''}"
    else:
        size = (number * 100 if unit in SHARES else number).normalize()
        digits = max(0, -int(size.as_tuple().exponent))
        told = _exactly(number, unit, max(digits, decimals(unit)) if is_money(unit) else digits)
    usual = shown(str(value), unit)
    return usual if alike(usual, told) else told


def _spelled(seconds: Decimal, *, days: bool) -> str:
    """Return seconds in all units that they have some of."""
    rest, told = seconds.copy_abs(), []
    if rest < 1:
        return f"{MINUS if seconds < 0 else ''}{(rest * 1000).normalize():f} ms"
    for size, name in _SPANS[0 if days else 1 : -1]:
        whole, rest = _WIDE.divmod(rest, size)
        told += [f"{grouped(int(whole))} {name}"] if whole else []
    told += [f"{rest.normalize():f} s"] if rest or not told else []
    return f"{MINUS if seconds < 0 else ''}{' '.join(told)}"


def apart(value: float | Decimal | str, bound: float | Decimal | str, unit: str = "") -> tuple[str, str]:
    """Return two values that were measured as :func:`shown` does; where they differ, so do the two texts.

    What would read alike gets as many decimals as that takes, a duration down to the second.
    """
    one, two = Decimal(str(value)), Decimal(str(bound))
    usual = shown(str(one), unit), shown(str(two), unit)
    if one == two or not alike(*usual):
        return usual
    least = max(len(found[1]) for found in (_DECIMALS.search(text) for text in (".0", *usual)) if found)
    exact = ((_exactly(one, unit, digits), _exactly(two, unit, digits)) for digits in range(least, _MOST_DIGITS))
    return next((told for told in exact if not alike(*told)), usual)


def beside(value: float | Decimal | str, limit: float | Decimal | str, unit: str = "") -> tuple[str, str]:
    """Return a value and a limit it is held against: the limit with every digit that was set, as :func:`exact`.

    The value is as :func:`shown`, or with as many decimals as it takes to stand on the side of the limit that it is on.
    """
    one, two = Decimal(str(value)), Decimal(str(limit))
    bound = exact(two, unit)
    usual = shown(str(one), unit)
    texts = chain([usual], (_exactly(one, unit, digits) for digits in range(1, _MOST_DIGITS)))
    told = next((text for text in texts if _side(_read(text, unit), two) == _side(one, two)), usual)
    return told, bound


def _side(one: Decimal, two: Decimal) -> int:
    return (one > two) - (one < two)


def _read(text: str, unit: str) -> Decimal:
    """Return the number that a text of a unit tells."""
    plain = text.replace(THIN, "").replace(MINUS, "-")
    if unit in DURATIONS:
        total = sum((Decimal(many) * _SIZES[name] for many, name in _SPELLED.findall(plain)), Decimal(0))
        return -total if plain.startswith("-") else total
    found = _FIRST.search(plain)
    number = Decimal(found[0]) if found else Decimal(0)
    return number / 100 if unit in SHARES else number


def alike(one: str, two: str) -> bool:
    """Return whether two texts of one unit tell the same number: 0 %, 0.00 % and 0 ms are nothing all of them."""
    first, second = (_NUMBER.sub(_plain, text.replace(THIN, "")) for text in (one, two))
    return first == second or not (_SOME.search(first) or _SOME.search(second))


def _plain(found: re.Match[str]) -> str:
    return f"{Decimal(found[0]).normalize():f}"


def _exactly(number: Decimal, unit: str, digits: int) -> str:
    """Return a number with so many decimals and its unit."""
    size = number * 100 if unit in SHARES else number
    text = _signed(f"{_rounded(size, digits):,.{digits}f}".replace(",", THIN))
    if is_money(unit):
        return f"{unit} {text}"
    if unit in DURATIONS:
        return f"{_clocked(number, digits)}{' working time' if unit == WORKING else ''}"
    return _with_unit(text, "percent" if unit in SHARES else unit)


def _rounded(number: Decimal, digits: int) -> Decimal:
    """Return a number with so many decimals; a half goes away from zero, as people round."""
    return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _WIDE)


def _clocked(seconds: Decimal, digits: int) -> str:
    """Return seconds with so many decimals, the minutes and hours of them apart: 11 h 7 min 42.8 s."""
    minutes, rest = _WIDE.divmod(_rounded(seconds, digits).copy_abs(), 60)
    hours, minutes = _WIDE.divmod(minutes, 60)
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
    return f"{_signed(_in_thousands(text))}{THIN}%"


def _in_thousands(text: str) -> str:
    """Return the digits of a number with thin spaces between thousands."""
    whole, point, rest = text.partition(".")
    return f"{_THOUSANDS.sub(THIN, whole)}{point}{rest}"


def points(difference: float) -> str:
    """Return the difference of two fractions in percentage points, without its sign."""
    digits = 2 if abs(difference) < 0.1 else 1  # noqa: PLR2004 - ten points
    text = f"{abs(difference) * 100:.{digits}f}"
    while difference and not float(text) and digits < 6:  # noqa: PLR2004 - six digits will do
        digits += 1
        text = f"{abs(difference) * 100:.{digits}f}"
    return f"{_in_thousands(text)} points"


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
