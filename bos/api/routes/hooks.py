"""Webhooks: what others send to BOS, without a token: signed, or with a secret, as the connection says."""

import time
from typing import Annotated

import anyio
from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from bos.actions import receiving
from bos.api.bodies import WhyBody
from bos.api.callers import Reader, Writer
from bos.api.replies import reply
from bos.api.routes.sessions import context_of
from bos.errors import Unauthenticated
from bos.model.answers.connections import IncomingRow, Received, Reception
from bos.model.answers.page import Page

router = APIRouter(prefix="/api/v1", tags=["connections"])

ConnectionId = Annotated[str, Path(alias="id", description="Id of the connection.")]
Key = Annotated[str, Path(description="The secret, for senders that can sign nothing.")]
DeliveryId = Annotated[str, Path(description="Id of the delivery.")]
TURNED_AWAY_SECONDS = 0.1
"""Whoever is turned away waits so long, or a multiple: how long it took would tell which connections there are."""
_SENT = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}


@router.post("/hooks/{id}", operation_id="hooks_receive", response_model=Received, status_code=202, openapi_extra=_SENT)
async def receive(request: Request, id_: ConnectionId) -> Response:
    """Keep what a system sends; it is read later, once. It is signed as the connection says."""
    return await _kept(request, id_, "")


@router.post(
    "/hooks/{id}/{key}",
    operation_id="hooks_receive_by_key",
    response_model=Received,
    status_code=202,
    openapi_extra=_SENT,
)
async def receive_by_key(request: Request, id_: ConnectionId, key: Key) -> Response:
    """Keep what a system sends that can sign nothing: the address has the secret."""
    return await _kept(request, id_, key)


async def _kept(request: Request, connection: str, key: str) -> Response:
    body = await request.body()
    headers = dict(request.headers)

    def work() -> Received:
        return receiving.receive(context_of(request), connection, key, headers, body)

    begun = time.monotonic()
    try:
        done = await run_in_threadpool(work)
    except Unauthenticated:
        await anyio.sleep(TURNED_AWAY_SECONDS - (time.monotonic() - begun) % TURNED_AWAY_SECONDS)
        raise
    return reply(done, status=202, headers={"Cache-Control": "no-store"})


@router.get("/connections/{id}/reception", operation_id="connections_reception", response_model=Reception)
def reception(caller: Reader, id_: ConnectionId) -> Response:
    """Say where a system sends to over a connection, and how it proves who it is."""
    return reply(receiving.reception(caller.ctx, caller.actor, id_))


@router.get("/connections/{id}/incoming", operation_id="incoming_list", response_model=Page[IncomingRow])
def list_incoming(caller: Reader, id_: ConnectionId) -> Response:
    """List the last hundred deliveries of a connection, those that could not be read first."""
    return reply(receiving.incoming(caller.ctx, caller.actor, id_))


@router.post("/connections/{id}/incoming/{delivery}/retry", operation_id="incoming_retry", response_model=IncomingRow)
def retry(caller: Writer, id_: ConnectionId, delivery: DeliveryId, body: WhyBody) -> Response:
    """Read a delivery again that could not be read."""
    return reply(receiving.retry(caller.ctx, caller.actor, id_, delivery, rationale=body.rationale))
