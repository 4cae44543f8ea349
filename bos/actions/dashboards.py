"""Dashboards: build one (its definition when there is none yet, and a run), show runs, render one as a page."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Literal

from bos.actions.dashboard_panels import board_of, dimensions_of, panels_of
from bos.actions.dashboard_sources import Sources, sources_of
from bos.actions.definitions import live_definitions
from bos.actions.grounds import apart
from bos.actions.question import filters_of
from bos.actions.rights import permit_flow
from bos.actions.runs import keep, listing
from bos.actions.submission import Wish, refuse_retired, submit
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.dashboards.layout import arranged
from bos.dashboards.page import body_of, page_of
from bos.dashboards.standing import overall
from bos.errors import NotFound
from bos.kpi.earlier import PREVIOUS
from bos.kpi.engines import told
from bos.model.answers.dashboards import DashboardRun, DashboardRunRow, DashboardWindow
from bos.model.dashboard import Dashboard
from bos.model.version import digest
from bos.store import documents, jobs, kpis, policies
from bos.store.engine import reading
from bos.store.tags import Tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.dashboards.board import Board
    from bos.kpi.options import By
    from bos.model.answers.page import Page

KIND = "dashboard"
_WHY = "(written by BOS) A dashboard was built."


def build(
    ctx: Context,
    actor: Actor,
    flow: str,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    by: By | None = None,
    filters: Mapping[str, Sequence[str | None]] | None = None,
    split: str = "",
    compare: str = PREVIOUS,
) -> DashboardRun:
    """Compute the dashboard of a flow and keep it as a run; make its definition first where there is none.

    The window is ``[start, end)`` (aware). Without both, the definition's own window is taken, and without that all
    that was recorded. ``filters`` name dimensions of KPIs and the values (as text) that count,
    ``None`` for missing; ``split`` names one
    to show by its values. ``compare`` holds KPIs against the ``previous`` period, or so much earlier (``1 year``).

    Raises:
        NotFound: there is no such flow.
        Conflict: the definition is retired.
        UsageError: the options make no sense.
        Invalid, NotExpressible: a KPI cannot be computed; Unavailable: the lake cannot be read.
    """
    allow(actor, "dashboard.build")
    begun = time.perf_counter()
    wanted = filters_of(filters)
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "dashboard.build", flow)
        head = documents.head(connection, KIND, flow) if "\x00" not in flow else None
        sources, read = _sources(ctx, connection, flow)
        generated = jobs.has_generated(connection, flow)
    if head is not None:
        refuse_retired(head)
    definition = head.doc if head is not None else _standard(sources.found.doc)
    board = board_of(sources, definition, start=start, end=end, by=by, filters=wanted, split=split, compare=compare)
    draft = drafted(sources, board, definition)
    asked = _asked(board, start, end, by)

    def work(unit: Unit) -> DashboardRun:
        version = head.version if head is not None else _made(unit, flow, definition)
        own = {"dashboard": flow, "dashboard_version": version, "flow": flow, "generated": generated}
        own |= {"template_version": sources.found.template.version, "documents": {**read, f"{KIND}/{flow}": version}}
        return _kept(unit, {**draft, **own}, begun)

    return write(ctx, actor, "dashboard.build", {"flow": flow, **asked}, DashboardRun, work, rationale=_WHY)


def _asked(board: Board, start: datetime | None, end: datetime | None, by: By | None) -> dict[str, Any]:
    """Return what was asked for, as JSON data; what was left out is left out."""
    own = {"split": board.split, "compare": board.compare if board.compare != PREVIOUS else ""}
    return {
        "start": start and start.isoformat(),
        "end": end and end.isoformat(),
        "by": by,
        "filters": dict(board.filters) or None,
        **{name: value for name, value in own.items() if value},
    }


def _kept(unit: Unit, draft: dict[str, Any], begun: float) -> DashboardRun:
    """Return the run, kept; ``begun`` is when the clock was at the start of the build."""
    done = DashboardRun(
        **draft, run=uuid.uuid4().hex, at=unit.now, author=unit.actor.person, result_hash="",
        elapsed_ms=round((time.perf_counter() - begun) * 1000, 1),
    )  # fmt: skip
    done = done.model_copy(update={"result_hash": hash_of(done)})
    keep(unit, done, kind=KIND, tag=Tag.DASHBOARD_BUILT, of=(KIND, done.dashboard))
    return done


def _sources(ctx: Context, connection: Connection, flow: str) -> tuple[Sources, dict[str, int]]:
    """Return what a dashboard is computed from, and the version of every document in it."""
    found = live_definitions(connection, flow, systems=True)
    return sources_of(ctx, found), found.versions


def _standard(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of a flow that has none: the standard layout over all that was recorded."""
    return Dashboard(id=doc["id"], title=doc["title"], owner=doc["owner"], flow=doc["id"]).data()


