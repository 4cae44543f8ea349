"""KPIs: which there are, what they come to, the query they run as, and the frozen runs of before."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from bos.actions.definitions import Definitions, definitions_at, live_definitions
from bos.actions.documents import check_moment
from bos.actions.evaluation import Snapshots, answers, reads
from bos.actions.question import Question, refuse_undeclared
from bos.actions.rights import permit_flow
from bos.actions.runs import keep
from bos.actions.runs import listing as listing_of_runs
from bos.actions.unit import write
from bos.actions.vendor_queries import of_vendor
from bos.auth.policy import allow
from bos.errors import NotFound, UsageError
from bos.kpi import parse, print_formula
from bos.kpi.engines import told
from bos.kpi.refs import measures
from bos.kpi.suggest import choices
from bos.model.answers.kpis import KpiQuery, KpiRow, KpiRun
from bos.model.answers.page import Page
from bos.model.ownership import accountable
from bos.model.version import digest
from bos.store import jobs, kpis
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.model.answers.kpis import KpiValue

_WHY = "(written by BOS) KPIs were asked for."


def listing(ctx: Context, actor: Actor, flow: str) -> Page[KpiRow]:
    """Return the KPIs of a flow as they are defined now, in the order of the template.

    Raises:
        NotFound: there is no such flow.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
        found = live_definitions(connection, flow)
    return Page(items=tuple(_row(found, outcome) for outcome in found.doc["outcomes"]))


def _row(found: Definitions, outcome: dict[str, Any]) -> KpiRow:
    name = outcome["id"]
    return KpiRow(
        kpi=name,
        title=outcome["title"],
        description=outcome["description"],
        measure=outcome["measure"],
        target=outcome["target"],
        thresholds=tuple(outcome["thresholds"]),
        regulation=outcome["regulation"],
        owner=accountable(found.doc, f"outcomes[{name}].measure") or found.doc["owner"],
        approvals=found.own_approvals(name),
    )


def query(
    ctx: Context,
    actor: Actor,
    flow: str,
    kpi: str,
    *,
    by: By | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    dimensions: Sequence[str] = (),
    language: Literal["duckdb", "spl", "promql", "adql"] = "duckdb",
) -> KpiQuery:
    """Return the SQL a KPI runs as on the newest snapshot, and its formula in its one spelling.

    With another ``language`` also the query of the vendor whose it is.

    Raises:
        NotFound: there is no such flow, or no such KPI of it.
        Invalid: a dimension does not fit; NotExpressible: the engine or the language cannot say the formula.
        UsageError: the options make no sense.
    """
    from bos.kpi.engine import compile_sql  # noqa: PLC0415 - half a second that only queries need

    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
        found = live_definitions(connection, flow)
    (spec,) = chosen(found, (kpi,))
    question = Question(by=by, start=start, end=end, dimensions=tuple(dimensions))
    window = question.window(found, kpi)
    sql = compile_sql(
        spec,
        found.bound(),
        systems=found.series(),
        known=found.specs(),
        by=by,
        start=window.start,
        end=window.end,
        time_zone=window.time_zone,
        dimensions=question.dimensions,
        engine=ctx.settings.engine,
    )
    vendors = {} if language == "duckdb" else of_vendor(found, spec, question, language)
    return KpiQuery(
        kpi=kpi,
        formula=print_formula(parse(spec.formula)),
        sql=sql,
        **{"text": sql, **vendors},
        approval=found.approval(kpi),
        snapshot=_held(ctx, flow).read_by(measures(spec, found.specs())),
    )


def chosen(found: Definitions, names: Sequence[str] | None) -> tuple[KpiSpec, ...]:
    """Return the KPIs that are asked for, in the order asked; all of them for ``None``.

    Raises:
        NotFound: the flow has no KPI of such a name.
        UsageError: one is named twice.
    """
    every = {spec.id: spec for spec in found.specs()}
    if names is None:
        return tuple(every.values())
    unknown = next((name for name in names if name not in every), None)
    if unknown is not None:
        raise NotFound(
            f"The flow {found.template.id} has no KPI {unknown!r}.",
            where=f"template/{found.template.id}",
            hint=choices(unknown, every, "Its KPIs are"),
        )
    if len(set(names)) < len(names):
        raise UsageError("A KPI is named twice.", where="kpis", hint="Name each KPI once.")
    return tuple(every[name] for name in names)


def _split_by(found: Definitions, names: Sequence[str] | None, dimensions: Sequence[str]) -> tuple[KpiSpec, ...]:
    """Return the KPIs that are asked for; refuse a dimension that a named one does not declare, or of all none has.

    Rows of a split by any field would be single events, whoever may not read those.
    """
    specs = chosen(found, names)
    for spec, dimension in product(specs if names else (), dimensions):
        refuse_undeclared(spec, (), dimension)
    known = dict.fromkeys(name for spec in specs for name in spec.dimensions)
    unknown = next((name for name in dimensions if name not in known), None)
    if unknown is not None and not names:
        hint = f"They are split by {', '.join(known)}." if known else "They declare no dimensions."
        raise UsageError(f"No KPI of this flow is split by {unknown!r}.", where="dimensions", hint=hint)
    return specs


