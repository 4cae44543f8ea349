"""What the address of the page says of how a dashboard is looked at; pure.

``from`` and ``to`` are days (both count), ``by``, ``split`` and ``compare`` as BOS takes them, ``filter`` is
``field=value`` (repeated), ``missing`` a field that is not recorded (repeated).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from bos.errors import UsageError
from widgets.surface.moments import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = {"from": "start", "to": "end", "by": "by", "split": "split", "compare": "compare"}
_MOST = 100


def wish_of(query: str) -> dict[str, Any]:
    """Return what an address wishes for; what it says of anything else is left alone.

    Raises:
        UsageError: a day is none, or a filter names no field.
    """
    try:
        pairs = parse_qsl(query, max_num_fields=_MOST)
    except ValueError:
        raise UsageError("It says too much.", where="address") from None
    told: dict[str, Any] = {_NAMES[name]: value for name, value in pairs if name in _NAMES}
    for name in ("start", "end"):
        if told.get(name):
            day_of(told[name])
    filters: dict[str, list[str | None]] = {}
    for name, value in pairs:
        if name == "filter":
            field, found, text = value.partition("=")
            if not field or not found:
                raise UsageError(f"{value!r} is no filter.", where="address", hint="Write filter=field=value.")
            filters.setdefault(field, []).append(text)
        elif name == "missing":
            filters.setdefault(value, []).append(None)
    return {**told, **({"filters": filters} if filters else {})}


def query_of(flow: str, wish: Mapping[str, Any]) -> str:
    """Return the address of a dashboard that is looked at so; what is as usual is left out."""
    pairs = [("flow", flow)]
    pairs += [(name, wish[own]) for name, own in _NAMES.items() if wish.get(own) and wish[own] != "previous"]
    for field, values in (wish.get("filters") or {}).items():
        pairs += [("missing", field) if value is None else ("filter", f"{field}={value}") for value in values]
    return urlencode(pairs)
