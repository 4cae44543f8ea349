"""The cases that break the rules of a flow, with the events that prove it; read as the cases behind a number are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bos.actions.cases import names_of
from bos.actions.definitions import definitions_at, live_definitions
from bos.actions.kpis import check_as_of, chosen
from bos.actions.question import Question
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
from bos.store.paging import cursor as cursor_of
from bos.store.paging import place

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
    snapshot: int | None = None,
    as_of: datetime | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> BreachList:
    """Return the cases that break the rules of some KPIs, or of all of a flow, each with the events that prove it.

    A KPI has the rules that its formula names, of a ratio those of both sides. ``limit`` is how many cases are listed
    of each rule, the newest first; the window is ``[start, end)`` (aware), as for the cases behind a number. A rule
    that cannot be judged says why. ``snapshot`` is a version of the lake (``None``: the newest), ``as_of`` takes the
    definitions that were live at that moment. ``cursor`` is ``next`` of the page before, which was asked the same: the
    page goes on in the snapshot of the first one.

    Raises:
        NotFound: there is no such flow, no such KPI of it, no such snapshot, or no definition at that moment.
        Forbidden: whoever asks may not read single rows.
        UsageError: a KPI that is named has no rule; a moment has no time zone, or is to come; the limit is out of
            range; the cursor is of no such page, or the template has changed since.
        Unavailable: the lake cannot be read.
    """
    from bos.kpi.cases import check_limit  # noqa: PLC0415 - half a second that only queries need

    check_limit(limit)
    check_as_of(as_of)
    question = Question(start=start, end=end)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "telemetry.rows", flow)
        found = definitions_at(connection, flow, as_of) if as_of else live_definitions(connection, flow)
    snapshot, offset = _place(cursor, found, snapshot)
    specs = [one for spec in chosen(found, kpis) for one in _rules(spec, named=kpis is not None)]
    held = ctx.lake.snapshot(flow, snapshot)
    told = [_judged(ctx, found, held, spec, question, (limit, offset)) for spec in specs]
    given = (("start", start), ("end", end), ("as_of", as_of))
    asked = {"kpis": list(kpis or ()), "limit": limit, "offset": offset}
    asked |= {name: moment and moment.isoformat() for name, moment in given}
    note_read(ctx, actor, flow, {"what": "breaches", "snapshot": held.id, **asked})
    more = any((rule.total or 0) > offset + limit for rule, _ in told)
    return BreachList(
        flow=flow,
        rules=tuple(rule for rule, _ in told),
        items=tuple(breach for _, breaches in told for breach in breaches),
        snapshot=held.id,
        next=cursor_of(held.version, found.template.version, offset + limit) if more else None,
    )


def _place(cursor: str | None, found: Definitions, snapshot: int | None) -> tuple[int | None, int]:
    """Return the version of the lake to read, and how many cases of each rule earlier pages have listed."""
    if cursor is None:
        return snapshot, 0
    of, version, offset = place(cursor, int, int, int)
    if offset < 1 or snapshot not in {None, of}:
        words = "The cursor belongs to no page of this list."
        raise UsageError(words, where="cursor", hint="Ask for the same as on the page before.")
    if version != found.template.version:
        words = "The template has changed since the page before, so what breaks a rule may be something else."
        raise UsageError(words, where="cursor", hint="Begin again without a cursor.")
    return of, offset


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
    ctx: Context, found: Definitions, held: Snapshot, spec: KpiSpec, question: Question, page: tuple[int, int]
) -> tuple[RuleBroken, list[Breach]]:
    """Return a rule with how many cases break it, and a page (limit, offset) of them; or why it cannot be judged."""
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
            time_zone=window.time_zone, limit=page[0], offset=page[1], memory_limit=ctx.settings.memory_limit,
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
