"""Whether a number may be shown: what it rests on, held against the bounds of trust of the template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bos.actions.grounds import read_systems, signals_of, titles_of
from bos.dashboards.periods import bucket_after
from bos.dashboards.standing import approval_words
from bos.errors import FormulaError
from bos.kpi import parse
from bos.kpi.deadlines import next_due
from bos.kpi.definitions import span_of
from bos.kpi.refs import refs
from bos.model.answers.kpis import TrustMark
from bos.model.moments import instant
from bos.model.numbers import beside, percent
from bos.model.trust import Trust, arrival_words
from bos.telemetry.table import taken_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bos.actions.definitions import Definitions
    from bos.actions.evaluation import Snapshots
    from bos.kpi import BoundSignal, KpiSpec
    from bos.kpi.correlation import Known, Looked
    from bos.kpi.readings import Row
    from bos.model.answers.changes import Approval


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a KPI must rest on: its own bounds and those of the KPIs it is derived from, the strictest of each."""

    fresh: bool
    correlated: float | None
    begins: frozenset[frozenset[str]]
    duplicates: float | None
    controls: tuple[tuple[str, str], ...]
    approved: bool

    @property
    def any(self) -> bool:
        """Whether there is a bound at all."""
        return self.fresh or self.approved or bool(self.controls) or (self.correlated, self.duplicates) != (None, None)


@dataclass(frozen=True, slots=True)
class _Expected:
    """A signal that a KPI reads: its newest event or point, and how often it is expected, if anybody said so."""

    title: str
    newest: datetime | None
    every: str = ""
    due: datetime | None = None

    def late(self, at: datetime) -> bool:
        """Return whether it should have come again before a moment, and has not."""
        if not self.every:
            return False
        return self.newest is None or (self.newest < at and (self.due is None or self.due < at))


