"""Sign-on: to the provider and back, and what the provider says when it signs somebody out."""

import hmac
import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from bos.actions import sign_on
from bos.api import pages
from bos.api.bodies import IdentityBody
from bos.api.replies import reply
from bos.api.routes.sessions import NO_TRACE, apps_of, closed, context_of, here, set_session
from bos.auth import cookie
from bos.auth.provider_tokens import Refused
from bos.errors import BosError, NotFound, UsageError
from bos.model.answers.tokens import NewToken

if TYPE_CHECKING:
    from bos.api.identity import Doorkeeper
    from bos.auth.provider import Provider

router = APIRouter(tags=["people"], include_in_schema=False)
shown = APIRouter(tags=["people"])
"""What stands in the OpenAPI document."""

_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")  # of the apps; never another host's
_PATH_MOST = 2000

Text = Annotated[str, Query()]


@router.get("/sign-in")
async def sign_in(request: Request, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Lead a browser to the provider; ``next`` is the page of the apps it wants to see."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    provider = doorkeeper.provider
    if provider is None:
        return RedirectResponse(here(request, "/"), 303, NO_TRACE)
    try:
        begun = await run_in_threadpool(provider.start)
    except BosError as error:
        return pages.refused(error, at=here(request, ""))
    wanted = next_ if _PATH.fullmatch(next_) and len(next_) <= _PATH_MOST else "/"
    told = {"state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": wanted}
    answer = RedirectResponse(begun.url, 303, NO_TRACE)
    answer.set_cookie(
        cookie.started_name(begun.state),
        cookie.started(doorkeeper.key, told),
        max_age=cookie.STARTED_SECONDS,
        path=here(request, "/sign-on"),
        **closed(request),
    )
    return answer


@router.get("/sign-on/callback")
async def come_back(
    request: Request, state: Text = "", code: Text = "", error: Text = "", iss: Annotated[str | None, Query()] = None
) -> Response:
    """Sign in a browser that comes back from the provider, when it is the one that went there."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    name = cookie.started_name(state)
    told = cookie.started_of(doorkeeper.key, request.cookies.get(name, ""))
    try:
        if doorkeeper.provider is None or told is None or not _same(told["state"], state):
            raise Refused(
                "This sign-in was begun in another browser, or too long ago.", hint="Sign in again from here."
            )
        if error:
            raise Refused("The provider of the sign-on let you go without signing you in.", hint="Sign in again.")
        secret = await run_in_threadpool(
            _arrived, request, doorkeeper.provider, code, told["nonce"], told["verifier"], iss
        )
    except BosError as problem:
        answer = pages.refused(problem, at=here(request, ""))
    else:
        answer = RedirectResponse(f"{apps_of(request)}{told['next']}", 303, NO_TRACE)
        set_session(request, answer, secret)
    answer.delete_cookie(name, path=here(request, "/sign-on"), **closed(request))
    return answer


def _arrived(request: Request, provider: "Provider", code: str, nonce: str, verifier: str, iss: str | None) -> str:
    told = provider.finish(code, nonce, verifier, issuer=iss)
    return sign_on.arrive(context_of(request), told)


@router.post("/sign-on/ended")
async def end_sessions(request: Request) -> Response:
    """Take the provider's word that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0)."""
    provider: Provider | None = request.app.state.doorkeeper.provider
    if provider is None:
        raise NotFound("There is no sign-on here.", where="/sign-on/ended")
    try:
        form = parse_qs((await request.body()).decode("ascii"), max_num_fields=20)
    except ValueError as error:
        raise UsageError("This is no form.", where="/sign-on/ended") from error
    token = form.get("logout_token", [""])[0]

    def work() -> None:
        sign_on.signed_out(context_of(request), provider.signed_out(token))

    await run_in_threadpool(work)
    return Response(headers={"Cache-Control": "no-store"})


@shown.post("/api/v1/tokens/sign-on", operation_id="tokens_sign_on", response_model=NewToken, status_code=201)
def trade_sign_in(request: Request, body: IdentityBody) -> Response:
    """Trade the identity token of a sign-in at a JupyterHub for a token of the person. The token says who calls."""
    settings, provider = request.app.state.opened.settings, request.app.state.doorkeeper.provider
    if provider is None or settings.oidc_hub_client_id is None:
        raise NotFound("No JupyterHub is known here.", where="id_token", hint="Set BOS_OIDC_HUB_CLIENT_ID.")
    told = provider.vouched(body.id_token, settings.oidc_hub_client_id, access=body.access_token)
    return reply(sign_on.trade(context_of(request), told), status=201, headers={"Cache-Control": "no-store"})


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
