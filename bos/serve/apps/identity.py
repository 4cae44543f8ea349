"""Who asks: the cookie of a session, verified here and then by the API."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.web import HTTPError
from traitlets import Bool, Unicode

from bos.auth import cookie

if TYPE_CHECKING:
    from tornado.web import RequestHandler

CACHED_SECONDS = 3.0
"""How long the API's word holds: a session that has ended is refused after this time at the latest."""
_MOST = 1000  # sessions remembered
_SECONDS = 10.0


@dataclass
class Visitor(User):
    """Who has a session.

    Attributes:
        session: names it among kernels.
        signed_in: the person whose it is, whoever they act as.
        cookie: carries it to the API.
    """

    session: str = ""
    signed_in: str = ""
    cookie: str = ""


class SessionIdentity(IdentityProvider):
    """Finds the visitor of a request by the cookie of their session."""

    api_url = Unicode(config=True, help="Address of the API.")
    session_key = Unicode(config=True, help="The key that signs the cookies.")
    public_url = Unicode("", config=True, help="Address of the API, as browsers of other machines know it.")
    sign_on = Bool(default_value=False, config=True, help="Whether people sign in at a provider.")
    auth_enabled = True
    login_available = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._known: dict[str, tuple[float, Visitor | None]] = {}

    async def get_user(self, handler: RequestHandler) -> Visitor | None:
        """Return the visitor, or nothing: no cookie, a forged one, or one whose session has ended."""
        value = handler.get_cookie(cookie.NAME) or ""
        secret = cookie.secret_of(self.session_key, value)
        if secret is None:
            return None
        now = time.monotonic()
        until, visitor = self._known.get(value, (0.0, None))
        if now > until:
            visitor = await self._asked(value)
            if len(self._known) > _MOST:
                self._known.clear()
            self._known[value] = (now + CACHED_SECONDS, visitor)
        return visitor

    def is_public(self, handler: RequestHandler) -> bool:
        """Return whether a request came by the public name of BOS."""
        return bool(self.public_url) and handler.request.host_name == urlsplit(self.public_url).hostname

    def is_secure(self, handler: RequestHandler) -> bool:
        """Return whether the browser of a request came by TLS, to BOS or to a proxy in front of it."""
        by_name = self.is_public(handler) and self.public_url.startswith("https:")
        return by_name or handler.request.protocol == "https"

    def api_as_seen(self, handler: RequestHandler) -> str:
        """Return the address of the API under the name the browser knows this machine by."""
        host = handler.request.host_name
        if self.is_public(handler):
            return self.public_url
        api = urlsplit(self.api_url)
        name = f"[{host}]" if ":" in host else host
        return api._replace(netloc=f"{name}:{api.port}").geturl()

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return no address: people sign in at the API."""
        return []

    async def _asked(self, value: str) -> Visitor | None:
        try:
            told = await ask_api(self.api_url, "GET", "/api/v1/session", value)
        except PermissionError:
            return None
        names = {"username": told["person"], "name": told["display"], "signed_in": told["signed_in"]}
        return Visitor(**names, session=hashlib.sha256(value.encode()).hexdigest(), cookie=value)


async def ask_api(url: str, method: str, path: str, value: str) -> dict[str, Any]:
    """Return what the API answers to a visitor, given the value of their cookie.

    Raises:
        PermissionError: the session has ended.
        HTTPError: the API does not answer; 503.
    """
    headers = {"Cookie": f"{cookie.NAME}={value}"}
    body = None if method == "GET" else ""
    try:
        answer = await AsyncHTTPClient().fetch(
            f"{url}{path}", method=method, headers=headers, body=body, request_timeout=_SECONDS
        )
    except HTTPClientError as error:
        if error.code == 401:  # noqa: PLR2004 - HTTP
            raise PermissionError from error
        raise HTTPError(503, "the API answers %s", error.code) from error
    except OSError as error:
        raise HTTPError(503, "the API does not answer") from error
    return dict(json.loads(answer.body))
