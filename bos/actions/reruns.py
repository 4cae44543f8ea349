"""Runs computed again: from the versions and the snapshot they name, held against what came out then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.actions import dashboards, kpis
from bos.actions.dashboard_panels import board_of
from bos.actions.dashboard_sources import Sources
from bos.actions.definitions import definitions_of
from bos.actions.evaluation import Snapshots, answers
from bos.actions.frozen import frozen
from bos.actions.question import Question
from bos.actions.rights import permit_flow
from bos.actions.runs import version_of
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.dashboards.standing import overall
from bos.errors import BosError, NotFound
from bos.kpi.engines import told
from bos.model.answers.dashboards import DashboardRun
from bos.model.answers.kpis import KpiRun, Rerun, RunDifference
from bos.store import documents
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Literal

    from bos.actions.context import Context
    from bos.actions.definitions import Definitions
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.model.answers.dashboards import Panel
    from bos.telemetry.lake import Snapshot
    from bos.telemetry.table import Kind

MOST = 100
"""Differences that are told."""
_WHY = "(written by BOS) A run was computed again."


def rerun(ctx: Context, actor: Actor, name: str) -> Rerun:
    """Compute a run of KPIs or of a dashboard again, and say whether the same comes out, or exactly why not.

    The data files that it read are held against the sums they were written with first. That it was done stands in the
    journal; the run stays as it was kept.

    Raises:
        NotFound: there is no such run.
    """
    allow(actor, "kpi.evaluate")
    run = frozen(ctx, actor, name)
    found: Definitions | None = None
    lost: list[str] = []
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "kpi.evaluate", run.flow)
        try:
            found, lost = definitions_of(connection, run.flow, run.documents)
        except NotFound as error:
            lost = [error.message]
        definition = _definition(ctx, run) if isinstance(run, DashboardRun) else None
    reasons = [f"A document is gone: {one}." for one in lost] + _damage(ctx, run)
    done = _answer(run, None, reasons)
    if found is not None and not reasons:
        try:
            again = (
                _dashboard(ctx, run, found, definition or {})
                if isinstance(run, DashboardRun)
                else _kpis(ctx, run, found)
            )
            done = _answer(run, again, reasons)
        except BosError as error:
            done = _answer(run, None, [" ".join(filter(None, (error.message, error.hint)))])

    def work(unit: Unit) -> Rerun:
        after = {"run": done.run, "same": done.same, "then_hash": done.then_hash, "now_hash": done.now_hash}
        unit.note(Tag.RUN_REPEATED, kind="template", id=run.flow, after=after)
        return done

    return write(ctx, actor, "run.repeat", {"run": name}, Rerun, work, rationale=_WHY)


def _definition(ctx: Context, run: DashboardRun) -> Mapping[str, Any]:
    """Return the definition of a dashboard in the version that a run was built by."""
    with reading(ctx.engine) as connection:
        found = documents.numbered(connection, dashboards.KIND, run.dashboard, run.dashboard_version)
    if found is None:
        raise NotFound(f"The dashboard {run.dashboard} has no version {run.dashboard_version}.")
    return found.doc


def _damage(ctx: Context, run: KpiRun | DashboardRun) -> list[str]:
    """Return what is wrong with the snapshots a run read; empty where they are as they were."""
    reasons = []
    for kind, id_ in _snapshots(run):
        version = version_of(id_)
        try:
            found = ctx.lake.damaged(run.flow, version, kind) if version else []
        except BosError as error:
            found = [error.message.rstrip(".")]
        reasons += [f"The snapshot {id_} ({kind}) is not as it was: {words}." for words in found]
    return reasons


def _snapshots(run: KpiRun | DashboardRun) -> Iterator[tuple[Kind, str]]:
    if run.snapshot:
        yield "events", run.snapshot
    if run.metrics_snapshot:
        yield "metrics", run.metrics_snapshot


def _read(ctx: Context, run: KpiRun | DashboardRun) -> tuple[Snapshot, Snapshot]:
    events = ctx.lake.snapshot(run.flow, version_of(run.snapshot))
    return events, ctx.lake.metrics_snapshot(run.flow, version_of(run.metrics_snapshot))


def _kpis(ctx: Context, run: KpiRun, found: Definitions) -> KpiRun:
    """Return a run of KPIs as it comes out now; marks of approval are those of then."""
    asked, question = run.options, Question.of(run.options)
    specs = kpis.chosen(found, asked.get("kpis"))
    how: dict[str, Any] = {"memory_limit": ctx.settings.memory_limit, "engine": ctx.settings.engine}
    held, named = Snapshots(*_read(ctx, run)), asked.get("kpis")
    marks = {value.kpi: value.approval for value in run.values}
    values, queries = answers(found, specs, held, question, **how, withhold=not named, approvals=marks)
    return run.model_copy(
        update={
            "values": values,
            "queries": queries,
            "result_hash": kpis.hash_of(values),
            "engine": told(ctx.settings.engine),
        }
    )


def _dashboard(ctx: Context, run: DashboardRun, found: Definitions, definition: Mapping[str, Any]) -> DashboardRun:
    """Return a run of a dashboard as it comes out now; marks of approval are those of then."""
    events, metrics = _read(ctx, run)
    limit, engine = ctx.settings.memory_limit, ctx.settings.engine
    marks = {panel.id: panel for panel in run.panels}
    approvals = {name: panel.approval for name, panel in marks.items() if panel.kind == "kpi"}
    sources = Sources(
        found=found, events=events, metrics=metrics, memory_limit=limit, engine=engine, approvals=approvals
    )
    window = run.window
    board = board_of(
        sources,
        definition,
        start=window.start,
        end=window.end,
        by=window.by,
        filters=tuple(sorted(run.filters.items())),
        split=run.split,
        compare=window.compare,
        judged=run.judged,
        trust=run.judged is not None,
    )
    draft = dashboards.drafted(sources, board, definition)
    panels = tuple(_marked(panel, marks.get(panel.id)) for panel in draft["panels"])
    draft |= {"panels": panels, "approval_words": overall(panels).approval}
    again = run.model_copy(update=draft)
    return again.model_copy(update={"result_hash": dashboards.hash_of(again)})


def _marked(panel: Panel, then: Panel | None) -> Panel:
    if then is None:
        return panel
    return panel.model_copy(update={"approval": then.approval, "approval_words": then.approval_words})


def _answer(run: KpiRun | DashboardRun, again: KpiRun | DashboardRun | None, reasons: Sequence[str]) -> Rerun:
    kind: Literal["kpi", "dashboard"] = "dashboard" if isinstance(run, DashboardRun) else "kpi"
    same = again is not None and again.result_hash == run.result_hash
    differences = tuple(_differences(run, again))[:MOST] if again is not None and not same else ()
    why = list(reasons)
    if again is not None and not same and _same_numbers(run, again):
        why.append("Every number is as it was; only the queries beside them are written otherwise by this BOS.")
    elif again is not None and not same:
        engines = f"then {run.engine}, now {again.engine}" if run.engine not in {"", again.engine} else again.engine
        why.append(f"Versions and data are those of then: another BOS or engine counts otherwise ({engines}).")
    return Rerun(
        run=run.run,
        kind=kind,
        flow=run.flow,
        same=same,
        then_hash=run.result_hash,
        now_hash=again.result_hash if again is not None else None,
        reasons=tuple(why),
        differences=differences,
    )


def _same_numbers(then: KpiRun | DashboardRun, now: KpiRun | DashboardRun) -> bool:
    """Return whether two runs of a dashboard are the same but for the queries that stand beside the numbers."""
    if not isinstance(then, DashboardRun) or not isinstance(now, DashboardRun):
        return False
    texts = {panel.id: panel.queries for panel in then.panels}
    panels = tuple(panel.model_copy(update={"queries": texts.get(panel.id, panel.queries)}) for panel in now.panels)
    return dashboards.hash_of(now.model_copy(update={"panels": panels})) == then.result_hash


def _differences(then: KpiRun | DashboardRun, now: KpiRun | DashboardRun) -> Iterator[RunDifference]:
    """Yield each value, or each part of a panel, that is not as it was."""
    one, two = (dict(_parts(run)) for run in (then, now))
    for where in dict.fromkeys((*one, *two)):
        if one.get(where) != two.get(where):
            yield RunDifference(where=where, then=one.get(where), now=two.get(where))


def _parts(run: KpiRun | DashboardRun) -> Iterator[tuple[str, Any]]:
    if isinstance(run, DashboardRun):
        for panel in run.panels:
            for name, part in panel.model_dump(mode="json").items():
                yield f"{panel.id}.{name}", part
        return
    for value in run.values:
        at = value.bucket_start.isoformat() if value.bucket_start else ""
        split = ", ".join(f"{name}={part}" for name, part in value.dimensions.items())
        where = " · ".join(filter(None, (value.kpi, at, split)))
        yield where, value.model_dump(mode="json", exclude={"approval"})