def _made(unit: Unit, flow: str, definition: dict[str, Any]) -> int:
    """Return the version of the definition, made now unless somebody else has made it meanwhile."""
    policies.hold(unit.connection, KIND, flow)
    head = documents.head(unit.connection, KIND, flow)
    if head is not None:
        return head.version
    return submit(unit, KIND, flow, Wish(base_version=None, document=definition, right="dashboard.build")).version


def drafted(sources: Sources, board: Board, definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run says, apart from who, when and under which number."""
    from bos.kpi.extents import values  # noqa: PLC0415 - DuckDB loads where something is computed

    duties = {outcome["id"] for outcome in sources.found.doc["outcomes"] if outcome["regulation"]}
    laid = arranged(panels_of(sources, board), definition["panels"], duties)
    signals = sources.found.bound()
    fields = dimensions_of(sources.found.doc)
    stands = overall(laid.panels, laid.hidden)
    return {
        "title": definition["title"],
        "description": definition["description"],
        "snapshot": sources.events.id if sources.events.version else None,
        "metrics_snapshot": sources.metrics.id if sources.metrics.version else None,
        "engine": told(sources.engine),
        "window": DashboardWindow(
            start=board.start,
            end=board.end,
            by=board.by,
            time_zone=board.zone,
            words=board.period,
            compare=board.compare,
        ),
        "judged": board.judged,
        "filters": dict(board.filters),
        "split": board.split,
        "dimensions": values(sources.events, signals, fields, memory_limit=sources.memory_limit),
        "as_of": board.log_clock,
        "apart": _apart(sources, board),
        "status": stands.status,
        "status_words": stands.words,
        "approval_words": stands.approval,
        "attention": stands.attention,
        "panels": laid.panels,
        "hidden": laid.told(),
    }


def _apart(sources: Sources, board: Board) -> tuple[str, ...]:
    """Return what lies in the future or years before the others; of events what the words of the period do not say."""
    told = apart(sources.events, sources.metrics, board.zone, memory_limit=sources.memory_limit)
    return (*(() if board.ahead or board.stray else told["events"]), *told["points"])


def hash_of(done: DashboardRun) -> str:
    """Return the SHA-256 of what a run shows: not who built it, when, by what engine, and how long that took."""
    own = {"run", "at", "author", "engine", "elapsed_ms", "result_hash", "judged"}
    told = done.model_dump(mode="json", exclude=own if done.apart else {*own, "apart"})
    for panel in told["panels"]:  # runs of before these were kept have their sum without them
        if not panel["trust"]:
            del panel["trust"]
        if panel["approval"] and (panel["approval"]["state"] == "held" or not panel["approval"]["held"]):
            del panel["approval"]["held"]
    return digest(told)


def runs(
    ctx: Context, actor: Actor, flow: str, *, cursor: str | None = None, limit: int = 100
) -> Page[DashboardRunRow]:
    """Return the dashboard runs of a flow, newest first.

    Raises:
        UsageError: the cursor or the limit is wrong.
    """
    with reading(ctx.engine) as connection:
        permit_flow(connection, actor, "dashboard.read", flow)
    return listing(ctx, flow, KIND, _row, cursor=cursor, limit=limit)


def _row(record: Mapping[str, Any]) -> DashboardRunRow:
    same = set(DashboardRunRow.model_fields) - {"period"}
    return DashboardRunRow(**{name: record[name] for name in same if name in record}, period=record["window"]["words"])


def run(ctx: Context, actor: Actor, name: str) -> DashboardRun:
    """Return one dashboard run as it was kept.

    Raises:
        NotFound: there is no such run.
    """
    allow(actor, "dashboard.read")
    with reading(ctx.engine) as connection:
        found = kpis.find(connection, name, kind=KIND) if "\x00" not in name else None
        if found is None:
            raise NotFound(f"There is no dashboard run {name!r}.", hint="List the dashboard runs of the flow.")
        permit_flow(connection, actor, "dashboard.read", found["flow"])
    return DashboardRun.model_validate(found)


def html(ctx: Context, actor: Actor, name: str, *, part: Literal["page", "body"] = "page") -> str:
    """Return a run as one HTML file: pictures and tables inside, no script, no request. The same bytes each time.

    The ``body`` is what stands in the page, for a page that has a stylesheet and a bar of its own.

    Raises:
        NotFound: there is no such run.
    """
    found = run(ctx, actor, name)
    return body_of(found) if part == "body" else page_of(found)
