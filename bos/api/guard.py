"""What every request passes before it reaches a route: host, origin, who is signed in, how many, size."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from bos.api.problems import MIB, response_of, too_large
from bos.errors import BosError, Forbidden, Unauthenticated, UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bos.api.identity import Doorkeeper
    from bos.api.rates import Rates

_READ = ("GET", "HEAD")
OPEN = {
    **dict.fromkeys(("/", "/healthz", "/readyz", "/metrics", "/api/docs", "/api/openapi.json"), _READ),
    "/sign-out": (*_READ, "POST"),
    "/sign-in": _READ,
    "/sign-on/callback": _READ,
    "/sign-on/ended": ("POST",),
    "/api/v1/tickets/exchange": ("POST",),
    "/api/v1/tickets/renew": ("POST",),
    "/api/v1/tokens/sign-on": ("POST",),
}
"""Addresses, with the methods, that ask for no token: they show no content, or are given what they ask for otherwise.

Any other method there may be that of a route for many addresses, which does ask.
"""
OPEN_FOLDER = "/api/docs/"
HOOKS = "/api/v1/hooks/"
"""Below it, what is sent is asked for no token: each connection says how it is signed."""
_UPLOADS = re.compile(r"/api/v1/flows/[^/]+/imports")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/?#@\s]+)(?::(?P<port>\d{1,5}))?")


class Guard:
    """Refuses requests that came to another host name, from another site's page, from nobody, or too large.

    The host check stops a page of another site from reaching BOS under a name that it made point here (DNS
    rebinding); the origin check stops its forms and scripts from writing. No cross-origin reading is ever allowed.
    """

    def __init__(
        self, app: ASGIApp, doorkeeper: Doorkeeper, *, rates: Rates, upload: int, public_url: str | None = None
    ) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._rates = rates
        self._upload = upload
        self._public = urlsplit(public_url or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a problem, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, most = Headers(scope=scope), self._most(scope)
        try:
            name = check_host(headers, self._public.hostname)
            await self._check(scope, headers, most)
            self._name_as_seen(scope, name)
        except BosError as error:
            answer = response_of(error, request_id=scope["state"]["request_id"])
            await answer(scope, receive, send)
            return
        await self._app(scope, _limited(receive, most), send)

    async def _check(self, scope: Scope, headers: Headers, most: int) -> None:
        if scope["method"] not in _SAFE:
            check_origin(headers)
        if scope["path"].startswith(HOOKS) and scope["method"] == "POST":
            self._rates.count(f"address {(scope.get('client') or ('?', 0))[0]}")
        elif scope["method"] not in OPEN.get(scope["path"], ()) and not scope["path"].startswith(OPEN_FOLDER):
            await self._admit(scope, headers)
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > most:
            raise too_large(most)

    def _name_as_seen(self, scope: Scope, name: str) -> None:
        """Give a request that came by the public name the scheme and the path that its browser knows."""
        if name.lower() == self._public.hostname:
            scope["scheme"] = self._public.scheme
            scope["root_path"] = self._public.path
            scope["path"] = f"{self._public.path}{scope['path']}"

    async def _admit(self, scope: Scope, headers: Headers) -> None:
        """Note who calls; secrets that are not good are counted by the address they come from."""
        try:
            actor, known = await self._doorkeeper.admit(headers)
        except Unauthenticated:
            self._rates.count(f"address {(scope.get('client') or ('?', 0))[0]}")
            raise
        scope["state"]["actor"], scope["state"]["known"] = actor, known
        if actor.token is not None:
            self._rates.count(f"token {actor.token}")
        elif known is not None:
            self._rates.count(f"person {known.owner.person}")

    def _most(self, scope: Scope) -> int:
        """Return how many bytes are read of a body."""
        return self._upload if _UPLOADS.fullmatch(scope["path"]) else MIB


def check_host(headers: Headers, public: str | None = None) -> str:
    """Return the name a request came by: this machine's loopback, or the public name of BOS.

    Raises:
        UsageError: it names another host, or none.
    """
    given = headers.getlist("host")
    match = _HOST.fullmatch(given[0]) if len(given) == 1 else None
    name = match["name"].strip("[]") if match is not None else ""
    if not name or (name.lower() != public and not _loopback(name)):
        raise UsageError(
            "BOS does not answer under this name.",
            where="Host",
            hint=f"Use https://{public}." if public else "Use http://127.0.0.1 or http://localhost.",
            code="host",
        )
    return name


def _loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def check_origin(headers: Headers) -> None:
    """Return when a write comes from a program or from a page of BOS itself.

    Raises:
        Forbidden: it comes from a page of another site.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    own = origin is None or origin.partition("://")[2] == headers.get("host")
    if not own or site not in {"none", "same-origin"}:
        raise Forbidden("A page of another site may not write here.", where="Origin", code="origin")


def _limited(receive: Receive, most: int) -> Receive:
    """Return ``receive`` that gives up when more than ``most`` bytes have come."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise HTTPException(413, detail=str(most))
        return message

    return counted
