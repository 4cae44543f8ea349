"""Evaluates KPIs as people ask for them: zones and windows of each KPI, numbers as JSON can carry them."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from bos.actions.earlier import earlier_of
from bos.actions.grounds import begin, beginning, log_clock, points_clock
from bos.actions.silence import Silence
from bos.actions.to_come import to_come
from bos.actions.trust import Judge, starts_of
from bos.errors import Invalid
from bos.kpi.comparison import beside
from bos.kpi.earlier import comparing
from bos.kpi.engines import DUCKDB
from bos.kpi.refs import leaves, measures, points_read
from bos.model.answers.kpis import Compared, KpiValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bos.actions.definitions import Definitions
    from bos.actions.grounds import Begin
    from bos.actions.question import Question, Window
    from bos.kpi import KpiSpec, Measure
    from bos.kpi.comparison import Then
    from bos.kpi.earlier import Comparing
    from bos.kpi.readings import Row
    from bos.model.answers.changes import Approval
    from bos.model.answers.kpis import NoData, TrustMark
    from bos.telemetry.lake import Snapshot

Ready: TypeAlias = "Mapping[str, Sequence[Row]]"
"""KPI → what the engine computed of it."""
Told: TypeAlias = "tuple[Row, Then | None, NoData | None]"
"""A value, what it is compared with, and which events or points are missing, so that there is none."""
_EXACT_DIGITS = 15
"""Decimal digits that every JSON reader keeps (IEEE 754 double)."""


def reads(measures: Iterable[Measure]) -> set[bool]:
    """Return what measures read: points of system signals (true), events (false), or both."""
    return {bool(points_read(leaf)) for measure in measures for leaf in leaves(measure)}


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What KPIs of a flow read: snapshots of its events and of its metric points."""

    events: Snapshot
    metrics: Snapshot

    def ends(self, memory_limit: str) -> datetime | None:
        """Return the first instant that the clock of the log has not reached; without events that of the points.

        Nothing where nothing was recorded. Raises Unavailable: the lake cannot be read.
        """
        last = log_clock(self.events, memory_limit=memory_limit)
        last = last or points_clock(self.metrics, memory_limit=memory_limit)
        return last and last + timedelta(microseconds=1)

    def first(self, measures: Iterable[Measure], memory_limit: str) -> datetime | None:
        """Return the oldest event, or where measures read points alone the oldest point, of those that are not stray.

        Raises Unavailable: the lake cannot be read.
        """
        points = reads(measures) == {True}
        return beginning(self.metrics if points else self.events, memory_limit=memory_limit, points=points)

    def begin(self, measures: Iterable[Measure], zone: str, memory_limit: str) -> Begin | None:
        """Return where what measures read begins, and from when on it covers a period. Raises as :meth:`first`."""
        points = reads(measures) == {True}
        return begin(self.metrics if points else self.events, zone, memory_limit=memory_limit, points=points)

    def read_by(self, measures: Iterable[Measure]) -> str:
        """Return the snapshots that measures read, in one text."""
        read = reads(measures)
        events = [] if read == {True} else [self.events.id]
        return ", ".join([*events, *([f"{self.metrics.id} (points)"] if True in read else [])])


def answers(
    found: Definitions,
    specs: Sequence[KpiSpec],
    held: Snapshots,
    question: Question,
    *,
    memory_limit: str,
    withhold: bool = True,
    engine: str = DUCKDB,
    approvals: Mapping[str, Approval | None] | None = None,
    ready: Ready = MappingProxyType({}),
    silence: Silence | None = None,
) -> tuple[tuple[KpiValue, ...], dict[str, str]]:
    """Return the values of KPIs in the order asked, and the SQL of each that can be computed.

    ``withhold`` as in ``bos.kpi.engine.evaluate``, ``approvals``, ``ready`` and ``silence`` as in :func:`values`;
    raises as the first.
    """
    from bos.kpi.engine import compile_sql  # noqa: PLC0415 - half a second that only numbers need

    how: dict[str, Any] = {"memory_limit": memory_limit, "engine": engine, "withhold": withhold}
    told = values(found, specs, held, question, approvals=approvals, ready=ready, silence=silence, **how)
    queries = {}
    for _, alike, options in alike_of(found, specs, question):
        for spec in alike:
            with suppress(Invalid):  # its value is withheld with the reason
                queries[spec.id] = compile_sql(spec, found.bound(), engine=engine, **options)
    return told, queries


