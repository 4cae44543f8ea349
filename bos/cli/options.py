"""Options that many commands share, and how their texts are read."""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Annotated, overload
from zoneinfo import ZoneInfo

import typer

from bos.errors import UsageError
from bos.model.moments import outside

Home = Annotated[
    Path | None, typer.Option("--home", metavar="DIR", help="Folder of the installation (BOS_HOME, else ~/.bos).")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Until = Annotated[
    str, typer.Option("--until", metavar="TIME", help="When it is over: a date (UTC), or a time with offset.")
]
Rationale = Annotated[str, typer.Option("--rationale", metavar="TEXT", help="Why; it is kept in the journal.")]
Filter = Annotated[
    list[str] | None, typer.Option("--filter", metavar="D=VALUE", help="Only this value of a dimension (repeatable).")
]
Missing = Annotated[
    list[str] | None, typer.Option("--missing", metavar="D", help="Only what lacks a dimension (repeatable).")
]


def window(start: str | None, end: str | None, zone: Callable[[], str]) -> tuple[datetime | None, datetime | None]:
    """Return where a window begins and ends; a date is its midnight in the zone, asked for only where there is one.

    Raises:
        UsageError: a text is neither a date nor a time with its offset.
    """
    midnight = ZoneInfo(zone()) if _is_date(start) or _is_date(end) else UTC
    return moment(start, "--from", midnight), moment(end, "--to", midnight)


@overload
def moment(text: str, option: str, midnight: tzinfo = UTC) -> datetime: ...
@overload
def moment(text: None, option: str, midnight: tzinfo = UTC) -> None: ...
@overload
def moment(text: str | None, option: str, midnight: tzinfo = UTC) -> datetime | None: ...
def moment(text: str | None, option: str, midnight: tzinfo = UTC) -> datetime | None:
    """Return a date (its midnight in a zone) or a time with its offset.

    Raises:
        UsageError: it is neither, or lies where no log is.
    """
    if text is None:
        return None
    hint = "Write a date, 2026-03-01, or a time with its offset, 2026-03-01T08:00:00+01:00 or …Z."
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date or time.", where=option, hint=hint) from error
    if words := outside(found):
        raise UsageError(f"{text} {words}.", where=option)
    if _is_date(text):
        return found.replace(tzinfo=midnight)
    if found.tzinfo is None:
        raise UsageError(f"The time {text!r} has no offset.", where=option, hint=hint)
    return found


def _is_date(text: str | None) -> bool:
    try:
        return text is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def columns(text: str | None) -> dict[str, str] | None:
    """Return ``case=COL,step=COL`` as a mapping; a column may be quoted.

    Raises:
        UsageError: it is written in another way.
    """
    if text is None:
        return None
    import csv  # noqa: PLC0415 - only imports need it

    wrong = UsageError(
        "The mapping cannot be read.",
        where="--map",
        hint="Write case=COLUMN,step=COLUMN; quote a column with a comma: 'case=\"Loan, number\"'.",
    )
    quoted = _outer_quotes(text)
    found: dict[str, str] = {}
    try:
        parts = next(csv.reader([quoted], strict=True))
    except (csv.Error, StopIteration) as error:
        raise wrong from error
    for part in parts:
        key, sign, column = part.partition("=")
        if not sign or not key.strip() or not column.strip() or key.strip() in found:
            raise wrong
        found[key.strip()] = column.strip()
    return found


def _outer_quotes(text: str) -> str:
    """Move the quote of ``key="a,b"`` before the key, where a CSV reader expects it."""
    import re  # noqa: PLC0415 - as above

    return re.sub(r'(^|,)([^",=]*=)"', r'\1"\2', text)


def filters(texts: list[str] | None, missing: list[str] | None = None) -> dict[str, list[str | None]] | None:
    """Return field → values of texts such as ``channel=web``, and of fields that are ``missing``; nothing without any.

    Raises:
        UsageError: one is written otherwise.
    """
    found: dict[str, list[str | None]] = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name.strip() or not value:
            raise UsageError(f"{text!r} is no filter.", where="--filter", hint="Write channel=web.")
        found.setdefault(name.strip(), []).append(value)
    for name in missing or ():
        found.setdefault(name, []).append(None)
    return found or None
