"""Problem documents back into the errors they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos import errors
from bos.errors import BosError, FormulaError, Internal, Invalid, NotExpressible, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPE = "urn:bos:problem:"
_KINDS: dict[str, type[BosError]] = {
    kind.default_code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BosError) and kind is not BosError
}


def error_of(document: Mapping[str, Any]) -> BosError:
    """Return the error that a problem document (RFC 9457) tells of."""
    kind = _KINDS.get(str(document.get("type", "")).removeprefix(_TYPE), BosError)
    told: dict[str, Any] = {
        "message": str(document.get("detail") or document.get("title") or "The request failed."),
        "where": str(document.get("where", "")),
        "hint": str(document.get("hint", "")),
        "code": str(document.get("code", "")),
        "details": dict(document.get("details") or {}),
    }
    if issubclass(kind, Invalid):
        told["problems"] = tuple(_problem(entry) for entry in document.get("problems") or ())
    if issubclass(kind, FormulaError):
        told |= {"line": document.get("line") or 1, "column": document.get("column") or 1}
    if issubclass(kind, NotExpressible):
        told["node"] = document.get("node") or ""
    return kind(**told)


def _problem(entry: Mapping[str, Any]) -> Problem:
    return Problem(
        path=entry.get("path", ""),
        message=entry.get("message", ""),
        hint=entry.get("hint", ""),
        code=entry.get("code", "invalid"),
        refs=tuple(entry.get("refs", ())),
        severity=entry.get("severity", "error"),
    )


def unreadable(status: int) -> BosError:
    """Return the error for an answer that is none of BOS's."""
    return Internal(
        f"What answers is not BOS, or BOS is broken (status {status}).",
        hint="Check the address (BOS_URL), or look into the logs of the server.",
    )
