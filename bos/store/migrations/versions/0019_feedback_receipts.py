"""Where feedback is in the systems that were told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON feedback_receipt TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table; what was told before did not say of which feedback it was."""
    op.create_table(
        "feedback_receipt",
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("feedback", "connection", name=op.f("feedback_receipt_pkey")),
    )
    op.create_index(
        op.f("feedback_receipt_connection_reference_idx"),
        "feedback_receipt",
        ["connection", "reference"],
        unique=False,
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it; where feedback is cannot be found again."""
    op.drop_table("feedback_receipt")
