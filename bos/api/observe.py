"""Outermost around the application: names each request, counts and logs it, and catches what nobody expected."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from bos.actions.failure import readable
from bos.api.problems import response_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bos.api.metrics import Metrics

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_KEY = re.compile(r"(/api/v1/hooks/[^/]+/).+")
"""What must not be told of an address: the secret in that of a hook."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
_GONE = 499  # the caller went away before the answer
HSTS = "max-age=31536000"
"""A browser that came by TLS once comes by TLS for a year (RFC 6797)."""
_log = logging.getLogger("bos.api")


class Observed:
    """Gives every request an id (the caller's own where it is sane), echoes it, counts and logs the answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; turn what nobody expected into a problem with an incident number."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        begun, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _mark(message, request_id, secure=scope.get("scheme") == "https")
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            status = _GONE
        except Exception as error:
            unexpected = readable(error)
            if status:  # part of the answer is out: it must break off, or it would pass for whole
                raise
            await response_of(unexpected, request_id=request_id)(scope, receive, sent)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "(none)"
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.answered(method, route, status, seconds)
        fields = {
            "request_id": request_id,
            "method": method,
            "path": _KEY.sub(r"\1…", scope["path"]),
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 2),
        }
        _log.info("request", extra={"fields": fields})


def _mark(message: Message, request_id: str, *, secure: bool) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-Request-Id"] = request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Cache-Control", "no-cache")
    if secure:
        headers["Strict-Transport-Security"] = HSTS
