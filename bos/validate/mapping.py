"""Rules of a log's column mapping."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bos.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

COLUMNS = ("case", "step", "time", "event_id", "effective_date", "amount", "currency", "resource")
"""What an event has; anything else is an attribute, written ``attr.NAME``."""


def mapping_problems(path: str, mapping: Mapping[str, str], more: Collection[str] = ()) -> Iterator[Problem]:
    """Yield a problem for every key that is no column of ours and every column without a name in the log.

    ``more`` are fields that may be named beside the columns.
    """
    for ours, theirs in mapping.items():
        if ours not in {*COLUMNS, *more} and not (ours.startswith("attr.") and ours != "attr."):
            near = get_close_matches(ours, COLUMNS, n=1)
            yield Problem(
                path,
                f"The mapping names {ours!r}, which no event has.",
                f"Did you mean {near[0]}?" if near else f"Use {', '.join(COLUMNS)} or attr.NAME.",
                "mapping.column",
            )
        if not theirs.strip():
            yield Problem(path, f"The mapping says nothing for {ours!r}.", "Name the log's column.", "mapping.empty")
