"""Logs of the server's processes: one JSON object a line, with request ids and without secrets."""

from __future__ import annotations

import json
import logging
import re
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING, Any

from bos.errors import Internal, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRETS = (
    (re.compile(r"(\w+(?:\+\w+)?://[^\s:/@]*):[^\s@/]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/-]+=*"), r"\1***"),
    (re.compile(r"(?i)\b(password|token|secret)(\s*[=:]\s*)[^\s,;&'\"]+"), r"\1\2***"),
)


def redact(text: str) -> str:
    """Return ``text`` without passwords of URLs, bearer tokens, and values named password, token or secret."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; what the caller put into ``fields`` stands beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        line["message"] = redact(record.getMessage())
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, default=str)


def incident(log: logging.Logger, error: BaseException) -> Internal:
    """Write the cause of a fault to a log under a new incident number; return what the caller is told of it."""
    number = secrets.token_hex(4)
    log.error("incident %s", number, exc_info=error)
    return Internal("Something went wrong in BOS.", hint=_quote(number), details={"incident": number})


def connector_incident(log: logging.Logger, what: str, cause: BaseException | str) -> Unavailable:
    """Write why the connector of ``what`` broke down to a log under a new incident number; return what is told of it.

    The ``cause`` is an error, or its trace in words without secrets.
    """
    number = secrets.token_hex(4)
    words, error = (f": {cause}", None) if isinstance(cause, str) else ("", cause)
    log.error("incident %s: the connector of %s broke down%s", number, what, words, exc_info=error)
    words = f"The connector broke down (incident {number})."
    return Unavailable(words, hint=_quote(number), details={"incident": number})


def _quote(number: str) -> str:
    return f"Quote incident {number} to whoever runs BOS; the log has the cause."


def to_file(path: str) -> None:
    """Write every warning and error of this process to the end of a log that other processes write, too.

    For the kernels of pages, whose standard error goes to the browser. The file may be put aside meanwhile.
    """
    handler = WatchedFileHandler(path, delay=True, encoding="utf-8")
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)


@contextmanager
def to_stderr(level: str) -> Iterator[None]:
    """Write everything of ``level`` (``debug``, ``info``, ``warning``, ``error``) and above to the standard error."""
    root, handler = logging.getLogger(), logging.StreamHandler()
    handler.setFormatter(JsonLines())
    before = root.level
    root.addHandler(handler)
    root.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
