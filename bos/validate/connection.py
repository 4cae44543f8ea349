"""Rules of the connection; what its connector wants of it is checked where connectors are known."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bos.errors import Problem
from bos.validate.ownership import owner_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bos.validate import Resolve

_TELLING = ("password", "passwd", "secret", "token", "apikey", "api_key", "authorization", "credential")
_NETLOC = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|[^\[\]:@]+)(?::\d*)?", re.ASCII)
"""Host and port of an address; IPv6 stands in brackets."""
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LONGEST = 253


def problems(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield the problems of a connection: an address that names no host, and secrets where they would be read."""
    yield from owner_problems(document)
    for flow in document["tells"]:
        if resolve("template", flow) is None:
            yield Problem("tells", f"There is no flow {flow!r} to tell of.", "Name the id of a template.", "tells.flow")
    yield from _filled(document, resolve)
    told = _place(document["address"])
    if told is None:
        yield _nowhere(document["address"])
    parts = urlsplit(document["address"]) if told else None
    if parts is not None and (parts.query or parts.fragment):
        yield Problem("address", "An address has no part after ? or #.", "Leave that part out.", "address")
    for name in document["settings"]:
        if any(word in name.casefold().replace("-", "_") for word in _TELLING):
            yield Problem(
                "settings",
                f"The setting {name!r} reads like a secret, and a document is read by many.",
                f"Leave it out and give it with: bos connection secret {document['id']} {name}.",
                "connection.secret",
            )


def _filled(document: dict[str, Any], resolve: Resolve) -> Iterator[Problem]:
    """Yield what is wrong with the flow that files of a folder go into by themselves."""
    flow = document["settings"].get("flow", "")
    if not document["address"].startswith("file:///") or not (flow or document["pull_every"]):
        return
    if not flow:
        words = "Nothing says which flow the files go into by themselves."
        yield Problem("settings", words, "Add the setting flow, or leave pull_every out.", "connection.flow")
    elif (template := resolve("template", flow)) is None:
        yield Problem("settings", f"There is no flow {flow!r} for the files.", "Name a template.", "connection.flow")
    elif (name := document["settings"].get("signal", "")) and not _knows(template, name):
        hint = f"Its system signals: {', '.join(one['id'] for one in template['system_signals']) or 'none yet'}."
        yield Problem("settings.signal", f"The flow {flow} has no system signal {name!r}.", hint, "signal")


def _knows(template: dict[str, Any], name: str) -> bool:
    return any(name in {one["id"], one["signal"]} for one in template["system_signals"])


def _nowhere(address: str) -> Problem:
    """Return what is wrong with an address that leads nowhere: its port, or else its host."""
    if address.startswith("file://"):
        words = "The address is no folder of this machine."
        return Problem("address", words, "Write file:///absolute/path.", "address")
    try:
        named = urlsplit(address).hostname
    except ValueError:
        named = None
    if named is not None and named.isascii() and not _has_port(address):
        return Problem("address", "The port of the address is none.", "A port is a number from 1 to 65535.", "address")
    return Problem(
        "address", "The address names no host.", "Write https://host or https://host:port, in ASCII.", "address"
    )


def _has_port(address: str) -> bool:
    """Return whether the port of an address, where it has one, can be."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def _host(address: str) -> str | None:
    """Return the host of an address; nothing where it names none that could be."""
    try:
        parts = urlsplit(address)
        named = parts.hostname if _has_port(address) else None
        whole = _NETLOC.fullmatch(parts.netloc)
        if named is None or whole is None or (whole["v6"] and not IPv6Address(whole["v6"])):
            return None
    except ValueError:
        return None
    labels = named.removesuffix(".").split(".")
    good = whole["v6"] or (len(named) <= _LONGEST and all(_LABEL.fullmatch(label) for label in labels))
    return named if good else None


def _place(address: str) -> str | None:
    """Return where an address leads: a host, or a folder of this machine (``file:///folder``)."""
    scheme, _, rest = address.partition("://")
    if scheme == "file":
        host, mark, path = rest.partition("/")
        return f"/{path}" if mark and host in {"", "localhost"} else None
    return _host(address)
