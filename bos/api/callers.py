"""What a route is given: who calls, and the context of this one request."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Header, Request
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool

from bos.actions.context import Context
from bos.actions.identities import delegated
from bos.actions.sessions import Known
from bos.api.conditions import key_of
from bos.auth.actor import Actor
from bos.errors import Invalid, Problem

if TYPE_CHECKING:
    from bos.api.state import Opened

Origin = Annotated[str, Header(alias="X-BOS-Origin", description="The face the request comes from.")]
OnBehalfOf = Annotated[
    str | None,
    Header(alias="X-BOS-On-Behalf-Of", description="The person whom the caller stands in for, by a delegation."),
]
_ORIGINS = frozenset({"library", "cli", "app", "ci"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the context of this request; ``known`` is the session, where the call has one."""

    ctx: Context
    actor: Actor
    known: Known | None = None


async def reading(
    request: Request,
    origin: Origin = "api",
    for_: OnBehalfOf = None,
) -> Caller:
    """Return who reads."""
    known_parameters(request)
    return await _caller(request, origin, key=None, for_=for_)


async def writing(
    request: Request,
    origin: Origin = "api",
    for_: OnBehalfOf = None,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="A write that is repeated with the same key and content is done once and answered alike.",
        ),
    ] = None,
) -> Caller:
    """Return who writes, with the key under which the write is done once."""
    known_parameters(request)
    return await _caller(request, origin, key=key_of(key), for_=for_)


async def _caller(request: Request, origin: str, *, key: str | None, for_: str | None) -> Caller:
    opened: Opened = request.app.state.opened
    ready = opened.ready
    ctx = ready if ready is not None else await run_in_threadpool(opened.context)
    known: Known | None = request.state.known
    named = replace(
        ctx,
        request_id=request.state.request_id,
        origin=(known and known.origin) or _origin(origin, request.state.actor),
        idempotency_key=key,
    )
    actor = request.state.actor
    if for_ is not None:
        actor = await run_in_threadpool(lambda: delegated(ctx, request.state.actor, for_))
    return Caller(named, actor, known)


def _origin(face: str, actor: Actor) -> str:
    """Return the face a request comes through, and the token it comes with."""
    found = face if face in _ORIGINS else "api"
    return f"{found}, token {actor.token}" if actor.token else found


def known_parameters(request: Request) -> None:
    """Return when the route knows every query parameter: a misspelt one must not be ignored.

    Raises:
        Invalid: it does not know one; all of them are named.
    """
    known = set(_query_names(request.scope["route"].dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        hint = f"Known here: {', '.join(sorted(known))}." if known else "This address takes none."
        raise Invalid(
            f"There is no query parameter {unknown[0]!r}." if len(unknown) == 1 else "Query parameters are not known.",
            hint=hint,
            problems=tuple(Problem(name, f"{name} is not a query parameter.", hint, "unknown") for name in unknown),
            code="request",
        )


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_names(below)


Reader = Annotated[Caller, Depends(reading)]
Writer = Annotated[Caller, Depends(writing)]