def evaluate(
    ctx: Context,
    actor: Actor,
    flow: str,
    *,
    kpis: Sequence[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    by: By | None = None,
    dimensions: Sequence[str] | None = None,
    compare: str | None = None,
    snapshot: int | None = None,
    as_of: datetime | None = None,
) -> KpiRun:
    """Compute KPIs of a flow and keep the result as a run: what was read, what was asked, what came out.

    The window is ``[start, end)`` (aware). An ``end`` alone, without buckets, asks for the value at that moment: a KPI
    that has a window of its own covers that window before it. Buckets begin in the flow's zone, or the KPI's own.
    ``compare`` holds each value against an earlier period: ``previous``, or so much earlier, such as ``1 year``.
    ``kpis`` names the KPIs (``None``: all; those that cannot be computed are withheld with the reason), ``snapshot`` a
    version of the lake (``None``: the newest; what is late is late as that was written), ``as_of`` takes the
    definitions that were live at that moment. What is beyond a bound of trust, or lacks its events, has no number.

    Raises:
        NotFound: there is no such flow, KPI, snapshot, or no definition at that moment.
        Invalid, NotExpressible: a formula or dimension of a named KPI does not fit, or this engine cannot compute it.
        UsageError: the options make no sense; Unavailable: the lake cannot be read, or memory does not suffice.
    """
    _check(actor, kpis, as_of)
    question = Question(by=by, start=start, end=end, dimensions=tuple(dimensions or ()), compare=compare)
    found, generated = _defined(ctx, actor, flow, as_of)
    specs = _split_by(found, kpis, question.dimensions)
    held = _held(ctx, flow, snapshot)
    judged = replace(question, judged=_judged(end, held if snapshot is not None else None))
    limit, engine = ctx.settings.memory_limit, ctx.settings.engine
    values, queries = answers(found, specs, held, judged, memory_limit=limit, engine=engine, withhold=not kpis)
    asked = {"kpis": kpis and list(kpis), "snapshot": snapshot, "as_of": as_of and as_of.isoformat(), **question.told()}

    def work(unit: Unit) -> KpiRun:
        done = KpiRun(
            run=uuid.uuid4().hex,
            flow=flow,
            at=unit.now,
            author=actor.person,
            template_version=found.template.version,
            snapshot=held.events.id,
            metrics_snapshot=held.metrics.id if _reads_points(found, specs) else None,
            time_zones={spec.id: question.window(found, spec.id).time_zone for spec in specs},
            generated=generated,
            engine=told(engine),
            options=asked | judged.told(),
            documents=found.versions,
            queries=queries,
            values=values,
            result_hash=hash_of(values),
        )
        keep(unit, done, kind="kpi", tag=Tag.KPI_EVALUATED, of=("template", done.flow))
        return done

    return write(ctx, actor, "kpi.evaluate", {"flow": flow, **asked}, KpiRun, work, rationale=_WHY)


def _defined(ctx: Context, actor: Actor, flow: str, as_of: datetime | None) -> tuple[Definitions, bool]:
    """Return what the KPIs are defined by, live or at a moment, and whether telemetry of the flow was generated."""
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", flow)
        found = definitions_at(connection, flow, as_of) if as_of else live_definitions(connection, flow)
        return found, jobs.has_generated(connection, flow)


def _check(actor: Actor, kpis: Sequence[str] | None, as_of: datetime | None) -> None:
    allow(actor, "kpi.evaluate")
    check_as_of(as_of)
    if kpis is not None and not kpis:
        raise UsageError("No KPI is named.", where="kpis", hint="Name some, or leave kpis out for all.")


def check_as_of(as_of: datetime | None) -> None:
    """Refuse a moment of definitions that has no time zone or is not over yet."""
    check_moment("as_of", as_of)
    if as_of is not None and as_of > datetime.now(UTC):
        raise UsageError("as_of lies in the future.", where="as_of", hint="Leave it out for the definitions of now.")


def _reads_points(found: Definitions, specs: Sequence[KpiSpec]) -> bool:
    return True in reads(measure for spec in specs for measure in measures(spec, found.specs()))


def _judged(end: datetime | None, named: Snapshots | None) -> datetime:
    """Return until when the data must be there: until the end, or when a named snapshot was written, at most now."""
    written = named.events.committed_at if named is not None else None
    return min(moment for moment in (end, written, datetime.now(UTC)) if moment is not None)


def _held(ctx: Context, flow: str, version: int | None = None) -> Snapshots:
    """Return a version of the events, and the newest metric points."""
    return Snapshots(ctx.lake.snapshot(flow, version), ctx.lake.metrics_snapshot(flow))


def hash_of(values: Sequence[KpiValue]) -> str:
    """Return the SHA-256 of values, without their marks of approval."""
    told = [value.model_dump(mode="json", exclude={"approval"}) for value in values]
    later = {"compared", "trust", "no_data", "ended"}  # runs of before these were kept have their sum without them
    return digest([{name: part for name, part in one.items() if name not in later or part} for one in told])


def runs(ctx: Context, actor: Actor, flow: str, *, cursor: str | None = None, limit: int = 100) -> Page[KpiRun]:
    """Return the runs of a flow, newest first.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.read", flow)
    return listing_of_runs(ctx, flow, "kpi", KpiRun.model_validate, cursor=cursor, limit=limit)


def run(ctx: Context, actor: Actor, name: str) -> KpiRun:
    """Return one run as it was kept.

    Raises:
        NotFound: there is no such run.
    """
    allow(actor, "kpi.read")
    with reading(ctx.engine) as connection:
        found = kpis.find(connection, name) if "\x00" not in name else None
        if found is None:
            raise NotFound(
                f"There is no run {name!r}.", where=name, hint="`bos kpi runs FLOW` lists the runs of a flow."
            )
        permit_flow(connection, actor, "kpi.read", found["flow"])
    return KpiRun.model_validate(found)
