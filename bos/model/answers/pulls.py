"""Answers about pulls: how far the signals of a flow were read, and what a pull brought."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bos.model.answers.page import Answer


class RejectedRows(Answer):
    """Rows that a pull could not take: how many, and when it ended (UTC).

    ``reasons`` has of each reason how many they are, the commonest first, five at most, for who may read single rows;
    they are kept as those of the imports ``batches``, those of most rows first, five at most. ``since`` (UTC): where
    not one row could be taken, the moment from which rows are to be read again once the mapping is mended; nothing
    once a pull from there on has read them. ``start`` (UTC): where some could be, from when on that pull read, or an
    earlier one whose rows no pull has read again yet.
    """

    rows: int
    at: datetime
    reasons: dict[str, int] = Field(default_factory=dict)
    batches: tuple[str, ...] = ()
    since: datetime | None = None
    start: datetime | None = None

    @property
    def again(self) -> datetime | None:
        """From when on they can be read again; nothing where that is not known."""
        return min((moment for moment in (self.since, self.start) if moment is not None), default=None)


class SignalRejects(RejectedRows):
    """Rows of a signal that a pull could not take, and of which flow they are."""

    flow: str
    signal: str


class PullRow(Answer):
    """A signal that is pulled: over which connection, by which query, and how far it was.

    ``upto`` (UTC, not included) is where the next pull begins; nothing where it was never pulled. ``added`` are the
    events or points it brought in all. ``every``: how often it is pulled by itself; nothing: when it is asked for.
    ``problem``: why the last pull could not read it; empty where it could. ``failed_at``: when one could not last.
    ``rejected``: what the last pull that had rows which could not be taken had of them; nothing where none had any.
    """

    signal: str
    connection: str
    query: str
    every: str | None = None
    upto: datetime | None = None
    at: datetime | None = None
    added: int = 0
    problem: str = ""
    failed_at: datetime | None = None
    rejected: RejectedRows | None = None


class PulledSignal(Answer):
    """What a pull brought of one signal, of the moments ``[start, end)`` (UTC).

    ``reasons`` has of each reason how many rows were ``rejected``, the commonest first, five at most, for who may read
    single rows; they are kept as those of the imports ``batches``, those of most rows first, five at most.
    Of those that are new ``ahead`` lie more than a day in the future, the latest of them at ``farthest`` (UTC).
    ``stray``: events (or points) of the flow that lie years before the others, the ``oldest`` of them among these rows
    or not, where these brought one; the others begin at ``begins`` (UTC).
    ``told``: what the system said beside, such as a warning; it was no error.
    """

    signal: str
    connection: str
    start: datetime
    end: datetime
    read: int
    added: int
    rejected: int
    reasons: dict[str, int] = Field(default_factory=dict)
    batches: tuple[str, ...] = ()
    ahead: int = 0
    farthest: datetime | None = None
    stray: int = 0
    oldest: datetime | None = None
    begins: datetime | None = None
    told: tuple[str, ...] = ()


class Pulled(Answer):
    """What a pull brought."""

    flow: str
    signals: tuple[PulledSignal, ...]
