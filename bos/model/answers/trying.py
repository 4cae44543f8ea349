"""Answers about a binding that is tried before it is saved."""

from __future__ import annotations

from datetime import datetime

from bos.model.answers.page import Answer


class TriedRow(Answer):
    """A row as the system gave it (``raw``), and the event or point it would become (``mapped``), all as text.

    ``mapped`` is empty where it would become none; ``problem`` says why. ``counts``: it is of the signal, by the
    binding's event and ``where``; another event is stored too, and no KPI reads it by this signal. Times are UTC.
    """

    raw: dict[str, str | None]
    mapped: dict[str, str]
    problem: str = ""
    counts: bool = False


class TriedReason(Answer):
    """Why rows would become nothing, and how many of those that were read."""

    reason: str
    rows: int


class TriedSignal(Answer):
    """What a binding gives over ``[start, end)`` (UTC); nothing of it was stored.

    ``read`` counts the rows that were looked at, ``more`` says that the system has further ones; ``taken`` would become
    events (or points), of which ``counted`` are of the signal. ``reasons`` say why others would not. ``problem`` says
    why no row can be mapped at all; ``notes`` are sentences about what looks wrong, and what the system said beside.
    ``columns`` are those of the rows; of ``hidden`` ones no value is shown, since rows may name persons and no field
    takes them. ``rows`` is a sample of the first. ``spanless``: no whole span that the query counts by, such as a day,
    lies in what was asked for, so there can be no row.
    """

    flow: str
    signal: str
    connection: str
    query: str
    start: datetime
    end: datetime
    events: bool
    read: int
    more: bool
    taken: int
    counted: int
    columns: tuple[str, ...]
    hidden: tuple[str, ...]
    fields: tuple[str, ...]
    problem: str
    hint: str
    reasons: tuple[TriedReason, ...]
    notes: tuple[str, ...]
    rows: tuple[TriedRow, ...]
    spanless: bool = False
