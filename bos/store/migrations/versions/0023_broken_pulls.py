"""Which signal of a pull was broken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is broken now, the next pull says."""
    op.add_column("pull", sa.Column("problem", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("pull", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("pull", "failed_at")
    op.drop_column("pull", "problem")
