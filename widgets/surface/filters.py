"""Filters: fields and the values that count, as an address names them and as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.model.numbers import value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def filters_of(asked: Mapping[str, Sequence[str]]) -> dict[str, list[str | None]]:
    """Return the filters of an address: ``filter`` is ``field=value``, ``missing`` a field that is not recorded."""
    found: dict[str, list[str | None]] = {}
    for text in asked.get("filter", ()):
        name, _, value = text.partition("=")
        found.setdefault(name, []).append(value)
    for name in asked.get("missing", ()):
        found.setdefault(name, []).append(None)
    return found


def pairs_of(filters: Mapping[str, Sequence[str | None]]) -> list[tuple[str, str]]:
    """Return filters as an address names them."""
    kept = ((name, value) for name, values in filters.items() for value in values)
    return [("missing", name) if value is None else ("filter", f"{name}={value}") for name, value in kept]


def words_of(filters: Mapping[str, Sequence[str | None]]) -> str:
    """Return filters in words: loan type auto or mortgage, channel not recorded."""
    told = (f"{name.replace('_', ' ')} {' or '.join(map(value_words, values))}" for name, values in filters.items())
    return ", ".join(told)
