"""Fields of a form: label, help and example from the field registry; what is typed, read with patience."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from bos.errors import NotFound
from bos.model.fields import field_of
from bos.model.numbers import decimals, is_money, shown
from bos.model.paths import split
from bos.model.roles import ROLES, SIGNING_ROLES
from bos.model.signals import FieldType
from widgets.surface import parts
from widgets.wizard.state import find

if TYPE_CHECKING:
    from widgets.wizard.state import State

_UNITS = {
    "": 1, "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400,
}  # fmt: skip
_NUMBER = re.compile(r"^([+-]?(?:[0-9]+(?:[ ,_][0-9]{3})+|[0-9]+)?(?:\.[0-9]+)?)\s*(%|[a-z]*)$")
_SPAN = re.compile(r"^([1-9][0-9]{0,3})\s*(min|minute|h|hour|d|day|week)s?$")
_HOUR = re.compile(r"^([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?$")
_FIELD = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_SPAN_UNITS = {"min": "minute", "h": "hour", "d": "day"}
_EITHER = re.compile(r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")
_MOST_DIGITS = 2**53
_NUMBERS = re.compile(r"^outcomes\[[^\]]+\]\.(target\.value|warning|breach)$")
_LISTS = re.compile(r"(^|\.)(correlation_key|tags|dimensions)$")
_NULLS = re.compile(r"\.(step|window|calendar|error_budget|cost_rule)$|^currency$")
LONGEST_LINE, LONGEST_TEXT = 200, 10_000


def number(typed: str) -> float | int | None:
    """Return the number in a text: “1,000”, “3 %” (0.03), “5 s”, “2 min” (120 seconds), or ``None``.

    “1.000” is none: it can mean one or a thousand. Neither is one of more digits than a number keeps.
    """
    found = _NUMBER.match(typed.strip().lower())
    if found is None or not found.group(1).strip("+-") or unclear(typed):
        return None
    value = float(re.sub(r"[ ,_]", "", found.group(1)))
    unit = found.group(2)
    if unit == "%":
        value = float(f"{value / 100:.12g}")
    elif unit in _UNITS or unit.removesuffix("s") in _UNITS:
        value *= _UNITS.get(unit, 0) or _UNITS[unit.removesuffix("s")]
    else:
        return None
    if abs(value) >= _MOST_DIGITS:
        return None
    return int(value) if value.is_integer() else value


def share(typed: str) -> float | int | None:
    """Return the share from 0 to 1 in a text: “98 %” and “0.98” are one; ``None`` where it is none."""
    value = None if typed.strip()[-1:].isalpha() else number(typed)
    return value if value is not None and 0 <= value <= 1 else None


def percent(value: Any) -> str:
    """Return a share as a control shows it, 0.98 as “98 %”; what could not be read stays as it was typed."""
    if isinstance(value, bool) or not isinstance(value, float | int):
        return str(show(value))
    return f"{(Decimal(repr(value)) * 100).normalize():f} %"


def span(typed: str) -> str | None:
    """Return a span as a document keeps it: “15 min” is 15 minutes; nothing where it is none."""
    found = _SPAN.match(typed.strip().lower())
    if found is None:
        return None
    count, unit = found.groups()
    return f"{count} {_SPAN_UNITS.get(unit, unit)}{'' if count == '1' else 's'}"


def pairs(typed: str) -> dict[str, str] | None:
    """Return names and columns of lines such as “case = payment_id”; nothing where a line is none, or names twice."""
    found: dict[str, str] = {}
    for line in filter(str.strip, typed.splitlines()):
        name, _, column = (part.strip() for part in line.partition("="))
        if not name or not column or name in found:
            return None
        found[name] = column
    return found


def columns(typed: str) -> list[dict[str, str]] | None:
    """Return the fields of a source of lines such as “fee = FEE_AMT, number”; nothing where a line is none, or twice.

    Without a type it is text. What stands after the last comma is the type, so a name with a comma needs one.
    """
    named, found = pairs(typed), []
    if named is None:
        return None
    for name, rest in named.items():
        native, comma, kind = rest.rpartition(",")
        native, kind = (native.strip(), kind.strip()) if comma else (rest, "text")
        if not _FIELD.match(name) or not native or kind not in get_args(FieldType):
            return None
        found.append({"id": name, "native": native, "type": kind})
    return found


def hour(typed: str) -> str | None:
    """Return a time of day as a document keeps it: “8:00” is 08:00:00; nothing where it is none."""
    found = _HOUR.match(typed.strip())
    return f"{int(found.group(1)):02}:{found.group(2)}:{found.group(3) or '00'}" if found else None


def unclear(typed: str) -> bool:
    """Return whether a number can be read in two ways: “1.000” is one here and a thousand there."""
    found = _NUMBER.match(typed.strip().lower())
    return bool(found and _EITHER.match(found.group(1)))


def read(path: str, typed: Any) -> Any:
    """Return what a draft keeps for what was typed: a text that cannot be read stays as it was typed."""
    if not isinstance(typed, str):
        return typed
    if _NUMBERS.search(path):
        if not typed.strip():
            return None
        value = number(typed)
        return typed if value is None else value
    if _LISTS.search(path):
        return [part.strip() for part in typed.split(",") if part.strip()]
    if _NULLS.search(path):
        return typed.strip() or None
    return typed if path.endswith(("description", "formula")) else typed.strip("\n")


def plain(value: float, *, groups: bool = False) -> str:
    """Return a number with all its digits and no exponent; ``groups`` sets off thousands."""
    number_ = Decimal(repr(value))
    text = f"{number_:,f}" if groups else f"{number_:f}"
    return text.removesuffix(".0")


def show(value: Any) -> Any:
    """Return a value of a draft as a control shows it."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, float | int):
        return plain(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return value


def amount(value: Any, unit: str) -> str:
    """Return a number as it was entered, with its unit: a ratio in per cent."""
    if not isinstance(value, int | float):
        return str(value)
    if unit == "ratio":
        return f"{plain(float(f'{value * 100:.12g}'), groups=True)} %"
    if is_money(unit):
        return shown(value, unit) if round(value, decimals(unit)) == value else f"{unit} {plain(value, groups=True)}"
    word = "" if unit in {"", "count"} else f" {unit}"
    return f"{plain(value, groups=True)}{word}"


def label_of(path: str, kind: str = "template") -> str:
    """Return what a field of a kind of document is called."""
    for end in (path, path.rpartition(".")[0]):
        try:
            return field_of(kind, end).label
        except (NotFound, ValueError):
            continue
    return path


def described(document: dict[str, Any], path: str, *, label: str | None = None) -> str:
    """Return a field with the item it belongs to: “Overall return rate: Target”; ``label`` where it is no other's."""
    title = ""
    outer = path[: path.rfind("]") + 1]
    if outer and not path.endswith("[]"):
        item = find(document, outer)
        title = str((item or {}).get("title") or (item or {}).get("covers") or split(outer)[-1][0])
    label = label or label_of(path)
    return f"{title}: {label}" if title and outer != path else title or label


def edit(state: State, path: str, kind: str = "text", *, help_: bool = True, **more: Any) -> parts.Element:
    """Return the form field of a path of the draft, with the words of the registry."""
    entry = None
    try:
        entry = field_of("template", path)
    except NotFound:
        more.setdefault("label", label_of(path))
    hint = more.pop("hint", None)
    if hint is None and entry is not None and help_:
        hint = f"{entry.help} Example: {entry.example}" if entry.example and kind != "select" else entry.help
    label = more.pop("label", entry.label if entry else path)
    value = find(state.document, path)
    shown = value if kind == "checks" else show(value)
    return parts.field(kind, path, label, shown or [] if kind == "checks" else shown, hint=hint,
                       error=state.error_of(path), **more)  # fmt: skip


def typed(state: State, name: str, label: str, kind: str = "text", **more: Any) -> parts.Element:
    """Return a form field that is no part of the draft: the browser keeps what is typed until it is taken over."""
    first = more.pop("value", [] if kind == "checks" else "")
    value = state.new.get(name, first)
    return parts.field(kind, name, label, value, error=state.error_of(name), keep=True, **more)


def roles(*, blank: str = "Choose a role") -> list[tuple[str, str]]:
    """Return the roles one can choose for a field."""
    return [("", blank), *((name, words) for name, words in ROLES.items() if name in SIGNING_ROLES)]


def steps(document: dict[str, Any], *, blank: str = "Choose a step") -> list[tuple[str, str]]:
    """Return the steps one can choose."""
    return [("", blank), *((step["id"], step["title"] or step["id"]) for step in document["flow"]["steps"])]
