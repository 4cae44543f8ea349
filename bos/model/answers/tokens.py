"""Answers about the tokens by which programs call."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bos.model.answers.page import Answer


class ApiToken(Answer):
    """A token: whose it is and what it is good for; its secret is never told again.

    It acts as ``person`` with the roles that person holds at the moment of each call, but does only what ``rights``
    names (rows of ``docs/reference/rights.md``), on all flows, on the flow ``value`` or on those with the tag
    ``value``. A ``personal`` one is for the person's own programs, a ``service`` one for a program that others rely on.
    Times are UTC; ``used_at`` is right to the minute.
    """

    token: str
    title: str
    kind: Literal["personal", "service"]
    person: str
    rights: tuple[str, ...]
    scope: Literal["all", "flow", "tag"] = "all"
    value: str = ""
    at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""


class NewToken(ApiToken):
    """A token that was just made, with its ``secret``: what a program sends. This is the only time it is shown."""

    secret: str
