"""Rules a document must keep. Pure: content in, every problem out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bos.model.kinds import read
from bos.validate import calendar, connection, cost_rule, dashboard, feedback, policy, schedule, signal, template
from bos.validate.identity import duplicates, immutable
from bos.validate.rest import rest_of, untouched

if TYPE_CHECKING:
    from collections.abc import Callable

    from bos.errors import Problem

    Resolve = Callable[[str, str], dict[str, Any] | None]

__all__ = ["immutable", "validate"]

_RULES = {
    "template": template.problems,
    "signal": signal.problems,
    "calendar": calendar.problems,
    "cost_rule": cost_rule.problems,
    "dashboard": dashboard.problems,
    "feedback": feedback.problems,
    "schedule": schedule.problems,
    "policy": policy.problems,
    "connection": connection.problems,
}


def validate(kind: str, document: Any, resolve: Resolve) -> tuple[Problem, ...]:
    """Return every problem of a document: none means it may go live; attentions never stop it.

    ``resolve(kind, id)`` gives the live content of another document, or ``None``. Where the shape is wrong in places,
    the rest is checked too, and only what follows from those places is left for later.

    Raises:
        NotFound: there is no such kind.
    """
    found, shape = read(kind, document)
    if found is not None:
        return _problems(kind, found.data(), resolve)
    rest = rest_of(kind, document, shape)
    if rest is None:
        return shape
    content, gone = rest
    return (*shape, *(problem for problem in _problems(kind, content, resolve) if untouched(problem, gone)))


def _problems(kind: str, data: dict[str, Any], resolve: Resolve) -> tuple[Problem, ...]:
    twice = duplicates(data)
    return twice or tuple(_RULES[kind](data, resolve))
