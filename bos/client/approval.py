"""Batches of changes, and waivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bos.client.documents import quoted
from bos.client.listing import Listing
from bos.model.answers.changes import Batch, BatchDecided, BatchSubmitted, Waiver
from bos.model.answers.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bos.client.transport import Calls
    from bos.model.answers.changes import Decision


class Batches:
    """Several documents changed in one act, and decided together."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def submit(self, submissions: Sequence[Mapping[str, Any]], *, rationale: str) -> BatchSubmitted:
        """Submit changes of several documents: all of them, or none.

        Each has ``collection`` (such as templates), ``id``, ``base_version``, and ``changes`` or the whole
        ``document``; ``saw`` names groups that were seen. What is held of each is one group.
        """
        body = {"submissions": [dict(one) for one in submissions], "rationale": rationale}
        return self._calls.ask(BatchSubmitted, "POST", "/api/v1/batches", json=body)

    def get(self, batch: str) -> Batch:
        """Return a batch with the group of each document."""
        return self._calls.ask(Batch, "GET", f"/api/v1/batches/{quoted(batch)}")

    def sign(
        self, batch: str, decision: Decision = "approve", *, comment: str = "", items: Sequence[str] | None = None
    ) -> BatchDecided:
        """Decide all groups of a batch that wait for a role of yours, or the ``items`` named by id.

        A document whose change no longer fits goes to rework, the others go live. No author may sign.
        """
        body = {"decision": decision, "comment": comment, "items": None if items is None else list(items)}
        return self._calls.ask(BatchDecided, "POST", f"/api/v1/batches/{quoted(batch)}/signatures", json=body)


class Waivers:
    """Waivers that somebody asked for. ``documents.waive`` asks for one, ``documents.waivers`` lists them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def waiting(self) -> Listing[Waiver]:
        """Return those that you may agree to or refuse now, newest first."""
        return Listing(self._calls.pages(Page[Waiver], "/api/v1/waivers"))

    def decide(self, waiver: str, decision: Literal["approve", "reject"] = "approve", *, comment: str = "") -> Waiver:
        """Agree that a value counts as signed until the date of the waiver, or refuse it, which needs a comment."""
        body = {"decision": decision, "comment": comment}
        return self._calls.ask(Waiver, "POST", f"/api/v1/waivers/{quoted(waiver)}/signatures", json=body)

    def end(self, waiver: str, *, rationale: str) -> Waiver:
        """End a waiver before its date, or take it back."""
        return self._calls.ask(Waiver, "POST", f"/api/v1/waivers/{quoted(waiver)}/end", json={"rationale": rationale})
