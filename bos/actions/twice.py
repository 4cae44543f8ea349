"""Answers to one question without buckets and with them, as dashboards and previews show them beside one another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from bos.actions.evaluation import alike_of, answers, by_kpi
from bos.kpi.engines import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.actions.definitions import Definitions
    from bos.actions.evaluation import Snapshots
    from bos.actions.question import Question
    from bos.actions.silence import Silence
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.kpi.readings import Row
    from bos.model.answers.changes import Approval
    from bos.model.answers.kpis import KpiValue

Answers: TypeAlias = "tuple[tuple[KpiValue, ...], dict[str, str]]"


def answers_twice(
    found: Definitions,
    specs: Sequence[KpiSpec],
    held: Snapshots,
    question: Question,
    by: By,
    *,
    memory_limit: str,
    withhold: bool = True,
    engine: str = DUCKDB,
    approvals: Mapping[str, Approval | None] | None = None,
    silence: Silence | None = None,
) -> tuple[Answers, Answers]:
    """Return the answers to a question without buckets, and with them, from one reading of the events.

    A KPI that is asked for another window with buckets than without is computed twice. Raises as
    :func:`bos.actions.evaluation.answers`.
    """
    from bos.kpi.engine import whole_and_buckets  # noqa: PLC0415 - half a second that only numbers need

    parts = replace(question, by=by)
    how: dict[str, Any] = {"memory_limit": memory_limit, "engine": engine, "withhold": withhold}
    same = [spec for spec in specs if question.window(found, spec.id) == parts.window(found, spec.id)]
    ready: tuple[dict[str, list[Row]], dict[str, list[Row]]] = ({}, {})
    for _, alike, options in alike_of(found, same, parts):
        read = whole_and_buckets(held.events, alike, found.bound(), points=held.metrics, **how, **options)
        for known, rows in zip(ready, read, strict=True):
            known.update(by_kpi(rows))
    whole, buckets = (
        answers(found, specs, held, one, approvals=approvals, ready=rows, silence=silence, **how)
        for one, rows in zip((question, parts), ready, strict=True)
    )
    return whole, buckets
