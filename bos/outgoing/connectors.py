"""The connectors that are installed, found by their entry points."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from bos.errors import NotFound
from bos.wire import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint

    from bos.ports import Connector

GROUP = "bos.connectors"
_PARTS = ("name", "title", "schemes", "settings", "secrets", "unproven", "doctor", "close")

_log = logging.getLogger("bos.connectors")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry point that names no connector that could be used, what it leads to, and why not."""

    name: str
    value: str
    why: str


def installed() -> Mapping[str, type[Connector]]:
    """Return the connectors by name; what cannot be used is left out."""
    return found()[0]


def left_out() -> tuple[LeftOut, ...]:
    """Return what is named as a connector and cannot be used; the log says so, too."""
    return found()[1]


@cache
def found() -> tuple[Mapping[str, type[Connector]], tuple[LeftOut, ...]]:
    """Load what packages name as connectors, once: what can be used by name, and what is left out."""
    good: dict[str, type[Connector]] = {}
    bad: list[LeftOut] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        connector, why = _loaded(entry)
        if why:
            _log.warning("the connector %s of %s is left out: %s", entry.name, entry.value, why)
            bad.append(LeftOut(entry.name, entry.value, why))
        else:
            good[entry.name] = connector
    return good, tuple(bad)


def _loaded(entry: EntryPoint) -> tuple[Any, str]:
    """Return what an entry point leads to, and why it is no connector that could be used."""
    try:
        connector = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever somebody else's package does when it is loaded
        return None, f"It cannot be loaded: {type(error).__name__}: {quoted(str(error))}"
    lacks = [part for part in _PARTS if not hasattr(connector, part)]
    if lacks:
        return None, f"It lacks {', '.join(lacks)}."
    if connector.name != entry.name:
        return None, f"It calls itself {connector.name}, not {entry.name} as its entry point does."
    return connector, ""


def connector_of(name: str) -> type[Connector]:
    """Return a connector.

    Raises:
        NotFound: none of that name is installed.
    """
    try:
        return installed()[name]
    except KeyError:
        raise NotFound(
            f"No connector {name!r} is installed.",
            where="connector",
            hint=f"Installed: {', '.join(installed()) or 'none'}. Install the package that has it, or name another.",
        ) from None
