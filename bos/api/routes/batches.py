"""Batches: several documents changed in one act, and decided together."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bos.actions import batches
from bos.api.bodies import BatchBody, SignatureBody
from bos.api.callers import Reader, Writer
from bos.api.replies import reply
from bos.model.answers.changes import Batch, BatchDecided, BatchSubmitted
from bos.model.kinds import COLLECTIONS

router = APIRouter(prefix="/api/v1/batches", tags=["changes"])

BatchId = Annotated[str, Path(alias="batch", description="Id of the batch.")]


@router.post("", operation_id="batches_submit", response_model=BatchSubmitted, status_code=201)
def submit_batch(caller: Writer, body: BatchBody) -> Response:
    """Submit changes of several documents in one act: all of them, or none.

    What is held of a document is one group; each role decides all of them together.
    """
    parts = [
        batches.Part(
            kind=COLLECTIONS[one.collection],
            id=one.id,
            base_version=one.base_version,
            changes=one.changes,
            document=one.document,
            saw=frozenset(one.saw),
        )
        for one in body.submissions
    ]
    done = batches.submit_many(caller.ctx, caller.actor, parts, rationale=body.rationale, origin=body.origin)
    return reply(done, status=201, headers={"Location": f"/api/v1/batches/{done.batch}"})


@router.get("/{batch}", operation_id="batches_show", response_model=Batch)
def show_batch(caller: Reader, batch: BatchId) -> Response:
    """Show a batch with the group of each document."""
    return reply(batches.show(caller.ctx, caller.actor, batch))


@router.post("/{batch}/signatures", operation_id="batches_sign", response_model=BatchDecided)
def sign_batch(caller: Writer, batch: BatchId, body: SignatureBody) -> Response:
    """Decide all groups of a batch that wait for a role of the caller; `items` names some of them by id."""
    done = batches.sign(caller.ctx, caller.actor, batch, decision=body.decision, comment=body.comment, items=body.items)
    return reply(done)
