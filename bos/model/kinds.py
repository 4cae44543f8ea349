"""The kinds of document there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bos.errors import NotFound
from bos.model.calendar import Calendar
from bos.model.connection import Connection
from bos.model.cost_rule import CostRule
from bos.model.dashboard import Dashboard
from bos.model.feedback import Feedback
from bos.model.policy import Policy
from bos.model.schedule import Schedule
from bos.model.shape import told
from bos.model.signals import Signal
from bos.model.template import Template

if TYPE_CHECKING:
    from bos.errors import Problem
    from bos.model.document import Document

KINDS: dict[str, type[Document]] = {
    kind.kind: kind
    for kind in (Template, Signal, Calendar, CostRule, Dashboard, Feedback, Schedule, Policy, Connection)
}
FOUND = (*KINDS, "kpi")
"""Kinds of what a search finds: a KPI is a part of a template, and a hit of its own, with the id ``FLOW/KPI``."""
COLLECTIONS: dict[str, str] = {model.collection: kind for kind, model in KINDS.items()}


def noun(kind: str) -> str:
    """Return what a person calls a kind, in the middle of a sentence."""
    return kind.replace("_", " ")


def model_of(kind: str) -> type[Document]:
    """Return the model class of ``kind``.

    Raises:
        NotFound: there is no such kind.
    """
    try:
        return KINDS[kind]
    except KeyError:
        raise NotFound(
            f"There is no kind of document called {kind!r}.", hint=f"Kinds are {', '.join(KINDS)}."
        ) from None


def read(kind: str, data: Any) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return the document in ``data``, or every reason why its shape is wrong."""
    try:
        return model_of(kind).model_validate(data), ()
    except ValidationError as error:
        return None, tuple(told(entry, _path(entry["loc"], data)) for entry in error.errors(include_url=False))


def ordered(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a document with its fields in the order of the model; the database keeps another one."""
    found, _ = read(kind, data)
    return found.data() if found else data


def _path(loc: tuple[int | str, ...], data: Any) -> str:
    """Return pydantic's location as a field path, with list positions replaced by the items' ids."""
    out, here = "", data
    for part in loc:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list | tuple) and part < len(here) else None
            name = here.get("id") if isinstance(here, dict) else None
            out += f"[{name if isinstance(name, str) and name else part}]"
        else:
            here = here.get(part) if isinstance(here, dict) else None
            out += f".{part}" if out else part
    return out
