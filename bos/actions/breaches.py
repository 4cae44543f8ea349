"""The cases that break the rules of a flow, with the events that prove it; read as the cases behind a number are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bos.actions.cases import names_of
from bos.actions.definitions import live_definitions
from bos.actions.evaluation import Question
from bos.actions.kpis import chosen
from bos.actions.reading import note_read
from bos.actions.rights import permit_flow
from bos.dashboards.evidence import evidence, passage
from bos.errors import FormulaError, Invalid, UsageError
from bos.kpi import nodes as n
from bos.kpi.parser import parse
from bos.kpi.printer import print_formula, print_rule
from bos.kpi.refs import leaves
from bos.model.answers.cases import Breach, BreachList, RuleBroken
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.cases import Cases
    from bos.telemetry.lake import Snapshot


def broken(
    ctx: Context,
    actor: Actor,
    flow: str,
    *,
    kpis: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = 100,
) -> BreachList:
    """Return the cases that break the rules of some KPIs, or of all of a flow, each with the events that prove it.

    A KPI has the rules that its formula names, of a ratio those of both sides. ``limit`` is how many cases are listed
    of each rule, the newest first; the window is ``[start, end)`` (aware), as for the cases behind a number. A rule
    that cannot be judged says why.

    Raises:
        NotFound: there is no such flow, or no such KPI of it.
        Forbidden: whoever asks may not read single rows.
        UsageError: a KPI that is named has no rule; a moment has no time zone; the limit is out of range.
        Unavailable: the lake cannot be read.
    """
    from bos.kpi.cases import check_limit  # noqa: PLC0415 - half a second that only queries need

    check_limit(limit)
    question = Question(start=start, end=end)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        found = live_definitions(connection, flow)
    specs = [one for spec in chosen(found, kpis) for one in _rules(spec, named=kpis is not None)]
    held = ctx.lake.snapshot(flow)
    told = [_judged(ctx, found, held, spec, question, limit) for spec in specs]
    moments = {name: moment and moment.isoformat() for name, moment in (("start", start), ("end", end))}
    note_read(
        ctx, actor, flow, {"what": "breaches", "snapshot": held.id, "kpis": list(kpis or ()), "limit": limit, **moments}
    )
    return BreachList(
        flow=flow,
        rules=tuple(rule for rule, _ in told),
        items=tuple(breach for _, breaches in told for breach in breaches),
        snapshot=held.id,
    )


def _rules(spec: KpiSpec, *, named: bool) -> Iterator[KpiSpec]:
    """Yield a KPI for each rule of a KPI: how many cases break it. Raises UsageError: one that is named has none."""
    try:
        rules = [leaf.rule for leaf in leaves(parse(spec.formula)) if isinstance(leaf, n.Conformance)]
    except FormulaError:
        rules = []
    if named and not rules:
        words = f"The KPI {spec.id!r} has no rule of the flow."
        raise UsageError(words, where="kpi", hint="Name a KPI of conformance, or none for all.")
    for rule in dict.fromkeys(rules):
        yield replace(spec, formula=print_formula(n.Conformance(rule)), cost_rule=None)


def _judged(
    ctx: Context, found: Definitions, held: Snapshot, spec: KpiSpec, question: Question, limit: int
) -> tuple[RuleBroken, list[Breach]]:
    """Return a rule with how many cases break it, and the first of them; or why it cannot be judged."""
    from bos.kpi import cases as engine  # noqa: PLC0415 - as above

    window = question.window(found, spec.id)
    rule = RuleBroken(
        kpi=spec.id,
        title=next(one["title"] for one in found.doc["outcomes"] if one["id"] == spec.id),
        rule=_spelled(spec),
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        approval=found.approval(spec.id),
    )
    try:
        behind: Cases = engine.cases(
            held, spec, found.bound(), part="failed", known=found.specs(), start=window.start, end=window.end,
            time_zone=window.time_zone, limit=limit, memory_limit=ctx.settings.memory_limit,
        )  # fmt: skip
    except (Invalid, UsageError) as error:
        return rule.model_copy(update={"withheld_reason": error.message}), []
    names = names_of(found, window.time_zone)
    breaches = [
        Breach(kpi=spec.id, rule=rule.rule, case=one.case, at=one.at, evidence=evidence(one.proof, names))
        for one in behind.items
        if one.proof is not None
    ]
    went = tuple(passage(one, names) for one in behind.passages)
    return rule.model_copy(update={"total": behind.total, "passages": went}), breaches


def _spelled(spec: KpiSpec) -> str:
    measure = parse(spec.formula)
    return print_rule(measure.rule) if isinstance(measure, n.Conformance) else spec.formula
