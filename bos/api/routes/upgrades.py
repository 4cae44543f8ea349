"""Upgrades of flows to a newer version of their blueprint."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import documents, upgrades
from bos.api.bodies import UpgradeBody, UpgradesBody
from bos.api.callers import Reader, Writer
from bos.api.conditions import base_version
from bos.api.parameters import Flow, IfMatch
from bos.api.replies import everything, reply
from bos.model.answers.changes import BatchSubmitted
from bos.model.answers.documents import Instance, Upgrade, Upgraded
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1", tags=["blueprints"])

Blueprint = Annotated[str | None, Query(description="The blueprint, where the flow names none.")]
Name = Annotated[str, Path(alias="name", description="Name of the blueprint.")]


@router.get("/templates/{id}/upgrade", operation_id="upgrades_show", response_model=Upgrade)
def show_upgrade(caller: Reader, id_: Flow, blueprint: Blueprint = None) -> Response:
    """Say what the blueprint of a flow would change in it now, and what was changed here; nothing is written."""
    return reply(upgrades.preview(caller.ctx, caller.actor, id_, blueprint=blueprint))


@router.post("/templates/{id}/upgrade", operation_id="upgrades_apply", response_model=Upgraded, status_code=201)
def upgrade_flow(caller: Writer, id_: Flow, body: UpgradeBody, if_match: IfMatch = None) -> Response:
    """Upgrade a flow: `all`, what is `unchanged` here, or what `pick` names. It is a submission like any other."""
    base = base_version(if_match, current=lambda: documents.show(caller.ctx, caller.actor, "template", id_).version)
    done = upgrades.apply(
        caller.ctx,
        caller.actor,
        id_,
        mode=body.mode,
        pick=body.pick,
        blueprint=body.blueprint,
        rationale=body.rationale,
        base_version=base,
        saw=body.saw,
    )
    return reply(done, status=201)


@router.get("/blueprints/{name}/templates", operation_id="upgrades_instances", response_model=Page[Instance])
def list_instances(caller: Reader, name: Name) -> Response:
    """List the flows that were made from a blueprint, and whether it has changed since."""
    return everything(upgrades.instances(caller.ctx, caller.actor, name))


@router.post(
    "/blueprints/{name}/upgrades", operation_id="upgrades_many", response_model=BatchSubmitted, status_code=201
)
def upgrade_flows(caller: Writer, name: Name, body: UpgradesBody) -> Response:
    """Upgrade every flow of a blueprint, or those named, as one batch: all of them, or none."""
    done = upgrades.apply_many(caller.ctx, caller.actor, name, mode=body.mode, only=body.only, rationale=body.rationale)
    return reply(done, status=201, headers={"Location": f"/api/v1/batches/{done.batch}"})
