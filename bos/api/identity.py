"""Who calls.

Whoever has the token of the home, or opened the address that the terminal shows, acts as the operating-system user that
BOS runs as; a kernel acts as the person of its session, a program as the person whose token it has.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import cookie_parser

from bos.actions import sessions, tokens
from bos.actions.identities import operator
from bos.auth import cookie
from bos.errors import Unauthenticated
from bos.home import Home

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from bos.actions.sessions import Known
    from bos.api.state import Opened
    from bos.auth.actor import Actor

_HINT = "Send the header Authorization: Bearer TOKEN; the token is in the file token of the home."


class Doorkeeper:
    """Lets those in who have the token of the home, a token of a person or a kernel, or the cookie of a session."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._home = Home(opened.settings.home)
        self._token = b""
        self._key = ""

    async def admit(self, headers: Headers) -> tuple[Actor, Known | None]:
        """Return who calls, and the session where the call has one.

        Raises:
            Unauthenticated: there is neither token nor cookie, or none that is good.
        """
        authorization = headers.get("authorization", "")
        if authorization:
            return await self._by_token(authorization)
        known = await self.by_cookie(headers)
        if known is None:
            raise Unauthenticated("Nobody is signed in: the request carries no token.", hint=_HINT)
        return known.actor, known

    async def by_cookie(self, headers: Headers) -> Known | None:
        """Return who has the session of the cookie; nothing without a cookie, or with one that is not good."""
        value = cookie_parser(headers.get("cookie", "")).get(cookie.NAME, "")
        self._key = self._key or self._home.session_key()
        secret = cookie.secret_of(self._key, value)
        if secret is None:
            return None
        try:
            return await run_in_threadpool(lambda: sessions.of_cookie(self._opened.context(), secret))
        except Unauthenticated:
            return None

    def cookie_of(self, secret: str) -> str:
        """Return the value of the cookie of a session."""
        self._key = self._key or self._home.session_key()
        return cookie.signed(self._key, secret)

    def is_start_key(self, key: str) -> bool:
        """Return whether ``key`` is the one in the address that the terminal shows."""
        wanted = self._home.start_key()
        return wanted is not None and hmac.compare_digest(key.encode(errors="replace"), wanted.encode())

    async def _by_token(self, authorization: str) -> tuple[Actor, Known | None]:
        scheme, _, token = authorization.partition(" ")
        self._token = self._token or self._home.token().encode()
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token):
            return operator(), None
        if scheme.lower() == "bearer" and token.strip().startswith(tokens.PREFIX):
            return await run_in_threadpool(lambda: tokens.of_secret(self._opened.context(), token.strip())), None
        try:
            if scheme.lower() == "bearer":
                known = await run_in_threadpool(lambda: sessions.of_token(self._opened.context(), token.strip()))
                return known.actor, known
        except Unauthenticated:
            pass
        raise Unauthenticated("The token is not the one of this home, or not good any more.", hint=_HINT)
