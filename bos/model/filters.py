"""What is said of filters: fields and the values that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def unknown(filters: Iterable[tuple[str, Sequence[str | None]]], known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return in sentences which values of filters no event has; of a field that is not ``known`` whole, nothing."""
    return [
        f"No event with {name.replace('_', ' ')} {value} in this period, nor in any other."
        for name, values in filters
        for value in values
        if value is not None and name in known and value not in known[name]
    ]
