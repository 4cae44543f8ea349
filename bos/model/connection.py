"""Connections: the systems that telemetry is pulled from and that are told something."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from bos.model.document import Document, Line, Slug

Address = Annotated[str, StringConstraints(max_length=500, pattern=r"^[a-z][a-z0-9+.-]*://[^\s@]+$")]
"""Where a system answers: scheme, host, port, path; never a user or a password."""


class Connection(Document):
    """A system outside BOS: which connector speaks to it, where it answers, how long BOS waits.

    ``settings`` are those of the connector (``docs/connectors.md``). Passwords and tokens are no part of the document:
    they are kept encrypted beside it, each for this connection and this address alone.
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
    enabled: bool = True
