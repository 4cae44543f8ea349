"""How many rows of a pull could not be taken, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was rejected from now on is told."""
    op.add_column("pull", sa.Column("rejected", JSONB(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("pull", "rejected")
