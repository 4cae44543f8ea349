"""How a KPI is watched, in a draft: what was typed becomes what the template keeps. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from widgets.wizard.fields import span
from widgets.wizard.messages import wrong
from widgets.wizard.state import Wrong, find

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD = re.compile(r"^(outcomes\[[^\]]+\])\.watch\.(on|every|over|worse_after|better_after)$")
NEW = {"every": "15 minutes", "over": None, "worse_after": 1, "better_after": 2}
_MOST = 100
_COUNT = re.compile(r"^[0-9]{1,3}$", re.ASCII)
_LOOKS = {"worse_after": "Worse after", "better_after": "Better after"}
LABELS = {"every": "Looked at every", "over": "Over the last", **_LOOKS}
"""What each part is called on the page."""


def field_of(name: str) -> tuple[str, str] | None:
    """Return the path of the KPI that a control of the watch belongs to, and which it is; nothing for others."""
    found = _FIELD.match(name)
    return (found.group(1), found.group(2)) if found else None


def write(document: dict[str, Any], path: str, part: str, typed: Any) -> bool:
    """Take over what was typed; return whether there is such a place. What cannot be read stays as it was typed."""
    outcome = find(document, path)
    if outcome is None or not isinstance(typed, str):
        return False
    held = outcome.get("watch")
    if part == "on":
        outcome["watch"] = (held or dict(NEW)) if typed else None
        return True
    if held is None:
        return False
    if part in _LOOKS:
        value: Any = int(typed) if _COUNT.match(typed.strip()) else typed
    else:
        value = (span(typed) or typed.strip()) if typed.strip() else None
    outcome["watch"] = {**held, part: value}
    return True


def has_window(outcome: dict[str, Any]) -> bool:
    """Return whether a KPI has a window of its own, over which it is watched where no other span is given."""
    return bool((outcome.get("measure") or {}).get("window"))


def problems(document: dict[str, Any], path: str) -> Iterator[Wrong]:
    """Yield what is wrong with how a KPI is watched."""
    outcome = find(document, path) or {}
    held = outcome.get("watch")
    if not held:
        return
    if span(str(held["every"] or "")) is None:
        yield Wrong(f"{path}.watch.every", wrong("span", label=LABELS["every"]))
    if held["over"] and span(str(held["over"])) is None:
        yield Wrong(f"{path}.watch.over", wrong("span", label=LABELS["over"]))
    if not held["over"] and not has_window(outcome):
        yield Wrong(f"{path}.watch.over", wrong("watch_over"))
    for part, label in _LOOKS.items():
        if not isinstance(held[part], int) or not 1 <= held[part] <= _MOST:
            yield Wrong(f"{path}.watch.{part}", wrong("looks", label=label))
