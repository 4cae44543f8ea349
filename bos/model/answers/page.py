"""A page of a list."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item", bound=BaseModel)


class Answer(BaseModel):
    """Base of every answer: frozen, and strict about what it carries. Times are aware, in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Answer, Generic[Item]):
    """Some items of a list; ``next`` is the cursor of the following page, ``None`` at the end."""

    items: tuple[Item, ...] = ()
    next: str | None = None
