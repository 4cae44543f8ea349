"""The caller."""

from fastapi import APIRouter, Response

import bos
from bos.api.callers import Reader
from bos.api.replies import reply
from bos.model.answers.people import Me

router = APIRouter(prefix="/api/v1/me", tags=["people"])


@router.get("", operation_id="me", response_model=Me)
def show_me(caller: Reader) -> Response:
    """Say who the caller is, and which version of BOS answers."""
    actor = caller.actor
    display, roles = actor.display or actor.person, tuple(sorted(actor.roles))
    return reply(Me(person=actor.person, display=display, roles=roles, version=bos.__version__))
