"""Search over everything people made."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from bos.actions import search
from bos.api.callers import Reader
from bos.api.parameters import Cursor, Found, Limit
from bos.api.replies import everything, reply
from bos.model.answers.documents import Hit, SearchFilter
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1/search", tags=["search"])


@router.get("", operation_id="search", response_model=Page[Hit])
def find(
    caller: Reader,
    *,
    q: Annotated[str, Query(description="Words to look for.")] = "",
    collection: Annotated[list[Found] | None, Query(description="Only of these kinds.")] = None,
    tag: Annotated[str | None, Query(description="Only with this tag.")] = None,
    owner: Annotated[str | None, Query(description="Only what belongs to this role.")] = None,
    role: Annotated[str | None, Query(description="Only what has a field this role answers for.")] = None,
    state: Annotated[str | None, Query(description="Only in this state.")] = None,
    uses: Annotated[str | None, Query(description="Only what is tied to this document.")] = None,
    step: Annotated[str | None, Query(description="Only what has to do with this step of a flow.")] = None,
    system: Annotated[str | None, Query(description="Only what depends on this system.")] = None,
    regulation: Annotated[str | None, Query(description="Only what is evidence for this rule.")] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Response:
    """Search titles, descriptions, tags and contents of documents and KPIs; the best match first."""
    found = search.find(
        caller.ctx,
        caller.actor,
        q,
        kinds=tuple(COLLECTIONS.get(each, "kpi") for each in collection or ()),
        tag=tag,
        owner=owner,
        role=role,
        state=state,
        uses=uses,
        step=step,
        system=system,
        regulation=regulation,
        cursor=cursor,
        limit=limit,
    )
    return reply(found)


@router.get("/filters", operation_id="searchFilters", response_model=Page[SearchFilter])
def filters(caller: Reader) -> Response:
    """List what searches can be narrowed by, with how many documents and KPIs have it."""
    return everything(search.filters(caller.ctx, caller.actor).items)
