"""What page 1 of a weekly review says first: which data is missing, and which numbers that leaves out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bos.actions.review_words import few

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bos.model.answers.reports import ReviewKpi, ReviewSystem

_MOST_SENTENCES = 6
"""Sentences that tell a cause each; beyond that each kind is one sentence, so that page 1 stays one page."""


def missing_of(
    rows: Sequence[ReviewKpi], systems: Sequence[ReviewSystem], untaken: Mapping[str, int]
) -> tuple[str, ...]:
    """Return in sentences what fell silent, which files are not taken, what is withheld; nothing where all is there.

    ``untaken`` is how many files that arrived are not taken, by connection.
    """
    late = [row for row in rows if not row.fresh or row.unjudged]
    gone = [(_cause(row), row.title) for row in late if _without(row)]
    short = [(_cause(row), row.title) for row in late if not _without(row)]
    silent = [(row.freshness, row.title) for row in systems if not row.fresh]
    held = [
        (row.withheld, row.title if row.status == "withheld" else f"{row.title} over its own window")
        for row in rows
        if row.withheld
    ]
    kinds = (
        (_by_cause(gone), "{cause}. That leaves {names} without a value.", "No data for {names}."),
        (_by_cause(short), "{cause}. So the week is not whole in {names}.", "The week is not whole in {names}."),
        (_by_cause(silent), "{cause}: {names}.", "No data to the end of the week from {names}."),
        (_by_cause(held), "Withheld: {names}. {cause}", "Withheld: {names}."),
    )
    each = sum(len(causes) for causes, _, _ in kinds) <= _MOST_SENTENCES
    told: list[str] = []
    for causes, words, short_words in kinds:
        if each or len(causes) == 1:
            told += [words.format(cause=cause, names=few(titles)) for cause, titles in causes.items()]
        elif causes:
            told.append(short_words.format(names=few([one for titles in causes.values() for one in titles])))
    return (*told, *_files(untaken))


def _cause(row: ReviewKpi) -> str:
    """Return what a KPI lacks data for: that it ended before the week did, or what is missing amid the week."""
    return row.unjudged if row.fresh else row.freshness


def _without(row: ReviewKpi) -> bool:
    """Return whether data that is missing leaves a KPI without a value; one whose data ended early may have one."""
    return row.value is None and row.status in {"no_data", "withheld"}


def _by_cause(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return titles by what they lack data for, the cause of most titles first."""
    causes: dict[str, list[str]] = {}
    for cause, title in found:
        causes.setdefault(cause, []).append(title)
    return dict(sorted(causes.items(), key=lambda one: -len(one[1])))


def _files(untaken: Mapping[str, int]) -> tuple[str, ...]:
    many = sum(untaken.values())
    what = "A file" if many == 1 else f"{many} files"
    verb = "is" if many == 1 else "are"
    return (f"{what} that arrived over {few(list(untaken))} {verb} not taken.",) if many else ()
