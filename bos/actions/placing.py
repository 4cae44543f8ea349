"""Placing: the dashboard of a flow is put into another system, and stays there as somebody changed it, unless told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bos.actions import connections, dashboards, declared, exports, pieces
from bos.actions import jobs as job_actions
from bos.actions.identities import REPORTER
from bos.actions.lifecycle import head_of
from bos.actions.rights import permit_flow
from bos.actions.submission import missing
from bos.actions.unit import write
from bos.auth.policy import allow
from bos.errors import Invalid
from bos.model.answers.connections import PlacedDashboard
from bos.model.answers.jobs import Job
from bos.model.connection import Connection as Document
from bos.outgoing.connectors import connector_of
from bos.outgoing.speaking import speaking
from bos.ports import Board, Placed
from bos.store import documents, placed
from bos.store.engine import reading
from bos.store.tags import Tag
from bos.wire import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bos.actions.context import Context
    from bos.actions.unit import Unit
    from bos.auth.actor import Actor
    from bos.ports import Progress
    from bos.store.documents import Version

TASK = declared.PLACE.name


def start(ctx: Context, actor: Actor, run: str, connection: str, *, overwrite: bool = False) -> Job:
    """Ask that a run of a dashboard is put into a system; return the job. What is withheld stays withheld.

    A dashboard that somebody changed there stays as it is, and the job fails with the code ``drift``, unless
    ``overwrite``.

    Raises:
        NotFound: there is no such run or connection.
        Conflict: the connection is retired.
        Invalid: it is switched off, or its connector takes no dashboards.
    """
    allow(actor, "dashboard.place")
    flow = dashboards.run(ctx, actor, run).flow

    def work(unit: Unit) -> Job:
        permit_flow(unit.connection, actor, "dashboard.place", flow)
        _refuse_unplaced(head_of(unit, "connection", connection))
        asked = {"flow": flow, "run": run, "connection": connection, "overwrite": overwrite}
        return job_actions.queue(unit, TASK, asked)

    request = {"run": run, "connection": connection, "overwrite": overwrite}
    why = f"(written by BOS) The dashboard was to be put into {connection}."
    return write(ctx, actor, TASK, request, Job, work, rationale=why)


def run_placing(ctx: Context, job: str, arguments: Mapping[str, Any], progress: Progress) -> Callable[[Unit], Any]:
    """Put the dashboard there; done again after a crash, it finds what it had put there. Returns the record's writer.

    Raises:
        Conflict: somebody changed it there (``drift``). Invalid: it cannot be put there. Unavailable: no answer, or the
            system is left alone for a while since it gave none.
    """
    flow, run, name = arguments["flow"], arguments["run"], arguments["connection"]
    progress(0, None, f"Putting the dashboard into {name}")
    with reading(ctx.engine) as session:
        live, known = documents.head(session, "connection", name), placed.version(session, name, flow)
    if live is None:
        raise missing("connection", name)
    _refuse_unplaced(live)
    document, target = Document.model_validate(live.doc), connections.target_of(ctx, live.doc)
    with pieces.piece(ctx, document, progress), speaking(connector_of(document.connector), target) as system:
        content = json.loads(exports.dashboard(ctx, REPORTER, run, system.shape()).content)
        board = Board(_name_of(content) or flow, content, f"BOS run {run}")
        done = system.place(board, known=known, key=job, overwrite=arguments["overwrite"])
        done = Placed(storable(done.version), storable(done.link))
    answer = PlacedDashboard(flow=flow, run=run, connection=name, version=done.version, link=done.link)

    def record(unit: Unit) -> dict[str, Any]:
        placed.note(unit.connection, name, flow, version=done.version, run=run, at=unit.now)
        after = {"run": run, "connection": name, "version": done.version, "overwrite": arguments["overwrite"]}
        unit.note(Tag.DASHBOARD_PLACED, kind="template", id=flow, after=after)
        return answer.model_dump(mode="json")

    return record


def _name_of(content: Mapping[str, Any]) -> str:
    """Return the id of a dashboard in the system, which an export has in one place or the other, or not at all."""
    return str(content.get("uid") or content.get("metadata", {}).get("name", ""))


def _refuse_unplaced(live: Version) -> None:
    connections.refuse_off(live)
    connector = connector_of(live.doc["connector"])
    if not hasattr(connector, "place"):
        raise Invalid(
            f"No dashboard can be put anywhere by the connector {connector.name}.",
            where="connector",
            hint="Name a connection to Grafana or Splunk.",
        )
