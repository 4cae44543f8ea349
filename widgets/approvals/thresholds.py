"""What proposed thresholds would have done, for whoever decides about them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bos.errors import InputError
from bos.model.incidents import Incident, read_incidents
from widgets.approvals.messages import TEXT, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bos.model.answers.backtests import BackTest
    from bos.model.answers.changes import Group

_WIDEST = 60
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_PATH = re.compile(r"outcomes\[([^\]]+)\]\.thresholds")


def proposed(group: Group) -> list[tuple[str, list[float], list[float]]]:
    """Return the KPIs whose thresholds a group changes, each with the breach and the warning levels it proposes.

    Where thresholds are live and wait for a first signature, nothing is proposed beside them.
    """
    found = []
    for change in group.changes if group.kind == "template" and group.state in {"waiting", "unsigned"} else ():
        path = _PATH.fullmatch(change.path)
        rows: Any = change.new
        if path and change.op == "set" and isinstance(rows, list | tuple) and rows:
            new = rows if group.state == "waiting" else ()
            high, low = ([row["value"] for row in new if row["level"] == level] for level in ("breach", "warning"))
            found.append((path[1], high, low))
    return found


def known(text: str, zone: str) -> tuple[Incident, ...]:
    """Return the incidents a person typed or pasted: lines of start, end and name, or what a file of them holds.

    Times without an offset are of the zone.

    Raises:
        InputError: the text is none of these.
    """
    lines = text.strip()
    if lines[:1] in {"", "[", "{"}:
        return read_incidents(lines, zone=zone) if lines else ()
    rows = _COMMA.sub(",", lines)
    if "start" in rows.splitlines()[0]:
        return read_incidents(rows, zone=zone)
    return tuple(_typed(at, row, zone) for at, row in enumerate(rows.splitlines(), 1) if row.strip())


def _typed(at: int, row: str, zone: str) -> Incident:
    """Return the incident of a line. Raises InputError: it is none."""
    try:
        (found,) = read_incidents(f"start,end,name\n{row}", zone=zone)
    except (InputError, ValueError):
        words = say("no_incident", at=at, line=row if len(row) <= _WIDEST else f"{row[: _WIDEST - 1]}…")
        raise InputError(words, where="incidents", hint=TEXT["right_incident"]) from None
    return found


def told(tests: Sequence[BackTest]) -> str:
    """Return in words what proposed thresholds would have done by the day, beside those that are live.

    Where incidents were given, that is also what was caught and missed, with its money, and what keeps it untold.
    """
    return " ".join(part for test in tests for part in _told(test))


def _told(test: BackTest) -> Iterator[str]:
    for one in test.tests:
        of = "proposed" if one.of == "proposed" else "live now"
        missed = [
            label.name or f"{label.start:%Y-%m-%d}" for label in one.incidents if label.judged and not label.caught
        ]
        names = f" Missed: {', '.join(missed)}." if missed else ""
        yield f"{test.title}, {one.level} {one.shown} ({of}): {one.words}{names}"
    if any(one.incidents for one in test.tests):
        yield from test.notes
