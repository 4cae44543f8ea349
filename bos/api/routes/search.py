"""Search over everything people made."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from bos.actions import search
from bos.api.callers import Reader
from bos.api.parameters import Collection, Cursor, Limit
from bos.api.replies import reply
from bos.model.answers.documents import Hit
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1/search", tags=["search"])


@router.get("", operation_id="search", response_model=Page[Hit])
def find(
    caller: Reader,
    *,
    q: Annotated[str, Query(description="Words to look for.")] = "",
    collection: Annotated[list[Collection] | None, Query(description="Only of these kinds.")] = None,
    tag: Annotated[str | None, Query(description="Only with this tag.")] = None,
    owner: Annotated[str | None, Query(description="Only of this role.")] = None,
    state: Annotated[str | None, Query(description="Only in this state.")] = None,
    uses: Annotated[str | None, Query(description="Only what is tied to this document.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """Search titles, descriptions, tags and contents; the best match first."""
    found = search.find(
        caller.ctx,
        caller.actor,
        q,
        kinds=tuple(COLLECTIONS[each] for each in collection or ()),
        tag=tag,
        owner=owner,
        state=state,
        uses=uses,
        cursor=cursor,
        limit=limit,
    )
    return reply(found)
