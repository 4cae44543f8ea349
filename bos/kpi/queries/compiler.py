"""One KPI → the query of a vendor: checked, held against the table of support, compiled."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bos.errors import UsageError
from bos.kpi.arithmetic import parts_of
from bos.kpi.options import Filters, Options
from bos.kpi.queries.adql import compile_adql
from bos.kpi.queries.demands import demands
from bos.kpi.queries.promql import compile_promql
from bos.kpi.queries.result import LANGUAGES, TelemetryQuery
from bos.kpi.queries.spl import compile_spl
from bos.kpi.queries.support import PARTS, refusal, require
from bos.kpi.request import checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bos.kpi.binding import BoundSeries, BoundSignal
    from bos.kpi.options import By
    from bos.kpi.queries.result import Language
    from bos.kpi.spec import KpiSpec

_COMPILERS = {"spl": compile_spl, "promql": compile_promql, "adql": compile_adql}


def telemetry_query(
    kpi: KpiSpec,
    signals: Mapping[str, BoundSignal],
    language: Language,
    *,
    known: Sequence[KpiSpec] = (),
    systems: Mapping[str, BoundSeries] = MappingProxyType({}),
    by: By | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    time_zone: str = "UTC",
    dimensions: Sequence[str] = (),
    filters: Filters = (),
) -> TelemetryQuery:
    """Return the query that computes a KPI where the telemetry is, with what to send beside it and what to know.

    The options are those of :func:`bos.kpi.engine.evaluate`: the window is ``[start, end)``, buckets are labelled by
    their start and begin in the zone. What is asked for is checked as there, and by the table of support.

    Raises:
        Invalid: a formula, anchor or dimension does not fit the signals; with every problem.
        NotExpressible: the language cannot say a part of it; names the part, the language and why.
        UsageError: there is no such language, or the options make no sense.
    """
    if language not in LANGUAGES:
        raise UsageError(f"There is no language {language!r}.", hint=f"Languages are {', '.join(LANGUAGES)}.")
    options = Options(
        by=by, start=start, end=end, time_zone=time_zone, dimensions=tuple(dimensions), filters=tuple(filters)
    )
    _refuse_missing(options, language)
    table = checked([kpi], known, (signals, systems), options)
    needed = demands(kpi.id, table, parts_of(kpi.id, table), signals, options)
    found = {part: require(part, language, node) for part, node in needed.items()}
    near = {one.words: PARTS[part].what for part, one in found.items() if one.state == "approximate"}
    query = _COMPILERS[language](kpi.id, table, (signals, systems), options)
    tolerance = tuple(f"{what.replace('`', '')}: {words}" for words, what in near.items())
    return replace(query, estimated=bool(near), tolerance=tolerance)


def _refuse_missing(options: Options, language: Language) -> None:
    """Raise where a field is filtered for not being recorded: the queries do not say that."""
    found = next((name for name, values in options.filters if None in values), None)
    if found is not None:
        raise refusal(f"a filter of {found} for not being recorded", language, "BOS does not write it.", found)
