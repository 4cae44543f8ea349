"""Errors as problem documents (RFC 9457), the one shape every failure has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from bos.actions import failure
from bos.errors import BosError, Invalid, NotFound, Problem, UsageError
from bos.model.shape import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi.exceptions import RequestValidationError
    from pydantic_core import ErrorDetails
    from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
MIB = 1024 * 1024
_STATUS_OF_CODE = {"method": 405, "too-large": 413}


class ProblemEntry(BaseModel):
    """One thing that is wrong: the field path, a sentence, what to do."""

    model_config = ConfigDict(extra="forbid")

    path: str
    message: str
    hint: str = ""
    code: str = "invalid"
    refs: list[str] = Field(default_factory=list)
    severity: str = "error"


class ProblemDocument(BaseModel):
    """A failure (RFC 9457). ``code`` is for programs, ``hint`` says what to do, ``problems`` lists what is wrong."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "type": "urn:bos:problem:not-found",
                "title": "No such thing",
                "status": 404,
                "detail": "There is no template 'loan-payments'.",
                "code": "not-found",
                "where": "template/loan-payments",
                "hint": "List the templates to see their ids.",
                "problems": [],
                "details": {},
                "request_id": "9f2c1e7a5b3d4f60",
            }
        },
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str = ""
    hint: str = ""
    problems: list[ProblemEntry] = Field(default_factory=list)
    details: dict[str, Any] = Field(default_factory=dict)
    request_id: str = ""
    line: int | None = None
    column: int | None = None
    node: str | None = None


def status_of(error: BosError) -> int:
    """Return the HTTP status of an error."""
    return _STATUS_OF_CODE.get(error.code, error.status)


def document_of(error: BosError, *, request_id: str) -> dict[str, Any]:
    """Return the problem document of an error, with the status it is answered with."""
    return {**failure.document_of(error, request_id=request_id), "status": status_of(error)}


def response_of(error: BosError, *, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that tells of an error."""
    more = {"WWW-Authenticate": 'Bearer realm="bos"'} if error.status == 401 else {}  # noqa: PLR2004 - HTTP
    if "retry_after" in error.details:
        more["Retry-After"] = str(error.details["retry_after"])
    body = json.dumps(document_of(error, request_id=request_id), default=str)
    return Response(body, status_of(error), {**more, **(headers or {})}, media_type=MEDIA_TYPE)


def of_validation(error: RequestValidationError) -> BosError:
    """Return what is wrong with a request that does not have the shape the route asks for."""
    entries = [(tuple(entry["loc"]), entry) for entry in error.errors()]
    if any(loc[:2] == ("path", "collection") for loc, _ in entries):
        return nowhere()
    problems = tuple(_problem(loc, entry) for loc, entry in entries)
    many = f" {len(problems)} things are wrong with it." if len(problems) > 1 else f" {problems[0].message}"
    return Invalid(f"The request cannot be read.{many}", problems=problems, hint=problems[0].hint, code="request")


def _problem(loc: Sequence[Any], entry: Mapping[str, Any]) -> Problem:
    place, *rest = loc or ("body",)
    path = ".".join(str(part) for part in rest) or str(place)
    if entry["type"] == "json_invalid":
        return Problem("body", "The body is not JSON.", "Send JSON, with Content-Type: application/json.", "json")
    if entry["type"] == "missing":
        return Problem(path, f"{path} is missing.", f"Give it in the {place}.", "missing")
    if entry["type"] == "extra_forbidden":
        return Problem(path, f"{path} is not known.", "Take it out, or check its spelling.", "unknown")
    return replace(told(cast("ErrorDetails", entry), path), code=str(entry["type"]))


def of_http(error: HTTPException) -> BosError:
    """Return the error behind a refusal of the framework itself."""
    if error.status_code == 404:  # noqa: PLR2004 - HTTP
        return nowhere()
    if error.status_code == 405:  # noqa: PLR2004 - HTTP
        return UsageError("This address does not take that method.", hint="See /api/docs.", code="method")
    if error.status_code == 413:  # noqa: PLR2004 - HTTP
        return too_large(int(error.detail) if error.detail.isdigit() else MIB)
    return UsageError("The request cannot be read.", hint="See /api/docs.", code="request")


def nowhere() -> NotFound:
    """Return the error of an address that does not exist."""
    return NotFound("There is nothing at this address.", hint="/api/docs lists every address.")


def too_large(most: int) -> UsageError:
    """Return the error of a body that is larger than ``most`` bytes."""
    return UsageError(
        f"The body is too large: at most {most // MIB} MiB are read here.",
        hint="Send less at once." if most > MIB else "Send less at once. Telemetry has an address of its own.",
        code="too-large",
    )
