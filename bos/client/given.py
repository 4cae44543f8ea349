"""What is given to the library, as the API takes it: moments and names, with a clear error where they are none."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bos.errors import NotFound, UsageError
from bos.model.moments import outside

_RUN = re.compile(r"[0-9a-f]{32}")


def moment(name: str, value: Any) -> str | None:
    """Return a moment as text; it is an aware datetime, or such a text (ISO 8601 with an offset).

    Raises:
        UsageError: it is neither, or lies where no log is.
    """
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise UsageError(
            f"{name} is no moment with a time zone: {str(value)[:60]!r}.",
            where=name,
            hint='Give a datetime with tzinfo=ZoneInfo("America/New_York"), or "2026-03-02T00:00-05:00".',
        )
    if words := outside(found):
        raise UsageError(f"{name} {words}.", where=name)
    return found.isoformat()


def names(name: str, value: Any) -> tuple[str, ...]:
    """Return names: of one text that one.

    Raises:
        UsageError: they are no texts.
    """
    if isinstance(value, str):
        return (value,)
    if value is None:
        return ()
    found = tuple(value) if isinstance(value, Iterable) else (value,)
    if not all(isinstance(one, str) for one in found):
        raise UsageError(f"{name} are names: {str(value)[:60]} is none.", where=name, hint=f"Give a list of {name}.")
    return found


def filters_of(value: Mapping[str, Any] | None) -> dict[str, list[str | None]]:
    """Return fields and the values that count; of one text, or of nothing recorded, that one.

    Raises:
        UsageError: they are no texts.
    """
    found: dict[str, list[str | None]] = {}
    for name, given in (value or {}).items():
        many = [given] if given is None or isinstance(given, str) else given
        values = list(many) if isinstance(many, Iterable) else [many]
        if not all(one is None or isinstance(one, str) for one in values):
            raise UsageError(
                f"The filter of {name} has a value that is no text.",
                where="filters",
                hint='Write values as texts: {"channel": ["web"]}, and None for what is not recorded.',
            )
        found[name] = values
    return found


def run_of(value: str) -> str:
    """Return the id of a run.

    Raises:
        NotFound: no run can be called so.
    """
    if not _RUN.fullmatch(value):
        raise NotFound(
            "That is no id of a run: it has 32 digits and letters from a to f.",
            hint="`bos kpi runs FLOW` and `wb.flow(…).runs()` list the runs of a flow; `bos kpi eval` prints its own.",
        )
    return value


def number(name: str, value: Any) -> float:
    """Return a number that can be counted with.

    Raises:
        UsageError: it is none.
    """
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise UsageError(f"{name} is no number: {str(value)[:60]}.", where=name, hint="Give one such as 0.05.")
    return found
