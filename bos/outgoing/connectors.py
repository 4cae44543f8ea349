"""The connectors that are installed, found by their entry points."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from bos.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bos.ports import Connector

GROUP = "bos.connectors"
_PARTS = ("name", "title", "schemes", "settings", "secrets", "unproven", "doctor", "close")

_log = logging.getLogger("bos.connectors")


@cache
def installed() -> Mapping[str, type[Connector]]:
    """Return the connectors by name; one that cannot be loaded is left out, and the log says why."""
    found: dict[str, type[Connector]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            connector = entry.load()
        except Exception as error:  # noqa: BLE001 - whatever somebody else's package does when it is loaded
            _log.warning("the connector %s of %s cannot be loaded: %s", entry.name, entry.value, error)
            continue
        lacks = [part for part in _PARTS if not hasattr(connector, part)]
        if lacks or connector.name != entry.name:
            _log.warning("the connector %s of %s lacks: %s", entry.name, entry.value, ", ".join(lacks) or "its name")
            continue
        found[entry.name] = connector
    return found


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
