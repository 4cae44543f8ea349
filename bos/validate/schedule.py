"""Rules of the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a schedule: its flow must be there."""
    yield from owner_problems(document)
    if resolve("template", document["flow"]) is None:
        yield Problem("flow", f"There is no flow {document['flow']!r}.", "Name the id of a template.", "schedule.flow")
