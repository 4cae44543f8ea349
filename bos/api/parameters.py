"""Parameters that many routes share."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import AfterValidator, AwareDatetime

from bos.errors import UsageError
from bos.model.moments import outside


def _usual(moment: datetime) -> datetime:
    if message := outside(moment):
        raise ValueError(message)
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_usual)]
"""A moment that can be computed with, in any time zone."""


class Collection(StrEnum):
    """The plural of a kind of document, as it stands in addresses."""

    TEMPLATES = "templates"
    SIGNALS = "signals"
    CALENDARS = "calendars"
    COST_RULES = "cost-rules"
    DASHBOARDS = "dashboards"
    FEEDBACK = "feedback"
    SCHEDULES = "schedules"
    POLICIES = "policies"
    CONNECTIONS = "connections"


class Found(StrEnum):
    """The plural of a kind of what a search finds: of documents, and of KPIs."""

    TEMPLATES = "templates"
    KPIS = "kpis"
    SIGNALS = "signals"
    CALENDARS = "calendars"
    COST_RULES = "cost-rules"
    DASHBOARDS = "dashboards"
    FEEDBACK = "feedback"
    SCHEDULES = "schedules"
    POLICIES = "policies"
    CONNECTIONS = "connections"


Id = Annotated[str, Path(alias="id", description="Id of the document.")]
Flow = Annotated[str, Path(alias="id", description="Id of the flow: of its template.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Rationale = Annotated[str, Query(description="Why; a sentence.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", description='The version the write is based on, such as `"v3"`.')
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="`*` on a write: only if there is none; a tag on a read: 304."),
]


def pairs(texts: Iterable[str], missing: Iterable[str] = ()) -> dict[str, list[str | None]]:
    """Return field → values of texts such as ``channel=ach``; nothing is the value of fields that are ``missing``.

    Raises:
        UsageError: a text has no ``=``.
    """
    found: dict[str, list[str | None]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{text!r} is no filter.", where="filter", hint="Write field=value, such as channel=ach.")
        found.setdefault(name.strip(), []).append(value)
    for name in missing:
        found.setdefault(name, []).append(None)
    return found