def values(
    found: Definitions,
    specs: Sequence[KpiSpec],
    held: Snapshots,
    question: Question,
    *,
    memory_limit: str,
    withhold: bool = True,
    engine: str = DUCKDB,
    approvals: Mapping[str, Approval | None] | None = None,
    ready: Ready = MappingProxyType({}),
    silence: Silence | None = None,
) -> tuple[KpiValue, ...]:
    """Return the values of KPIs in the order asked; those beyond a bound of trust are withheld.

    What stands only because events or points are missing is no number, and which ended before a number that stands does
    is told beside it. ``silence`` keeps what was read to tell that, where more than one question is asked of the same.
    ``approvals`` are those of KPIs at another moment (``None``: as the definitions have them). ``ready`` are rows of
    the engine that answer the question, and need not be computed.
    ``withhold`` and what is raised: as ``bos.kpi.engine.evaluate``.
    """
    how = {"memory_limit": memory_limit, "withhold": withhold, "engine": engine}
    known = found.specs()
    marks = approvals if approvals is not None else {spec.id: found.approval(spec.id) for spec in specs}
    silence = silence or Silence(found, held.events, held.metrics, memory_limit=memory_limit)
    spoken = silence if question.silence else None
    told, trust = _rows(found, specs, held, question, how, marks, ready, spoken)
    read = {spec.id: held.read_by(measures(spec, known)) for spec in specs}
    windows = {spec.id: question.window(found, spec.id) for spec in specs}
    return tuple(
        KpiValue(
            kpi=row.kpi,
            bucket_start=row.bucket_start,
            dimensions={name: plain(value) for name, value in row.dimensions.items()},
            value=plain(row.value),
            unit=row.unit,
            n=row.n,
            withheld_reason=row.withheld_reason,
            no_data=missing,
            ended=spoken.ended(row, windows[spec.id], question.by, question.judged) if spoken and not missing else None,
            approval=marks.get(row.kpi),
            snapshot=read[row.kpi],
            compared=then and _beside(then),
            trust=() if row.dimensions or row.bucket_start else trust.get(row.kpi, ()),
        )
        for spec in specs
        for row, then, missing in told[spec.id]
    )


def _beside(then: Then) -> Compared:
    return Compared(
        start=then.span.start,
        end=then.span.end,
        value=plain(then.row.value),
        n=then.row.n,
        withheld_reason=then.row.withheld_reason,
        difference=plain(then.difference),
        change=then.change,
    )


def _rows(
    found: Definitions,
    specs: Sequence[KpiSpec],
    held: Snapshots,
    question: Question,
    how: Mapping[str, Any],
    approvals: Mapping[str, Approval | None],
    ready: Ready,
    silence: Silence | None,
) -> tuple[dict[str, list[Told]], dict[str, tuple[TrustMark, ...]]]:
    """Return what each KPI comes to, with what it is compared with where that is asked for; and what it rests on."""
    judge = Judge(found, held, memory_limit=how["memory_limit"], approvals=approvals) if question.trust else None
    told: dict[str, list[Told]] = {}
    trust: dict[str, tuple[TrustMark, ...]] = {}
    for window, alike, options in alike_of(found, specs, question):
        now, marks = _judged(judge, alike, (found, held, how), options, question.judged, ready)
        trust |= marks
        pairs: dict[str, list[tuple[Row, Then | None]]] = {
            spec.id: [(row, None) for row in now.get(spec.id, ())] for spec in alike
        }
        if question.compare is not None:
            against = comparing(question.compare)
            pairs |= _compared(judge, alike, (found, held, how), options, (question, window, against), now)
        for name, own in pairs.items():
            told[name] = [
                silence.told(row, then, window, question.by, question.judged) if silence else (row, then, None)
                for row, then in own
            ]
        if silence is not None:
            for spec in alike:
                told[spec.id] = _to_come((found, held, how), spec, window, question, told[spec.id])
    return told, trust


def _to_come(
    read: tuple[Definitions, Snapshots, Mapping[str, Any]],
    spec: KpiSpec,
    window: Window,
    question: Question,
    told: list[Told],
) -> list[Told]:
    """Return the values of a KPI; where all that it runs over is still to come, none, with the reason."""
    found, held, how = read
    if question.by is not None or window.end is None:
        return told
    ends, asked = held.ends(how["memory_limit"]), question.judged or datetime.now(UTC)
    missing = None if ends is None else to_come(found, spec, window.end, window.time_zone, asked, ends)
    if missing is None:
        return told
    return [
        (row, then, gap)
        if gap is not None or row.withheld_reason
        else (replace(row, value=None), then and replace(then, difference=None, change=None), missing)
        for row, then, gap in told
    ]