class Judge:
    """Holds the numbers of a flow against the bounds of its template; ``approvals`` are those of the KPIs."""

    def __init__(
        self,
        found: Definitions,
        held: Snapshots,
        *,
        memory_limit: str,
        approvals: Mapping[str, Approval | None],
    ) -> None:
        self._found, self._held, self._limit, self._approvals = found, held, memory_limit, approvals
        self._every = found.specs()
        self._outcomes = {outcome["id"]: outcome for outcome in found.doc["outcomes"]}

    def bounds(self, kpi: str) -> Bounds:
        """Return the bounds of a KPI."""
        flow = self._found.doc.get("trust") or {}
        own = [Trust.model_validate(self._outcomes[name].get("trust") or flow) for name in self._stands_on(kpi)]
        least = [one.correlated for one in own if one.correlated is not None]
        most = [one.duplicates for one in own if one.duplicates is not None]
        controls = dict.fromkeys((one.control.kpi, str(one.control.at_most)) for one in own if one.control is not None)
        return Bounds(
            fresh=any(one.fresh for one in own),
            correlated=max(least, default=None),
            begins=frozenset(frozenset(one.begins) for one in own if not least or one.correlated is not None),
            duplicates=min(most, default=None),
            controls=tuple(pair for pair in controls if pair[0] != kpi and pair[0] in self._outcomes),
            approved=any(one.approved for one in own),
        )

    def controls(self, specs: Sequence[KpiSpec]) -> tuple[KpiSpec, ...]:
        """Return the KPIs whose values the control totals of others are."""
        named = {name for spec in specs for name, _ in self.bounds(spec.id).controls}
        return tuple(spec for spec in self._every if spec.id in named)

    def judged(
        self,
        specs: Sequence[KpiSpec],
        rows: Mapping[str, Sequence[Row]],
        looked: Looked,
        totals: Mapping[Any, Row] | None = None,
    ) -> tuple[dict[str, list[Row]], dict[str, tuple[TrustMark, ...]]]:
        """Return the rows, those beyond a bound withheld, and the marks of each KPI where there are no buckets.

        ``totals`` are the values of :meth:`controls` over the same window, by KPI and start of the bucket (UTC);
        without them, as for the totals themselves, no control total is asked for.
        """
        bounds = {spec.id: self.bounds(spec.id) for spec in specs}
        wanted = [spec for spec in specs if looked.by is None or bounds[spec.id].correlated is not None]
        known = self._known({spec.id: bounds[spec.id].begins for spec in wanted}, looked)
        told: dict[str, list[Row]] = {}
        marks: dict[str, tuple[TrustMark, ...]] = {}
        for spec in specs:
            reasons: dict[datetime | None, str] = {}
            told[spec.id] = list(rows.get(spec.id, ()))
            if looked.by is not None and not bounds[spec.id].any:
                continue
            for bucket in dict.fromkeys(starts_of(row) for row in rows.get(spec.id, ())):
                at = self._judged_at(bucket, looked)
                seen = known.get(spec.id, {}).get(bucket)
                own = tuple(self._marks(spec, bounds[spec.id], at, seen, totals, bucket))
                reasons[bucket] = " ".join(mark.words for mark in own if mark.withholds and mark.ok is False)
                if bucket is None:
                    marks[spec.id] = own
            told[spec.id] = [_held_back(row, reasons[starts_of(row)]) for row in told[spec.id]]
        return told, marks

    def _judged_at(self, bucket: datetime | None, looked: Looked) -> datetime:
        """Return until when what a number rests on must be there."""
        now = datetime.now(UTC)
        moment = looked.judged or (min(looked.end, now) if looked.end else now)
        if bucket is None or looked.by is None:
            return moment
        after, last = bucket_after(bucket, looked.by, looked.time_zone), looked.end or self._held.ends(self._limit)
        return moment if last is None or after >= last else min(after, moment)

    def _marks(
        self,
        spec: KpiSpec,
        bounds: Bounds,
        at: datetime,
        seen: Known | None,
        totals: Mapping[Any, Row] | None,
        bucket: datetime | None,
    ) -> Iterator[TrustMark]:
        signals = [self._expected[name] for names in self._reads[spec.id] for name in names if name in self._expected]
        if signals:
            yield self._freshness(signals, at, bounds)
        if seen is not None and seen.share is not None:
            yield _correlation(seen, bounds)
        yield from self._duplicates(spec, bounds)
        for name, most in bounds.controls if totals is not None else ():
            yield self._control((totals or {}).get((name, bucket)), name, most)
        approval = self._approvals.get(spec.id)
        if approval is not None:
            words = approval_words(approval)
            fine = approval.state in {"approved", "waived"}
            yield TrustMark(aspect="approval", ok=fine, withholds=bounds.approved, words=f"{words}.")

    def _freshness(self, signals: Sequence[_Expected], at: datetime, bounds: Bounds) -> TrustMark:
        zone = self._found.doc["time_zone"]
        late = [signal for signal in signals if signal.late(at)]
        if late:
            told = [
                f"{one.title}, newest {instant(one.newest, zone)}" if one.newest else f"{one.title}, none ever"
                for one in late
            ]
            every = ", ".join(dict.fromkeys(one.every for one in late))
            words = f"Late: {'; '.join(told)} (expected every {every})."
            return TrustMark(aspect="freshness", ok=False, withholds=bounds.fresh, words=words)
        newest = max((one.newest for one in signals if one.newest), default=None)
        until = f"newest {instant(newest, zone)}" if newest else "nothing yet"
        if any(one.every for one in signals):
            return TrustMark(aspect="freshness", ok=True, withholds=bounds.fresh, words=f"On time: {until}.")
        return TrustMark(
            aspect="freshness", words=f"{until[0].upper()}{until[1:]}; nobody said how often it is expected."
        )

    def _duplicates(self, spec: KpiSpec, bounds: Bounds) -> Iterator[TrustMark]:
        held = self._held.events if self._reads[spec.id][0] else self._held.metrics
        taken = taken_until(held.folder, held.version) if held.folder else None
        if taken is None or taken.share is None:
            return
        most, left = bounds.duplicates, f"; {taken.rejected:,} not taken" if taken.rejected else ""
        words = f"{taken.duplicates:,} of {taken.added + taken.duplicates:,} rows dropped as duplicates{left}"
        if most is None:
            yield TrustMark(aspect="duplicates", words=f"{words}.")
            return
        share, limit = beside(taken.share, most, "ratio")
        words = f"{words} ({share}; at most {limit})."
        yield TrustMark(aspect="duplicates", ok=taken.share <= most, withholds=True, words=words)

    def _control(self, total: Row | None, name: str, most: str) -> TrustMark:
        from decimal import Decimal  # noqa: PLC0415 - beside its one use

        title = self._outcomes[name]["title"]
        unit = self._outcomes[name]["measure"]["unit"]
        if total is None or total.value is None:
            why = (total and total.withheld_reason) or "It has no value here."
            words = f"The control total is not known ({title}): {why}"
            return TrustMark(aspect="control", ok=False, withholds=True, words=words)
        distance = abs(Decimal(str(total.value)))
        told, limit = beside(distance, most, unit)
        words = f"Control total and ledger are {told} apart ({title}; at most {limit})."
        return TrustMark(aspect="control", ok=distance <= Decimal(most), withholds=True, words=words)

    @cached_property
    def _reads(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the process signals and the system signals that each KPI reads."""
        every = self._every
        return {spec.id: (signals_of(spec, every), read_systems(spec, every)) for spec in every}

    def _stands_on(self, kpi: str) -> list[str]:
        """Return a KPI and those it is derived from, or whose failures it charges."""
        found: dict[str, None] = {}
        ahead = [kpi]
        while ahead:
            name = ahead.pop()
            if name in found or name not in self._outcomes:
                continue
            found[name] = None
            try:
                ahead += refs(parse(self._outcomes[name]["measure"]["formula"])).kpis
            except FormulaError:
                continue
        return list(found)

    def _known(
        self, wanted: Mapping[str, frozenset[frozenset[str]]], looked: Looked
    ) -> dict[str, dict[datetime | None, Known]]:
        """Return what is known of the cases of KPIs, of each by what its cases may begin with.

        Where KPIs behind it say otherwise of that, each is asked for and the one that knows the fewest cases is told.
        """
        from bos.kpi.correlation import correlated, first_steps  # noqa: PLC0415 - DuckDB loads where something is computed

        doc, bound = self._found.doc, {name: one for name, one in self._found.bound().items() if one.bound}
        steps = first_steps(doc["flow"])
        first = frozenset(use["id"] for use in doc["process_signals"] if use["step"] in steps)
        by_begin: dict[frozenset[str], dict[str, frozenset[BoundSignal]]] = {}
        for spec in self._every:
            own = frozenset(bound[name] for name in self._reads[spec.id][0] if name in bound)
            if spec.id in wanted and own:
                for names in wanted[spec.id]:
                    by_begin.setdefault(names or first, {})[spec.id] = own
        known: dict[str, dict[datetime | None, Known]] = {}
        for names, sets in by_begin.items():
            begins = [bound[name] for name in sorted(names) if name in bound]
            found = correlated(self._held.events, begins, set(sets.values()), looked, memory_limit=self._limit)
            for name, own in sets.items():
                told = known.setdefault(name, {})
                told |= {
                    bucket: min(one, told.get(bucket, one), key=lambda seen: seen.begun)
                    for bucket, one in found.get(own, {}).items()
                }
        return known

    @cached_property
    def _expected(self) -> dict[str, _Expected]:
        """Return what is known of each signal that KPIs read, by the names formulas use."""
        from bos.kpi import extents, metrics  # noqa: PLC0415 - DuckDB loads where something is computed

        found, bound, series = self._found, self._found.bound(), self._found.series()
        read = {name: series[name] for _, names in self._reads.values() for name in names if name in series}
        newest = extents.newest(self._held.events, bound, self._held.ends(self._limit), memory_limit=self._limit)
        newest |= metrics.newest(self._held.metrics, read, None, memory_limit=self._limit)
        clocks = {name: signal.clock for name, signal in bound.items()} | dict.fromkeys(read, found.flow_clock())
        titles = titles_of(found)
        told: dict[str, _Expected] = {}
        for use in (*found.doc["process_signals"], *found.doc["system_signals"]):
            name = use["id"]
            document = found.signals.get(use["signal"]) or found.systems.get(use["signal"])
            if document is None or (name not in bound and name not in read):
                continue
            arrival = document.doc.get("arrival") or {}
            last, clock = newest.get(name), clocks[name] if arrival.get("clock") == "business" else None
            due, every = None, ""
            if arrival:
                by = time.fromisoformat(arrival["by"]) if arrival.get("by") else None
                every = arrival_words({**arrival, "clock": "business" if clock else "calendar"})
                due = last and next_due(last, span_of(arrival["every"]), clock, found.doc["time_zone"], by)
            told[name] = _Expected(titles.get(name, document.doc["title"]), last, every, due)
        return told


def starts_of(row: Row) -> datetime | None:
    """Return the start of a row's bucket in UTC: of a clock change's two equal hours, each is one of its own there."""
    return row.bucket_start and row.bucket_start.astimezone(UTC)


def _correlation(seen: Known, bounds: Bounds) -> TrustMark:
    share, least = seen.share or 0.0, bounds.correlated
    cases = "1 case" if seen.cases == 1 else f"{seen.cases:,} cases"
    known = "known from the beginning on"
    if least is None:
        return TrustMark(aspect="correlation", words=f"{percent(share)} of {cases} {known}.")
    told, limit = beside(share, least, "ratio")
    words = f"{told} of {cases} {known} (at least {limit})."
    return TrustMark(aspect="correlation", ok=share >= least, withholds=True, words=words)


def _held_back(row: Row, reason: str) -> Row:
    """Return a row without its value where there is a reason; what is withheld already keeps its own."""
    if not reason or row.withheld_reason:
        return row
    return replace(row, value=None, withheld_reason=reason)
