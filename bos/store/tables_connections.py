"""The tables of connections: their secrets, how far signals were pulled over them, what was put there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Table, Text

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
