"""Which dashboards were put into other systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON placed_dashboard TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "placed_dashboard",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", "flow", name=op.f("placed_dashboard_pkey")),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it; a dashboard that is put there again is told as one that somebody changed."""
    op.drop_table("placed_dashboard")
