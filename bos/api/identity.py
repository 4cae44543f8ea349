"""Who calls.

Whoever has the token of the home, or opened the address that the terminal shows, acts as the operating-system user that
BOS runs as; a kernel acts as the person of its session, a program as the person whose token it has.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import cookie_parser

from bos.actions import sessions, sign_on, tokens
from bos.actions.identities import operator
from bos.auth import cookie
from bos.auth.provider import Provider, registration
from bos.errors import Unauthenticated
from bos.home import Home

if TYPE_CHECKING:
    from collections.abc import Callable

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
        self.provider = Provider(registration(opened.settings)) if opened.settings.sign_on else None

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
        secret = cookie.secret_of(self.key, value)
        if secret is None:
            return None
        try:
            return await self._vouched_for(lambda: sessions.of_cookie(self._opened.context(), secret))
        except Unauthenticated:
            return None

    @property
    def key(self) -> str:
        """The key that signs cookies."""
        self._key = self._key or self._home.session_key()
        return self._key

    def is_start_key(self, key: str) -> bool:
        """Return whether ``key`` is the one in the address that the terminal shows."""
        wanted = self._home.start_key() if self.provider is None else None
        return wanted is not None and hmac.compare_digest(key.encode(errors="replace"), wanted.encode())

    async def _by_token(self, authorization: str) -> tuple[Actor, Known | None]:
        scheme, _, token = authorization.partition(" ")
        self._token = self._token or self._home.token().encode()
        if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token):
            return operator(alone=self.provider is None), None
        if scheme.lower() == "bearer" and token.strip().startswith(tokens.PREFIX):
            return await run_in_threadpool(lambda: tokens.of_secret(self._opened.context(), token.strip())), None
        try:
            if scheme.lower() == "bearer":
                known = await self._vouched_for(lambda: sessions.of_token(self._opened.context(), token.strip()))
                return known.actor, known
        except Unauthenticated:
            pass
        raise Unauthenticated("The token is not the one of this home, or not good any more.", hint=_HINT)

    async def _vouched_for(self, read: Callable[[], Known]) -> Known:
        """Return who has a session, once the provider of the sign-on has been asked where that is due."""
        known, provider = await run_in_threadpool(read), self.provider
        if provider is None or not sign_on.is_due(known):
            return known
        await run_in_threadpool(lambda: sign_on.renew(self._opened.context(), provider, known))
        return await run_in_threadpool(read)
