"""What a command prints: tables for people, JSON for programs. Text of people is printed as it is, harmless."""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bos.model.numbers import MINUS, SHARES, alike, exact, points, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from bos.errors import BosError
    from bos.model.answers.exports import ExportNotes

# Control characters, line separators, direction marks and lone surrogates: they move the cursor or the eye.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_WIDE = 100_000


def clean(value: Any) -> str:
    """Return a value as text of one line that cannot steer a terminal; nothing for ``None``."""
    text = "" if value is None else str(value)
    return _UNSAFE.sub(lambda found: " " if found.group() in "\n\t\u2028\u2029" else "", text)


def when(moment: datetime | None, zone: str = "") -> str:
    """Return a moment to the second, with its offset, on the clock of a zone if one is named; nothing for ``None``."""
    if moment is None:
        return ""
    return (moment.astimezone(ZoneInfo(zone)) if zone else moment).isoformat(sep=" ", timespec="seconds")


def told(value: float | str | None, unit: str) -> str:
    """Return a number as dashboards show it, with every digit beside it where that is rounded: 2.83 % (2.8297 %)."""
    return "-" if value is None else _both(shown(value, unit), exact(value, unit))


def change(difference: float | str | None, unit: str, usual: str = "") -> str:
    """Return a difference as :func:`told` does, with its sign; of fractions in percentage points.

    ``usual`` is how it is shown where that is said, as of the parts of a sum.
    """
    if difference is None:
        return "-"
    number = Decimal(f"{difference:.12g}" if isinstance(difference, float) else str(difference))
    sign, size = "+" if number > 0 else MINUS if number < 0 else "", abs(number)
    if unit in SHARES:
        return _both(usual or f"{sign}{points(float(size))}", f"{sign}{(size * 100).normalize():f} points")
    return _both(usual or f"{sign}{shown(str(size), unit)}", f"{sign}{exact(size, unit)}")


def _both(usual: str, every_digit: str) -> str:
    return usual if alike(usual, every_digit) else f"{usual} ({every_digit})"


def line(text: str = "") -> None:
    """Print a line."""
    sys.stdout.write(f"{clean(text)}\n")


def note(text: str) -> None:
    """Print a line beside the output, for people."""
    sys.stderr.write(f"{clean(text)}\n")


def as_json(value: Any) -> None:
    """Print plain data as JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    sys.stdout.write(_UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n")


def answers(items: Iterable[Any]) -> None:
    """Print answers as a JSON list."""
    as_json([item.model_dump(mode="json") for item in items])


def exported(notes: ExportNotes, path: Path, *, json: bool) -> None:
    """Print where an exported file is, what it must be marked with, and what it cannot carry."""
    if json:
        as_json({**notes.model_dump(mode="json"), "path": str(path)})
        return
    line(f"Written to {path}, {notes.size_bytes:,} bytes.")
    for mark in notes.marks:
        line(f"Mark · {mark}")
    for one in notes.not_carried:
        line(f"Not carried · {' · '.join(part for part in (one.where, one.what) if part)}: {one.why}")


def table(names: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "Nothing.") -> None:
    """Print a table: wrapped on a terminal, a row a line where it is piped."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if not cells:
        line(empty)
        return
    from rich.console import Console  # noqa: PLC0415 - `bos --help` is to be instant
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in names:
        shown.add_column(name, overflow="fold")
    for row in cells:
        shown.add_row(*map(Text, row))
    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else _WIDE, no_color=not terminal, highlight=False)
    with console.capture() as caught:
        console.print(shown)
    sys.stdout.write("".join(f"{text.rstrip()}\n" for text in caught.get().splitlines()))


def problems(found: Iterable[Any]) -> None:
    """Print the problems of a document."""
    rows = [(item.severity, item.path, item.message, item.hint) for item in found]
    table(("", "Where", "What", "What to do"), rows, empty="No problems.")


def trouble(error: BosError) -> int:
    """Print an error for a person; return the exit status."""
    from bos.errors import Invalid, UsageError  # noqa: PLC0415 - the module's only use of them

    note(f"Error: {error.message}")
    for label, text in (("Where", error.where), ("Hint", error.hint)):
        if text:
            note(f"  {label}: {text}")
    found = error.problems if isinstance(error, Invalid) else ()
    if len(found) > 1 or any(problem.message != error.message for problem in found):
        for text in dict.fromkeys(f"  {p.severity}: {p.path}: {p.message} {p.hint}".rstrip() for p in found):
            note(text)
    return 2 if isinstance(error, UsageError) else 1


def as_yaml(document: dict[str, Any]) -> None:
    """Print a document as YAML, keys in their order; beyond ASCII by escapes where a character could steer the eye."""
    import yaml  # noqa: PLC0415 - only some commands need it

    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
    if _UNSAFE_IN_JSON.search(text):
        text = yaml.safe_dump(document, allow_unicode=False, sort_keys=False)
    sys.stdout.write(text)
