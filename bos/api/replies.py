"""Answers of actions as HTTP answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from fastapi import Response

from bos.api.conditions import tag_of, unchanged
from bos.model.answers.page import Answer, Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from bos.dashboards.exports.parcel import Parcel
    from bos.model.answers.changes import Submitted
    from bos.model.answers.jobs import Job

A = TypeVar("A", bound=Answer)


def reply(answer: BaseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an answer as JSON."""
    return Response(answer.model_dump_json(), status, headers, media_type="application/json")


def everything(items: Iterable[A]) -> Response:
    """Return a list that has no further pages."""
    return reply(Page[A](items=tuple(items)))


def document(version: int, body: bytes, if_none_match: str | None) -> Response:
    """Return a document with its tag; without content when the caller has it already."""
    headers = {"ETag": tag_of(version, body)}
    if unchanged(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type="application/json")


def submitted(answer: Submitted, *, status: int = 200) -> Response:
    """Return what a submission did, with the tag of the live version."""
    return reply(answer, status=status, headers={"ETag": tag_of(answer.version)})


def accepted(job: Job) -> Response:
    """Return a job that was taken on, and where to ask about it."""
    return reply(job, status=202, headers={"Location": f"/api/v1/jobs/{job.id}"})


def attached(parcel: Parcel) -> Response:
    """Return an exported file as a download under its name; ``BOS-Not-Carried`` counts what it leaves out."""
    headers = {
        "Content-Disposition": f'attachment; filename="{parcel.file}"',
        "X-Content-Type-Options": "nosniff",
        "BOS-Not-Carried": str(len(parcel.not_carried)),
    }
    return Response(parcel.content, 200, headers, media_type=parcel.media_type)
