"""What proposed thresholds would have done, for whoever decides about them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bos.model.answers.backtests import BackTest
    from bos.model.answers.changes import Group

_PATH = re.compile(r"outcomes\[([^\]]+)\]\.thresholds")


def proposed(group: Group) -> list[tuple[str, list[float], list[float]]]:
    """Return the KPIs whose thresholds a group changes, each with the breach and the warning levels it proposes."""
    found = []
    for change in group.changes if group.kind == "template" and group.state == "waiting" else ():
        path = _PATH.fullmatch(change.path)
        rows: Any = change.new
        if path and change.op == "set" and isinstance(rows, list | tuple) and rows:
            high, low = ([row["value"] for row in rows if row["level"] == level] for level in ("breach", "warning"))
            found.append((path[1], high, low))
    return found


def told(tests: Sequence[BackTest]) -> str:
    """Return in words how often proposed thresholds would have fired by the day, beside those that are live."""
    return " ".join(
        f"{test.title}, {one.level} {one.shown} ({'proposed' if one.of == 'proposed' else 'live now'}): {one.words}"
        for test in tests
        for one in test.tests
    )
