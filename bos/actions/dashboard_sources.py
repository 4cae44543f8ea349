"""What a dashboard is computed from, and how its KPIs are asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bos.actions.evaluation import Snapshots, answers
from bos.actions.silence import Silence
from bos.actions.twice import answers_twice
from bos.kpi.engines import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.actions.question import Question
    from bos.kpi import KpiSpec
    from bos.model.answers.changes import Approval
    from bos.model.answers.kpis import KpiValue
    from bos.telemetry.lake import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What panels are computed from: definitions with the system signals, and the two snapshots of the lake.

    ``engine`` computes the KPIs; all else is read by DuckDB. ``approvals`` are those of the KPIs at another moment
    (``None``: as the definitions have them). ``silence`` tells a true 0 from missing events; what it read it keeps.
    """

    found: Definitions
    events: Snapshot
    metrics: Snapshot
    memory_limit: str
    engine: str = DUCKDB
    approvals: Mapping[str, Approval | None] | None = None
    silence: Silence = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare to look for missing events."""
        found = Silence(self.found, self.events, self.metrics, memory_limit=self.memory_limit)
        object.__setattr__(self, "silence", found)


def sources_of(ctx: Context, found: Definitions) -> Sources:
    """Return the definitions with the newest snapshots of the flow's events and points."""
    flow = found.template.id
    return Sources(
        found=found,
        events=ctx.lake.snapshot(flow),
        metrics=ctx.lake.metrics_snapshot(flow),
        memory_limit=ctx.settings.memory_limit,
        engine=ctx.settings.engine,
    )


def asked(
    sources: Sources, specs: Sequence[KpiSpec], question: Question
) -> tuple[dict[str, list[KpiValue]], dict[str, str]]:
    """Return the values of each KPI and its query. Raises as :func:`bos.actions.evaluation.answers`."""
    if not specs:
        return {}, {}
    return _by_kpi(specs, answers(*_what(sources, specs), question, **_how(sources)))


def asked_twice(
    sources: Sources, specs: Sequence[KpiSpec], question: Question, course: Question
) -> tuple[tuple[dict[str, list[KpiValue]], dict[str, str]], tuple[dict[str, list[KpiValue]], dict[str, str]]]:
    """Return what :func:`asked` does of a question without buckets, and of its course, which asks with them."""
    if not specs or course.by is None:
        return ({}, {}), ({}, {})
    if (course.start, course.end) != (question.start, question.end):
        return asked(sources, specs, question), asked(sources, specs, course)
    whole, buckets = answers_twice(*_what(sources, specs), question, course.by, **_how(sources))
    return _by_kpi(specs, whole), _by_kpi(specs, buckets)


def _what(sources: Sources, specs: Sequence[KpiSpec]) -> tuple[Definitions, Sequence[KpiSpec], Snapshots]:
    return sources.found, specs, Snapshots(sources.events, sources.metrics)


def _how(sources: Sources) -> dict[str, Any]:
    return {
        "memory_limit": sources.memory_limit,
        "engine": sources.engine,
        "approvals": sources.approvals,
        "silence": sources.silence,
    }


def _by_kpi(
    specs: Sequence[KpiSpec], answered: tuple[Sequence[KpiValue], dict[str, str]]
) -> tuple[dict[str, list[KpiValue]], dict[str, str]]:
    by_kpi: dict[str, list[KpiValue]] = {spec.id: [] for spec in specs}
    for value in answered[0]:
        by_kpi[value.kpi].append(value)
    return by_kpi, answered[1]
