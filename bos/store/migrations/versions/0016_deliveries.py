"""What systems are told, and how it goes with each connection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON delivery, connection_state TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "delivery",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("reference", sa.Text()),
        sa.Column("link", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("hint", sa.Text()),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'dead', 'given up')", name=op.f("delivery_state_check")),
        sa.PrimaryKeyConstraint("seq", name=op.f("delivery_pkey")),
        sa.UniqueConstraint("key", name=op.f("delivery_key_key")),
    )
    op.create_index(
        op.f("delivery_connection_flow_seq_idx"),
        "delivery",
        ["connection", "flow", "seq"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "connection_state",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pause", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True)),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("worked_at", sa.DateTime(timezone=True)),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("hint", sa.Text()),
        sa.PrimaryKeyConstraint("connection", name=op.f("connection_state_pkey")),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop them, with what was not delivered yet."""
    op.drop_table("connection_state")
    op.drop_table("delivery")
