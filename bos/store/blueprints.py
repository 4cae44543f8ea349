"""The templates of blueprints that flows were made from, each version as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bos.store.tables_approval import blueprint_version

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def keep(
    connection: Connection, name: str, *, version: int, sha256: str, template: dict[str, Any], at: datetime
) -> None:
    """Write a version of a blueprint, unless it is kept already."""
    row = {"blueprint": name, "version": version, "sha256": sha256, "template": template, "at": at}
    connection.execute(insert(blueprint_version).values(**row).on_conflict_do_nothing())


def template(connection: Connection, name: str, sha256: str) -> dict[str, Any] | None:
    """Return the template of a version of a blueprint, or nothing where it was never used in this home."""
    mine = (blueprint_version.c.blueprint == name, blueprint_version.c.sha256 == sha256)
    return connection.execute(select(blueprint_version.c.template).where(*mine)).scalar()
