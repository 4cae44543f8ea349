"""Which rows of what others sent were not taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of deliveries that were read before, the record of their import says it."""
    op.add_column("hook_delivery", sa.Column("read", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.add_column("hook_delivery", sa.Column("rejected", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    none = sa.text("'{}'")
    op.add_column("hook_delivery", sa.Column("reasons", postgresql.JSONB(), nullable=False, server_default=none))


def downgrade() -> None:
    """Drop them."""
    for name in ("reasons", "rejected", "read"):
        op.drop_column("hook_delivery", name)
