"""Changes that wait, and what became of them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import changes
from bos.api.bodies import SignatureBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Collection, Cursor, Limit
from bos.api.replies import reply
from bos.model.answers.changes import Decided, Group, GroupState
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1/changes", tags=["changes"])

GroupId = Annotated[str, Path(description="Id of the group.")]


@router.get("", operation_id="changes_list", response_model=Page[Group])
def list_groups(
    caller: Reader,
    *,
    collection: Annotated[Collection | None, Query(description="Only of this kind.")] = None,
    id_: Annotated[str | None, Query(alias="id", description="Only of this document.")] = None,
    state: Annotated[GroupState | None, Query(description="Only in this state, such as `waiting`.")] = None,
    mine: Annotated[bool, Query(description="Only those for which a signature of the caller would count now.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List groups of changes, newest first."""
    kind = COLLECTIONS[collection] if collection else None
    found = changes.groups(
        caller.ctx, caller.actor, kind=kind, id=id_, state=state, mine=mine, cursor=cursor, limit=limit
    )
    return reply(found)


@router.get("/{group}", operation_id="changes_show", response_model=Group)
def show_group(caller: Reader, group: GroupId) -> Response:
    """Show a group: its changes, authors, who has to sign, what was decided."""
    return reply(changes.group(caller.ctx, caller.actor, group))


@router.post("/{group}/signatures", operation_id="changes_sign", response_model=Decided)
def sign_group(caller: Writer, group: GroupId, body: SignatureBody) -> Response:
    """Sign a group in every role of the caller that it waits for, reject it, or call for rework."""
    done = changes.sign(caller.ctx, caller.actor, group, decision=body.decision, comment=body.comment, items=body.items)
    return reply(done)


@router.delete("/{group}", operation_id="changes_withdraw", response_model=Decided)
def withdraw_group(
    caller: Writer, group: GroupId, comment: Annotated[str, Query(description="Why; may be empty.")] = ""
) -> Response:
    """Take a waiting change back; for its authors."""
    return reply(changes.withdraw(caller.ctx, caller.actor, group, comment=comment))
