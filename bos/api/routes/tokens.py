"""Tokens by which programs call as a person."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from bos.actions import tokens
from bos.api.bodies import TokenWish, WhyBody
from bos.api.callers import Reader, Writer
from bos.api.parameters import Cursor, Limit
from bos.api.replies import reply
from bos.model.answers.page import Page
from bos.model.answers.tokens import ApiToken, NewToken

router = APIRouter(prefix="/api/v1", tags=["people"])

TokenId = Annotated[str, Path(alias="token", description="Id of the token; not its secret.")]


@router.get("/tokens", operation_id="tokens_list", response_model=Page[ApiToken])
def list_tokens(
    caller: Reader,
    *,
    everybody: Annotated[bool, Query(description="Those of all people; for administrators.")] = False,
    ended: Annotated[bool, Query(description="Also those that are good no more.")] = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """List the caller's tokens, the newest first, without their secrets."""
    found = tokens.listing(caller.ctx, caller.actor, everybody=everybody, ended=ended, cursor=cursor, limit=limit)
    return reply(found)


@router.post("/tokens", operation_id="tokens_make", response_model=NewToken, status_code=201)
def make_token(caller: Writer, body: TokenWish) -> Response:
    """Make a token for a program of the caller's. Its secret is told this once; a repetition makes another token."""
    made = tokens.make(
        caller.ctx,
        caller.actor,
        body.title,
        kind=body.kind,
        rights=body.rights,
        scope=body.scope,
        value=body.value,
        expires_at=body.expires_at,
        rationale=body.rationale,
    )
    return reply(made, status=201, headers={"Cache-Control": "no-store"})


@router.post("/tokens/{token}/end", operation_id="tokens_end", response_model=ApiToken)
def end_token(caller: Writer, token: TokenId, body: WhyBody) -> Response:
    """Let a token be good no more, from now on: its person can, and an administrator."""
    return reply(tokens.end(caller.ctx, caller.actor, token, rationale=body.rationale))
