"""What the KPIs of a flow hold against its ways: these values decide numbers, and are critical therefore."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bos.errors import FormulaError
from bos.kpi import parse, refs
from bos.model.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping


def along(template: Mapping[str, Any]) -> frozenset[str]:
    """Return the paths that decide the KPIs of ``along_flow``: the ways, and the steps of the signals they read.

    Nothing where no KPI of the template counts by its ways.
    """
    read = {name for outcome in template["outcomes"] for name in _read(outcome["measure"]["formula"])}
    return frozenset({WAYS, *(f"process_signals[{name}].step" for name in read)}) if read else frozenset()


@lru_cache(maxsize=4096)
def _read(formula: str) -> tuple[str, ...]:
    try:
        return refs(parse(formula)).along
    except FormulaError:
        return ()
