"""Templates, signals and calendars: one set of routes, since all are documents."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from bos.actions import changes, documents, owners, relations
from bos.actions.live import live
from bos.api.bodies import PutBody, RestoreBody, RollbackBody, SubmissionBody, ValidateBody
from bos.api.callers import Caller, Reader, Writer
from bos.api.conditions import base_version
from bos.api.parameters import Collection, Cursor, Id, IfMatch, IfNoneMatch, Limit, Rationale
from bos.api.replies import document, everything, reply, submitted
from bos.model.answers.changes import Submitted
from bos.model.answers.documents import Difference, DocumentAnswer, DocumentRow, Relation, Validation, VersionRow
from bos.model.answers.owners import OwnedPart
from bos.model.answers.page import Page
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1", tags=["documents"])

_CREATED: dict[int | str, dict[str, Any]] = {201: {"model": Submitted, "description": "It was created."}}


@router.get("/{collection}", operation_id="documents_list", response_model=Page[DocumentRow])
def list_documents(
    caller: Reader,
    collection: Collection,
    *,
    tag: Annotated[str | None, Query(description="Only those with this tag.")] = None,
    owner: Annotated[str | None, Query(description="Only those of this role.")] = None,
    state: Annotated[str | None, Query(description="Only those in this state.")] = None,
    text: Annotated[str | None, Query(description="Only those with these words.")] = None,
    retired: Annotated[bool, Query(description="Retired ones too.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List the documents of a kind, by id."""
    found = documents.listing(
        caller.ctx,
        caller.actor,
        COLLECTIONS[collection],
        tag=tag,
        owner=owner,
        state=state,
        text=text,
        retired=retired,
        cursor=cursor,
        limit=limit,
    )
    return reply(found)


@router.post("/{collection}/validate", operation_id="documents_validate", response_model=Validation)
def validate_document(caller: Writer, collection: Collection, body: ValidateBody) -> Response:
    """Check a document and say what submitting it would do; nothing is stored."""
    kind = COLLECTIONS[collection]
    return reply(documents.validate(caller.ctx, caller.actor, kind, body.document, id=body.id))


