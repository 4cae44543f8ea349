"""Blueprints: starting points for templates."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bos.actions import blueprints
from bos.api.bodies import CreateBody
from bos.api.callers import Reader, Writer
from bos.api.replies import everything, reply
from bos.model.answers.documents import Blueprint, Created
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1/blueprints", tags=["blueprints"])

Name = Annotated[str, Path(description="Name of the blueprint.")]


@router.get("", operation_id="blueprints_list", response_model=Page[Blueprint])
def list_blueprints(caller: Reader) -> Response:
    """List the blueprints that BOS ships."""
    return everything(blueprints.listing(caller.ctx, caller.actor))


@router.get("/{name}", operation_id="blueprints_show", response_model=Blueprint)
def show_blueprint(caller: Reader, name: Name) -> Response:
    """Show a blueprint: its template, signals, calendars, and what it names but BOS cannot compute yet."""
    return reply(blueprints.show(caller.ctx, caller.actor, name))


@router.post("/{name}/templates", operation_id="blueprints_create", response_model=Created, status_code=201)
def create_template(caller: Writer, name: Name, body: CreateBody) -> Response:
    """Make a template from a blueprint, with the signals and calendars it needs; all of them or nothing."""
    made = blueprints.create(caller.ctx, caller.actor, name, id=body.id, title=body.title, rationale=body.rationale)
    return reply(made, status=201, headers={"Location": f"/api/v1/templates/{made.template.id}"})
