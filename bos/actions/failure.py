"""A failure as callers and jobs are told of it: a problem document (RFC 9457)."""

from __future__ import annotations

import inspect
import logging
import re
from typing import Any

from bos.errors import BosError, FormulaError, Invalid, NotExpressible
from bos.logs import incident

TYPE = "urn:bos:problem:"
"""What the type of a problem begins with; the default code of its error class follows."""
_PRIVATE = "cause"
"""The detail that is for the log only: it may name paths of the server."""
_MOST = 1000  # a document of a megabyte can break rules more often than anybody reads

_log = logging.getLogger(__name__)


def readable(error: Exception) -> BosError:
    """Return what to tell a person of an error; an unexpected one goes to the log under an incident number."""
    if isinstance(error, BosError):
        if _PRIVATE in error.details:
            _log.warning("%s %s", error.message, error.details[_PRIVATE])
        return error
    return incident(_log, error)


def document_of(error: BosError, *, request_id: str) -> dict[str, Any]:
    """Return the problem document of an error."""
    told: dict[str, Any] = {
        "type": f"{TYPE}{error.default_code}",
        "title": re.split(r"[;.]", inspect.getdoc(error) or "")[0],
        "status": error.status,
        "detail": error.message,
        "code": error.code,
        "where": error.where,
        "hint": error.hint,
        "problems": [],
        "details": {name: value for name, value in error.details.items() if name != _PRIVATE},
        "request_id": request_id,
    }
    if isinstance(error, Invalid):
        told["problems"] = [problem.as_dict() for problem in error.problems[:_MOST]]
    if isinstance(error, FormulaError):
        told |= {"line": error.line, "column": error.column}
    if isinstance(error, NotExpressible):
        told |= {"node": error.node}
    return told
