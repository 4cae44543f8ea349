"""The tables of connections: their secrets, how it goes with each, what is pulled, told, put there, what came."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bos.store.tables import metadata

connection_secret = Table(
    "connection_secret",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""A secret of a connection, encrypted with the key that ``key`` names, for the system at ``origin`` alone."""

pull = Table(
    "pull",
    metadata,
    Column("flow", Text, primary_key=True),
    Column("signal", Text, primary_key=True),
    Column("upto", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("added", BigInteger, nullable=False),
)
"""Up to when (not included) a signal of a flow was read, when that was, and how many rows it has brought in all."""

delivery = Table(
    "delivery",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("connection", Text, nullable=False),
    Column("flow", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("message", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("tried_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("reference", Text),
    Column("link", Text),
    Column("reason", Text),
    Column("hint", Text),
    CheckConstraint("state IN ('waiting', 'sent', 'dead', 'given up')", name="state"),
)
"""One message to one system. ``key`` stays the same however often it is tried; the oldest that waits for a connection
and a flow goes first, not before ``due_at``. ``reference`` and ``link`` are the receipt, ``reason`` and ``hint`` why
the last attempt did not deliver it."""

Index(
    None,
    delivery.c.connection,
    delivery.c.flow,
    delivery.c.seq,
    postgresql_where=text("state = 'waiting'"),
)

connection_state = Table(
    "connection_state",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("pause", Integer, nullable=False),
    Column("open_until", DateTime(timezone=True)),
    Column("tried_at", DateTime(timezone=True)),
    Column("worked_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("reason", Text),
    Column("hint", Text),
)
"""How it goes with a connection: failures in a row, until when it is left alone and for how many seconds (``pause``),
when it was last tried, worked and failed, and why."""


placed_dashboard = Table(
    "placed_dashboard",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("flow", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Which run of a flow's dashboard BOS put into a system last, and the version that has there."""

hook_delivery = Table(
    "hook_delivery",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("flow", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary),
    Column("problem", Text, nullable=False),
    Column("added", BigInteger, nullable=False),
)
"""What somebody sent to BOS: waiting, done or dead. Its bytes are there until it is done."""
