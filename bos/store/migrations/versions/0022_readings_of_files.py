"""Which batch has what a file of a folder brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was taken before, the next look writes it."""
    op.add_column("taken_file", sa.Column("batch", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("taken_file", "batch")
