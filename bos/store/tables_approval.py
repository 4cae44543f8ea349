"""The tables of batches and waivers, and of the blueprints flows were made from."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bos.store.tables import metadata

change_batch = Table(
    "change_batch",
    metadata,
    Column("change_batch", Text, primary_key=True),
    Column("author", Text, nullable=False),
    Column("rationale", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Changes of several documents in one act; ``held_group.batch`` names it."""

waiver = Table(
    "waiver",
    metadata,
    Column("waiver", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("value_hash", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ends", DateTime(timezone=True), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_for", Text),
    Column("asked_role", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("set_by", Text),
    Column("set_for", Text),
    Column("set_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text, nullable=False, server_default=text("''")),
    Column("end_reason", Text, nullable=False, server_default=text("''")),
    ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"]),
    CheckConstraint("(set_by IS NULL) = (set_at IS NULL)", name="set"),
    CheckConstraint("asked_role IN ('owner', 'coe')", name="asked_role"),
    Index("waiver_open_idx", "kind", "id", "path", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("waiver_ends_idx", "ends", postgresql_where=text("ended_at IS NULL")),
)
"""Values that count as signed until a date: asked for by the owner or the CoE, set by the other."""

blueprint_version = Table(
    "blueprint_version",
    metadata,
    Column("blueprint", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("template", JSONB, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""The templates of blueprints that flows were made from or upgraded to: what is changed here is told by them."""
