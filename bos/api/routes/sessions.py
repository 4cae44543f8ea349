"""Who is signed in: the front door for browsers, the session, and the tickets of kernels."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from bos.actions import sessions, sign_on
from bos.actions.context import Context
from bos.actions.identities import operator
from bos.api import pages
from bos.api.bodies import ActingBody, TicketBody, TokenBody
from bos.api.callers import Reader, Writer
from bos.api.replies import reply
from bos.auth import cookie
from bos.model.answers.people import Access, SessionAnswer, Ticket

if TYPE_CHECKING:
    from bos.api.identity import Doorkeeper

router = APIRouter(tags=["people"])

_SECRET = {"Cache-Control": "no-store"}
NO_TRACE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""Headers of an answer that leads on from an address with a secret in it."""


@router.get("/", include_in_schema=False)
async def show_front(request: Request, key: Annotated[str | None, Query()] = None) -> Response:
    """Sign a browser in that brings the key of this start, and lead it to the apps; or to the sign-on, where one is."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    if key is not None and not doorkeeper.is_start_key(key):
        return pages.sign_in(wrong_key=True, at=here(request, ""))
    known = await doorkeeper.by_cookie(request.headers)
    if known is None and doorkeeper.provider is not None:
        return RedirectResponse(here(request, "/sign-in"), 303, NO_TRACE)
    if known is None and key is None:
        return pages.sign_in(wrong_key=False, at=here(request, ""))
    answer = RedirectResponse(f"{apps_of(request)}/", 303, NO_TRACE)
    if known is None:
        secret = await run_in_threadpool(lambda: sessions.begin(context_of(request), operator()))
        set_session(request, answer, secret)
    return answer


def set_session(request: Request, answer: Response, secret: str) -> None:
    """Give the browser the cookie of a session, for as long as one may last."""
    state = request.app.state
    answer.set_cookie(
        cookie.NAME,
        cookie.signed(state.doorkeeper.key, secret),
        max_age=state.opened.settings.session_hours * 3600,
        **closed(request),
    )


def closed(request: Request) -> dict[str, Any]:
    """Return how a cookie is closed: to scripts, to other sites, and under TLS to anything else."""
    return {"httponly": True, "samesite": "lax", "secure": request.url.scheme == "https"}


@router.get("/sign-out", include_in_schema=False)
async def ask_sign_out(request: Request) -> Response:
    """Ask whether to sign out."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    known = await doorkeeper.by_cookie(request.headers)
    if known is None:
        return pages.signed_out(by_provider=doorkeeper.provider is not None, at=here(request, ""))
    provider, end = doorkeeper.provider, None
    if provider is not None and known.session.issuer is not None:
        end = await run_in_threadpool(lambda: provider.end_url(None, ""))
    name = known.owner.display or known.owner.person
    return pages.ask_sign_out(name, at=here(request, ""), leads_to=end or "")


@router.post("/sign-out", include_in_schema=False)
async def sign_out(request: Request) -> Response:
    """End the session of this browser, and lead it to where it signs out of the provider too."""
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    known, provider = await doorkeeper.by_cookie(request.headers), doorkeeper.provider
    answer = pages.signed_out(by_provider=provider is not None, at=here(request, ""))
    if known is not None:
        ctx, back = context_of(request), f"{request.app.state.opened.settings.address}/sign-out"
        await run_in_threadpool(lambda: sessions.end(ctx, known))
        if provider is not None and known.session.issuer is not None:
            end = await run_in_threadpool(lambda: provider.end_url(sign_on.id_token(ctx, known), back))
            answer = RedirectResponse(end, 303, NO_TRACE) if end else answer
    answer.delete_cookie(cookie.NAME, **closed(request))
    return answer


@router.get("/api/v1/session", operation_id="session_show", response_model=SessionAnswer)
def show_session(caller: Reader) -> Response:
    """Say who is signed in and acts as whom; in a demo, with the sample people."""
    return reply(sessions.show(caller.ctx, caller.actor, caller.known))


@router.post("/api/v1/session/acting", operation_id="session_act", response_model=SessionAnswer)
def act(caller: Writer, body: ActingBody) -> Response:
    """Act as a sample person of a demo from here on, or as oneself again; no other home can."""
    return reply(sessions.act_as(caller.ctx, caller.known, body.person))


@router.post("/api/v1/tickets", operation_id="tickets_issue", response_model=Ticket, status_code=201)
def issue_ticket(caller: Writer) -> Response:
    """Return a ticket for a kernel, to a browser that is signed in. A repetition returns another one."""
    return reply(sessions.issue_ticket(caller.ctx, caller.known), status=201, headers=_SECRET)


@router.post("/api/v1/tickets/exchange", operation_id="tickets_exchange", response_model=Access)
def exchange_ticket(request: Request, body: TicketBody) -> Response:
    """Trade a ticket for a token, once. The ticket says who calls; a repetition is refused."""
    return reply(sessions.exchange(context_of(request), body.ticket), headers=_SECRET)


@router.post("/api/v1/tickets/renew", operation_id="tickets_renew", response_model=Access)
def renew_token(request: Request, body: TokenBody) -> Response:
    """Trade a token for a new one while its session lives. The token says who calls."""
    return reply(sessions.renew(context_of(request), body.token), headers=_SECRET)


def context_of(request: Request) -> Context:
    """Return the context of a request that no route's caller stands for."""
    ctx: Context = request.app.state.opened.context()
    return replace(ctx, request_id=request.state.request_id, origin="app")


def here(request: Request, path: str) -> str:
    """Return a path of the API as the browser knows it, which may reach BOS through a proxy that adds to it."""
    return f"{request.scope.get('root_path', '')}{path}"


def apps_of(request: Request) -> str:
    """Return the address of the apps, under the name the browser knows this machine by."""
    settings = request.app.state.opened.settings
    if settings.apps_url is not None and request.url.hostname == settings.public_host:
        return str(settings.apps_url)
    name = request.url.hostname or "127.0.0.1"
    shown = f"[{name}]" if ":" in name else name
    return f"{request.url.scheme}://{shown}:{settings.apps_at}{settings.apps_path.rstrip('/')}"
