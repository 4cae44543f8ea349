"""The tables of connections: their secrets, how far signals were pulled, what was put there, what came."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Table, Text
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
