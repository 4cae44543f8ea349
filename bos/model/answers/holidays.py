"""Answers about holidays that a calendar may take over."""

from __future__ import annotations

from datetime import date
from typing import Literal

from bos.model.answers.page import Answer


class HolidaySource(Answer):
    """Whose holidays are known: a market or payment system, or a country; ``parts`` are the codes of its regions."""

    code: str
    title: str
    kind: Literal["market", "country"]
    parts: tuple[str, ...] = ()


class Holiday(Answer):
    """A day without work at a source, and what it is called there."""

    day: date
    name: str
