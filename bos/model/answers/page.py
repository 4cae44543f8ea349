"""What every answer is, how it shows itself, and a page of a list."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item", bound=BaseModel)

SHOWN_FIELDS = 6
"""Fields that an answer shows where there is one line for it."""
SHORT, LONG = 40, 300
"""Characters of a value in a line, and in a table."""


class Answer(BaseModel):
    """Base of every answer: frozen, and strict about what it carries. Times are aware, in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __repr__(self) -> str:
        """Return one line: the first simple fields that say something."""
        said = [(name, value) for name, value in self if not isinstance(value, dict | tuple | BaseModel)]
        told = [f"{name}={_text(value, SHORT)}" for name, value in said if value not in (None, "")]
        more = ["…"] if len(told) > SHOWN_FIELDS else []
        return f"<{' '.join([type(self).__name__.partition('[')[0], *told[:SHOWN_FIELDS], *more])}>"

    def __str__(self) -> str:
        """Return the same line."""
        return repr(self)

    def _repr_html_(self) -> str:
        """Return a table of field and value for a notebook, everything of people escaped."""
        rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(_text(value, LONG))}</td></tr>" for name, value in self)
        return f"<table><caption>{escape(type(self).__name__.partition('[')[0])}</caption><tbody>{rows}</tbody></table>"


class Page(Answer, Generic[Item]):
    """Some items of a list; ``next`` is the cursor of the following page, ``None`` at the end."""

    items: tuple[Item, ...] = ()
    next: str | None = None


def _text(value: Any, most: int) -> str:
    """Return a value as one line of printable text, cut where it is long."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.isoformat()
    elif isinstance(value, tuple | list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    elif isinstance(value, tuple | list | dict | BaseModel):
        value = json.dumps(value, ensure_ascii=False, default=_plain)
    text = "".join(char if char.isprintable() else " " for char in str(value)[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)


class Done(Answer):
    """Nothing but that it was done."""
