"""The tables of who is signed in. Secrets stand here as hashes only."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from bos.store.tables import metadata

session = Table(
    "session",
    metadata,
    Column("session", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("acting_as", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("issuer", Text),
    Column("subject", Text),
    Column("sid", Text),
    Column("sealed", Text),
    Column("renew_at", DateTime(timezone=True)),
    Index("session_expires_at_idx", "expires_at"),
    Index("session_subject_idx", "issuer", "subject"),
)
"""Browsers that are signed in, by the SHA-256 of their secret; ``acting_as`` is a sample person of a demo.

Where a provider vouches for the person: who they are there (``issuer``, ``subject``, its session ``sid``), what is
shown to it again, encrypted (``sealed``), and when it is asked next (``renew_at``).
"""

ticket = Table(
    "ticket",
    metadata,
    Column("ticket", Text, primary_key=True),
    Column("session", Text, ForeignKey("session.session"), nullable=False),
    Column("acting_as", Text),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Index("ticket_session_idx", "session"),
    Index("ticket_expires_at_idx", "expires_at"),
)
"""What a kernel trades for a token, once, by its SHA-256."""

access_token = Table(
    "access_token",
    metadata,
    Column("access_token", Text, primary_key=True),
    Column("session", Text, ForeignKey("session.session"), nullable=False),
    Column("acting_as", Text),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("renewed_at", DateTime(timezone=True)),
    Index("access_token_session_idx", "session"),
    Index("access_token_expires_at_idx", "expires_at"),
)
"""What kernels call the API with, by its SHA-256: it acts as the person of its session."""

api_token = Table(
    "api_token",
    metadata,
    Column("api_token", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("rights", ARRAY(Text), nullable=False),
    Column("scope", Text, nullable=False),
    Column("value", Text, nullable=False, server_default=text("''")),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text, nullable=False, server_default=text("''")),
    CheckConstraint("kind IN ('personal', 'service')", name="kind"),
    CheckConstraint("scope IN ('all', 'flow', 'tag')", name="scope"),
    CheckConstraint("(scope = 'all') = (value = '')", name="value"),
    Index("api_token_sha256_idx", "sha256", unique=True),
    Index("api_token_person_idx", "person", "at"),
)
"""What programs call the API with, by the SHA-256 of its secret. A row stays when the token is good no more."""
