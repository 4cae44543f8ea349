"""Who is signed in: sessions of browsers, tickets and tokens of kernels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("access_token", "ticket", "session")

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the tables, and let the application's role write them."""
    _session()
    _ticket()
    _access_token()
    op.execute(_RIGHTS.format(tables=", ".join(TABLES)))


def downgrade() -> None:
    """Drop the tables: everybody is signed out."""
    for table in TABLES:
        op.drop_table(table)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("acting_as", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("session", name=op.f("session_pkey")),
    )
    op.create_index("session_expires_at_idx", "session", ["expires_at"], unique=False)


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("acting_as", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session"], ["session.session"], name=op.f("ticket_session_fkey")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("ticket_pkey")),
    )
    op.create_index("ticket_session_idx", "ticket", ["session"], unique=False)
    op.create_index("ticket_expires_at_idx", "ticket", ["expires_at"], unique=False)


def _access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("access_token", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("acting_as", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["session"], ["session.session"], name=op.f("access_token_session_fkey")),
        sa.PrimaryKeyConstraint("access_token", name=op.f("access_token_pkey")),
    )
    op.create_index("access_token_session_idx", "access_token", ["session"], unique=False)
    op.create_index("access_token_expires_at_idx", "access_token", ["expires_at"], unique=False)
