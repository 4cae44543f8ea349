"""Working drafts: a person's unfinished edits."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from bos.actions import drafts
from bos.api.bodies import DraftBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Collection, Id
from bos.api.replies import reply
from bos.model.answers.documents import Draft
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1", tags=["drafts"])


@router.get("/drafts", operation_id="drafts_list", response_model=Page[Draft])
def list_drafts(caller: Reader) -> Response:
    """List the caller's own drafts."""
    return reply(drafts.mine(caller.ctx, caller.actor))


@router.get("/{collection}/{id}/draft", operation_id="drafts_open", response_model=Draft)
def open_draft(caller: Reader, collection: Collection, id_: Id) -> Response:
    """Open the caller's draft of a document; where there is none, it begins as the live version."""
    return reply(drafts.open_draft(caller.ctx, caller.actor, COLLECTIONS[collection], id_))


@router.put("/{collection}/{id}/draft", operation_id="drafts_save", response_model=Draft)
def save_draft(caller: Writer, collection: Collection, id_: Id, body: DraftBody) -> Response:
    """Save the caller's draft; an older revision is refused with both contents."""
    kind = COLLECTIONS[collection]
    done = drafts.save(
        caller.ctx, caller.actor, kind, id_, body.document, revision=body.revision, base_version=body.base_version
    )
    return reply(done)


@router.delete("/{collection}/{id}/draft", operation_id="drafts_discard", status_code=204)
def discard_draft(
    caller: Writer,
    collection: Collection,
    id_: Id,
    revision: Annotated[int, Query(description="The revision the caller saw.")],
) -> Response:
    """Throw the caller's draft away."""
    drafts.discard(caller.ctx, caller.actor, COLLECTIONS[collection], id_, revision=revision)
    return Response(status_code=204)