def _compared(
    judge: Judge | None,
    specs: Sequence[KpiSpec],
    read: tuple[Definitions, Snapshots, Mapping[str, Any]],
    options: Mapping[str, Any],
    asked: tuple[Question, Window, Comparing],
    now: Mapping[str, Sequence[Row]],
) -> dict[str, list[tuple[Row, Then | None]]]:
    """Return the rows of KPIs beside those of the earlier period; KPIs that cannot be computed are left out."""
    from bos.kpi.engine import blank  # noqa: PLC0415 - half a second that only numbers need

    (found, held, how), (question, window, against) = read, asked
    earlier = earlier_of(window, question.by, against, held.ends(how["memory_limit"]), question.judged)
    span = earlier.period()
    then: dict[str, list[Row]] = {}
    if span is not None:
        then, _ = _judged(judge, specs, read, {**options, "start": span.start, "end": span.end}, None)
    signals, systems, known = found.bound(), found.series(), found.specs()
    pairs: dict[str, list[tuple[Row, Then | None]]] = {}
    for spec in specs:
        place = partial(earlier.place, begin=held.begin(measures(spec, known), window.time_zone, how["memory_limit"]))
        with suppress(Invalid):  # it cannot be computed: the row says so
            nothing = blank(spec, signals, known=known, systems=systems, dimensions=question.dimensions)
            pairs[spec.id] = [*beside(now.get(spec.id, ()), then.get(spec.id, ()), place, nothing)]
    return pairs


def _judged(
    judge: Judge | None,
    specs: Sequence[KpiSpec],
    read: tuple[Definitions, Snapshots, Mapping[str, Any]],
    options: Mapping[str, Any],
    moment: datetime | None,
    ready: Ready = MappingProxyType({}),
) -> tuple[dict[str, list[Row]], dict[str, tuple[TrustMark, ...]]]:
    """Return what KPIs come to in one window, by the same options, held against their bounds of trust."""
    from bos.kpi.correlation import Looked  # noqa: PLC0415 - as below
    from bos.kpi.engine import evaluate  # noqa: PLC0415 - half a second that only numbers need

    found, held, how = read
    rest = [spec for spec in specs if spec.id not in ready]
    rows = {spec.id: list(ready[spec.id]) for spec in specs if spec.id in ready}
    if rest:
        rows |= by_kpi(evaluate(held.events, rest, found.bound(), points=held.metrics, **how, **options))
    if judge is None:
        return rows, {}
    whole = {**options, "dimensions": (), "filters": ()}
    looked = Looked(options["start"], options["end"], options["time_zone"], options["by"], moment)
    controls, totals = judge.controls(specs), {}
    if controls:  # a control total that may not be shown itself is not known here either
        sums = by_kpi(evaluate(held.events, controls, found.bound(), points=held.metrics, **how, **whole))
        known, _ = judge.judged(controls, sums, looked)
        totals = {(row.kpi, starts_of(row)): row for some in known.values() for row in some}
    return judge.judged(specs, rows, looked, totals)


def by_kpi(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return rows by KPI."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.kpi, []).append(row)
    return found


def alike_of(
    found: Definitions, specs: Sequence[KpiSpec], question: Question
) -> Iterator[tuple[Window, list[KpiSpec], dict[str, Any]]]:
    """Yield the KPIs that are asked for one window in one zone, with the options of the engine."""
    windows = {spec.id: question.window(found, spec.id) for spec in specs}
    known, systems = found.specs(), found.series()
    for window, alike in groupby(sorted(specs, key=lambda s: _order(windows[s.id])), key=lambda s: windows[s.id]):
        yield (
            window,
            list(alike),
            {
                "known": known,
                "systems": systems,
                "by": question.by,
                "start": window.start,
                "end": window.end,
                "time_zone": window.time_zone,
                "dimensions": question.dimensions,
                "filters": question.filters,
            },
        )


def _order(window: Window) -> tuple[str, str, str]:
    return (str(window.start), str(window.end), window.time_zone)


def plain(value: Any) -> Any:
    """Return a value as JSON carries it without loss: a number, or a text with all digits where a number cannot."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if len(str(abs(value))) <= _EXACT_DIGITS else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def exact(value: float | str | None) -> int | Decimal | None:
    """Return a number that JSON carries, digit for digit."""
    if value is None or isinstance(value, int):
        return value
    return Decimal(str(value))


def _number(value: Decimal) -> int | float | str:
    whole = value == value.to_integral_value()
    digits = len(str(abs(int(value)))) if whole else len(value.normalize().as_tuple().digits)
    if digits > _EXACT_DIGITS:
        return str(value)
    return int(value) if whole else float(value)
