"""Rules of the signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.kpi.binding import BUILT_IN
from bos.model.numbers import each
from bos.validate.mapping import mapping_problems
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a signal."""
    del resolve
    yield from owner_problems(document)
    binding = document["binding"]
    named = {field["id"] for field in binding["fields"]} | {"value", "labels"} if binding.get("language") else set()
    if document["type"] == "system":
        named.add("value")
    yield from mapping_problems("binding", binding["mapping"], named)
    if binding.get("language") and not binding["query"].strip():
        yield _binding("names the language of a query that is not there.", "Write the query.", "signal.query")
    if binding.get("every") and not (binding["connection"] and binding["query"].strip()):
        yield _binding(
            "says how often it is pulled, but not over which connection and by which query.",
            "Name both, or take every out.",
            "signal.every",
        )
    for field in binding["fields"]:
        if field["id"] in BUILT_IN:
            yield _binding(
                f"gives the name {field['id']} to a field of the source, but every signal has a field of that name.",
                "Choose another name.",
                "signal.field",
            )
        if not field["native"].strip():
            yield _binding(f"does not say what {field['id']} is called in the source.", "Name it.", "signal.native")
    if any(not key.strip() for key in binding["where"]):
        yield _binding("narrows the event by a field without a name.", "Name it, or take it out.", "signal.where")
    yield from _arrival(document.get("arrival") or {})
    if document["type"] == "process" and not binding["event"]:
        yield Problem(
            "binding",
            "The signal names no event yet, so KPIs that use it count nothing.",
            "Say what the source calls the event.",
            "signal.unbound",
            severity="attention",
        )


def _arrival(arrival: dict[str, Any]) -> Iterator[Problem]:
    if not arrival:
        return
    if arrival.get("by") and "day" not in arrival["every"]:
        words = (
            f"It is expected by {arrival['by'][:5]}, but every {each(arrival['every'])}: a time of day belongs to days."
        )
        yield Problem("arrival", words, "Say every how many days, or take the time out.", "signal.arrival-by")
    if arrival["clock"] == "business" and "week" in arrival["every"]:
        words = "Working time is not counted in weeks."
        yield Problem("arrival", words, "Write so many days: each is a working day.", "signal.arrival-weeks")


def _binding(message: str, hint: str, code: str) -> Problem:
    return Problem("binding", f"The source {message}", hint, code)
