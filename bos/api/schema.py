"""What the OpenAPI document says beyond what the routes say themselves: examples, and how to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.api.examples import example_of
from bos.api.guard import OPEN
from bos.auth import cookie

if TYPE_CHECKING:
    from fastapi import FastAPI

_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token that a person made, or the one in the file `token` of the home.",
}
_SESSION = {"type": "apiKey", "in": "cookie", "name": cookie.NAME, "description": "The session of a browser."}


def describe(app: FastAPI) -> None:
    """Complete the OpenAPI document: an example of every model, and where the token is asked for."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain())
        return plain()

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI documents


def _complete(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        example = example_of(name)
        if example is not None:
            schema["examples"] = [example]
    document["components"]["securitySchemes"] = {"token": _TOKEN, "session": _SESSION}
    document["security"] = [{"token": []}, {"session": []}]
    for path in OPEN.keys() & document["paths"].keys():
        for method, operation in document["paths"][path].items():
            if method.upper() in OPEN[path]:
                operation["security"] = []
