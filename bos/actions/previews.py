"""Previews: what a KPI of an unfinished template comes to on the telemetry that is there; nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bos.actions.definitions import Definitions, rules_at_head
from bos.actions.evaluation import Snapshots, answers
from bos.actions.grounds import beginning, log_clock
from bos.actions.kpis import chosen
from bos.actions.question import Question
from bos.actions.rights import permit_draft
from bos.actions.twice import answers_twice
from bos.auth.policy import allow
from bos.dashboards.periods import Held, covered
from bos.dashboards.tiles import marks_of
from bos.errors import Invalid, Problem, UsageError
from bos.kpi.definitions import systems_of
from bos.model.answers.kpis import KpiPreview
from bos.model.flow import Flow, Step
from bos.model.kinds import read
from bos.model.numbers import shown
from bos.model.outcomes import Outcome
from bos.model.signals import SignalUse
from bos.store import documents
from bos.store.documents import Version
from bos.store.engine import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from bos.actions.context import Context
    from bos.auth.actor import Actor
    from bos.kpi import KpiSpec
    from bos.kpi.options import By
    from bos.model.answers.kpis import KpiValue

LONGEST_ID = 63


def preview(ctx: Context, actor: Actor, flow: str, document: Any, kpi: str, *, by: By | None = "week") -> KpiPreview:
    """Return the value of one KPI as a template that may be unfinished defines it, whole and in buckets of time.

    Only the KPI asked for and the time zone must be right; other parts of the template that are not are left out.
    The whole is over all that was recorded; buckets begin in the KPI's time zone.

    Raises:
        Invalid: the KPI or the time zone is not as it should be; NotExpressible: the engine cannot compute it.
        NotFound: the template has no such KPI.
        UsageError: it is no template.
        Unavailable: the lake cannot be read.
    """
    allow(actor, "kpi.evaluate")
    template = _template(flow, document, kpi)
    names = dict.fromkeys(use["signal"] for use in template["process_signals"])
    systems = systems_of(template)
    with reading(ctx.engine) as connection:
        permit_draft(connection, actor, "kpi.evaluate", "template", flow, template)
        signals = documents.heads(connection, "signal", (*names, *systems))
        calendars, costs = rules_at_head(connection, template)
    found = Definitions(_version(flow, template, actor.person), signals, calendars=calendars, cost_rules=costs)
    specs = chosen(found, (kpi,))
    held, points = ctx.lake.snapshot(flow), ctx.lake.metrics_snapshot(flow)
    if not held.version and not points.version:
        return KpiPreview(kpi=kpi, sql=_compiled(found, specs[0], ctx.settings.engine))
    runs: dict[str, Any] = {"memory_limit": ctx.settings.memory_limit, "engine": ctx.settings.engine, "withhold": False}
    buckets: tuple[KpiValue, ...] = ()
    if by:
        ((whole, *_), queries), (buckets, _) = answers_twice(
            found, specs, Snapshots(held, points), Question(), by, **runs
        )
    else:
        (whole, *_), queries = answers(found, specs, Snapshots(held, points), Question(), **runs)
    zone = Question().window(found, kpi).time_zone
    limit = ctx.settings.memory_limit
    over = Held(beginning(held, memory_limit=limit), log_clock(held, memory_limit=limit)).until(datetime.now(UTC))
    said = marks_of(buckets, by, zone, covered(None, None, over, zone)) if by else {}
    starts = [bucket.bucket_start for bucket in buckets]
    return KpiPreview(
        kpi=kpi,
        value=whole,
        shown=shown(whole.value, whole.unit),
        buckets=buckets,
        shown_buckets=tuple(shown(bucket.value, bucket.unit) for bucket in buckets),
        marks=tuple(said.get(start.isoformat(), "") if start else "" for start in starts),
        sql=queries[kpi],
        last=held.last,
        snapshot=held.id,
    )


def _compiled(found: Definitions, spec: KpiSpec, engine: str) -> str:
    """Return the SQL a KPI runs as: what cannot be computed is told before there is telemetry."""
    from bos.kpi.engine import compile_sql  # noqa: PLC0415 - half a second that only queries need

    zone = Question().window(found, spec.id).time_zone
    series, known = found.series(), found.specs()
    return compile_sql(spec, found.bound(), systems=series, known=known, time_zone=zone, engine=engine)


def _template(flow: str, document: Any, kpi: str) -> dict[str, Any]:
    """Return as much of an unfinished template as a number needs, in the shape of a finished one."""
    if not isinstance(document, dict) or not flow or len(flow) > LONGEST_ID or "\x00" in flow:
        raise UsageError("A preview needs the template.", where="document", hint="Send the draft as it is.")
    outcomes = [part for part in _parts(document, "outcomes") if part.get("id") == kpi]
    if outcomes:
        _check(Outcome, outcomes[0], f"outcomes[{kpi}]")
    rest = [part for part in _parts(document, "outcomes") if part.get("id") != kpi and _fits(Outcome, part)]
    known: dict[str, Any] = {
        "id": flow,
        "title": "Preview",
        "time_zone": document.get("time_zone") or "UTC",
        **{
            section: [part for part in _parts(document, section) if _fits(SignalUse, part)]
            for section in ("process_signals", "system_signals")
        },
        "outcomes": [*outcomes, *rest],
        "flow": _flow(document.get("flow")),
    }
    model, problems = read("template", known)
    if model is None:
        raise Invalid(problems[0].message, where=problems[0].path, hint=problems[0].hint, problems=problems)
    return model.data()


def _flow(flow: Any) -> dict[str, Any]:
    """Return what of the flow says when it works: its calendar, and the steps with theirs."""
    if not isinstance(flow, dict):
        return {}
    calendar = flow.get("calendar")
    known = {"calendar": calendar} if isinstance(calendar, str) and _fits(Flow, {"calendar": calendar}) else {}
    return {**known, "steps": [part for part in _parts(flow, "steps") if _fits(Step, part)]}


def _parts(document: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    parts = document.get(section)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _fits(model: type[BaseModel], part: Mapping[str, Any]) -> bool:
    try:
        model.model_validate(part)
    except ValidationError:
        return False
    return True


def _check(model: type[BaseModel], part: Mapping[str, Any], path: str) -> None:
    try:
        model.model_validate(part)
    except ValidationError as error:
        where = ".".join(str(name) for name in error.errors()[0]["loc"])
        problem = Problem(f"{path}.{where}", f"{where} is not filled in as it should be.", "Complete it.", "shape")
        raise Invalid(problem.message, where=problem.path, hint=problem.hint, problems=(problem,)) from error


def _version(flow: str, template: dict[str, Any], person: str) -> Version:
    return Version(
        kind="template", id=flow, version=0, doc=template, sha256="", author=person, rationale="",
        at=datetime.now(UTC), cause="submission", words=(), head=0, retired=False,
    )  # fmt: skip
