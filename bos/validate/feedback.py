"""Rules of feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of feedback: it says something, and what is done or declined has an answer."""
    del resolve
    yield from owner_problems(document)
    if not document["text"].strip():
        yield Problem("text", "The feedback says nothing.", "Write a sentence.", "feedback.text")
    if document["status"] in {"done", "declined"} and not document["answer"].strip():
        yield Problem(
            "answer",
            f"Feedback that is {document['status']} has no answer.",
            "Tell the person what became of it.",
            "feedback.answer",
        )
