"""KPIs: a language, its checks, and an engine that computes exact numbers from a snapshot of the lake.

Importing this package is cheap; ``bos.kpi.engine`` loads what computes.
"""

from __future__ import annotations

from bos.kpi.binding import BoundSeries, BoundSignal, BusinessClock, FieldBinding, NativeQuery, Place
from bos.kpi.check import check
from bos.kpi.functions import FUNCTIONS, Function
from bos.kpi.nodes import Measure
from bos.kpi.parser import parse
from bos.kpi.printer import print_formula
from bos.kpi.refs import Refs, refs
from bos.kpi.spec import KpiSpec

__all__ = [
    "FUNCTIONS",
    "BoundSeries",
    "BoundSignal",
    "BusinessClock",
    "FieldBinding",
    "Function",
    "KpiSpec",
    "Measure",
    "NativeQuery",
    "Place",
    "Refs",
    "check",
    "parse",
    "print_formula",
    "refs",
]
