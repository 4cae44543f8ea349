"""Rules a document must keep. Pure: content in, every problem out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.kinds import read
from bos.validate import calendar, dashboard, feedback, schedule, signal, template
from bos.validate.identity import duplicates, immutable

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.errors import Problem

    Resolve = Callable[[str, str], dict[str, Any] | None]

__all__ = ["immutable", "validate"]

_RULES = {
    "template": template.problems,
    "signal": signal.problems,
    "calendar": calendar.problems,
    "dashboard": dashboard.problems,
    "feedback": feedback.problems,
    "schedule": schedule.problems,
}


def validate(kind: str, document: Any, resolve: Resolve) -> tuple[Problem, ...]:
    """Return every problem of a document: none means it may go live; attentions never stop it.

    ``resolve(kind, id)`` gives the live content of another document, or ``None``. Where the shape is wrong the
    problems are those of the shape, since meaning cannot be read from it.

    Raises:
        NotFound: there is no such kind.
    """
    found, shape = read(kind, document)
    if found is None:
        return shape
    data = found.data()
    twice = duplicates(data)
    return twice or tuple(_RULES[kind](data, resolve))
