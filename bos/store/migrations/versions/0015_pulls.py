"""How far the signals of flows were pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON pull TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pull",
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("upto", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flow", "signal", name=op.f("pull_pkey")),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it; the next pull begins a day back."""
    op.drop_table("pull")
