"""Since when a person whom BOS knew is erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("person", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("person_erased_check"), "person", "erased_at IS NULL OR disabled_at IS NOT NULL")


def downgrade() -> None:
    """Drop it; whoever was erased is only disabled then."""
    op.drop_constraint(op.f("person_erased_check"), "person", type_="check")
    op.drop_column("person", "erased_at")