@router.get("/{collection}/{id}", operation_id="documents_show", response_model=DocumentAnswer)
def show_document(
    caller: Reader,
    collection: Collection,
    id_: Id,
    *,
    version: Annotated[int | None, Query(ge=1, description="This version instead of the live one.")] = None,
    as_of: Annotated[AwareDatetime | None, Query(description="The version that was live then.")] = None,
    view: Annotated[Literal["live", "proposed"], Query(description="`proposed`: with every held change.")] = "live",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Show a document with its approvals and what waits. The ETag names its version."""
    kind = COLLECTIONS[collection]
    if version is None and as_of is None and view == "live":
        kept = live(caller.ctx, caller.actor, kind, id_)
        return document(kept.version, kept.body, if_none_match)
    found = documents.show(caller.ctx, caller.actor, kind, id_, version=version, as_of=as_of, view=view)
    return document(found.version, found.model_dump_json().encode(), if_none_match)


@router.put("/{collection}/{id}", operation_id="documents_put", response_model=Submitted, responses={**_CREATED})
def put_document(
    caller: Writer,
    collection: Collection,
    id_: Id,
    body: PutBody,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Create a document, or submit the whole of it as it is to be; the latter needs `If-Match`."""
    kind = COLLECTIONS[collection]
    base = base_version(if_match, if_none_match, current=lambda: _live(caller, kind, id_))
    done = documents.put(
        caller.ctx,
        caller.actor,
        kind,
        id_,
        body.document,
        rationale=body.rationale,
        base_version=base,
        saw=body.saw,
        draft=body.draft,
    )
    return submitted(done, status=200 if base else 201)


@router.delete("/{collection}/{id}", operation_id="documents_delete", response_model=Submitted)
def delete_document(
    caller: Writer, collection: Collection, id_: Id, rationale: Rationale, if_match: IfMatch = None
) -> Response:
    """Retire a document: it is served read-only from then on. What was approved waits for signatures first."""
    kind = COLLECTIONS[collection]
    base = base_version(if_match, current=lambda: _live(caller, kind, id_))
    done = documents.delete(caller.ctx, caller.actor, kind, id_, rationale=rationale, base_version=base)
    return submitted(done)


@router.post(
    "/{collection}/{id}/submissions", operation_id="documents_submit", response_model=Submitted, status_code=201
)
def submit_changes(caller: Writer, collection: Collection, id_: Id, body: SubmissionBody) -> Response:
    """Submit changes of fields: free ones go live at once, changes of approved critical values wait for signatures."""
    done = changes.submit(
        caller.ctx,
        caller.actor,
        COLLECTIONS[collection],
        id_,
        base_version=body.base_version,
        changes=body.changes,
        document=body.document,
        rationale=body.rationale,
        saw=body.saw,
        origin=body.origin,
    )
    return submitted(done, status=201)


@router.post(
    "/{collection}/{id}/rollback", operation_id="documents_rollback", response_model=Submitted, status_code=201
)
def roll_back(
    caller: Writer, collection: Collection, id_: Id, body: RollbackBody, if_match: IfMatch = None
) -> Response:
    """Submit the difference to an older version."""
    kind = COLLECTIONS[collection]
    base = base_version(if_match, current=lambda: _live(caller, kind, id_))
    done = documents.rollback(
        caller.ctx,
        caller.actor,
        kind,
        id_,
        body.version,
        rationale=body.rationale,
        base_version=base,
        saw=body.saw,
    )
    return submitted(done, status=201)


@router.post("/{collection}/{id}/restore", operation_id="documents_restore", response_model=Submitted, status_code=201)
def restore_document(caller: Writer, collection: Collection, id_: Id, body: RestoreBody) -> Response:
    """Bring a retired document back, with its approvals."""
    kind = COLLECTIONS[collection]
    return submitted(documents.restore(caller.ctx, caller.actor, kind, id_, rationale=body.rationale), status=201)


@router.get("/{collection}/{id}/history", operation_id="documents_history", response_model=Page[VersionRow])
def show_history(
    caller: Reader, collection: Collection, id_: Id, cursor: Cursor = None, limit: Limit = 100
) -> Response:
    """List the versions of a document, newest first, with what changed in words."""
    kind = COLLECTIONS[collection]
    return reply(documents.history(caller.ctx, caller.actor, kind, id_, cursor=cursor, limit=limit))


@router.get("/{collection}/{id}/diff", operation_id="documents_diff", response_model=Difference)
def show_difference(
    caller: Reader,
    collection: Collection,
    id_: Id,
    old: Annotated[int, Query(ge=1, description="The older version.")],
    new: Annotated[int, Query(ge=1, description="The newer version.")],
) -> Response:
    """Compare two versions, by field and in words."""
    return reply(documents.difference(caller.ctx, caller.actor, COLLECTIONS[collection], id_, old, new))


@router.get("/{collection}/{id}/relations", operation_id="documents_relations", response_model=Page[Relation])
def show_relations(caller: Reader, collection: Collection, id_: Id) -> Response:
    """List what a document is tied to and what is tied to it."""
    return everything(relations.around(caller.ctx, caller.actor, COLLECTIONS[collection], id_))


@router.get("/{collection}/{id}/owners", operation_id="documents_owners", response_model=Page[OwnedPart])
def show_owners(caller: Reader, collection: Collection, id_: Id) -> Response:
    """List who answers for which fields of a document, part by part."""
    return reply(owners.of_document(caller.ctx, caller.actor, COLLECTIONS[collection], id_))


def _live(caller: Caller, kind: str, id_: str) -> int:
    return documents.show(caller.ctx, caller.actor, kind, id_).version
