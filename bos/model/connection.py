"""Connections: the systems that telemetry is pulled from and that are told something."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from bos.model.document import Document, Line, Slug, Window, storable

Address = Annotated[
    str, StringConstraints(max_length=500, pattern=r"^[a-z][a-z0-9+.-]*://[^\s@]+$"), AfterValidator(storable)
]
"""Where a system answers: scheme, host, port, path; never a user or a password."""

Told = Literal["kpi.state", "feedback", "pack", "signature.waits"]
"""What a system is told of a flow: a watched KPI changed its state, somebody gave feedback, a review pack is there,
signatures are asked for."""


class Connection(Document):
    """A system outside BOS: which connector speaks to it, where it answers, how long BOS waits.

    ``settings`` are those of the connector (``docs/connectors.md``). Passwords and tokens are no part of the document:
    they are kept encrypted beside it, each for this connection and this address alone.

    ``tells`` says which flows the system hears of, and what of each. At most ``at_once`` pieces of work are under way
    with it at a time, however many workers there are. ``pull_every``: what is bound to it is pulled so often by itself.
    """

    kind: ClassVar[str] = "connection"
    collection: ClassVar[str] = "connections"
    label: ClassVar[str] = "connection"

    owner: Slug = "sre"
    connector: Slug
    address: Address
    settings: dict[Line, Line] = Field(default_factory=dict)
    timeout_seconds: int = Field(default=30, ge=1, le=600)
    delay_seconds: int = Field(default=120, ge=0, le=86_400)
    at_once: int = Field(default=2, ge=1, le=20)
    tells: dict[Slug, tuple[Told, ...]] = Field(default_factory=dict)
    pull_every: Window | None = None
    enabled: bool = True


_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address: whom a secret that was given for it is sent to."""
    parts = urlsplit(address)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}" if port else f"{parts.scheme}://{parts.hostname}"
