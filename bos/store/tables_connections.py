"""The table of secrets of connections."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text

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
