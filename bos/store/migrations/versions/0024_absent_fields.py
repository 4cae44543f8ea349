"""Fields that no row of a delivery had; when somebody who sent was turned away, apart from failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_APART = """
update connection_state
set refused_at = failed_at, refused_why = reason, refused_hint = hint, failed_at = null, reason = null, hint = null
where reason like 'A delivery was turned away:%'
"""


def upgrade() -> None:
    """Add the columns; who was turned away is no failure any more."""
    op.add_column("hook_delivery", sa.Column("absent", JSONB(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("connection_state", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection_state", sa.Column("refused_why", sa.Text(), nullable=True))
    op.add_column("connection_state", sa.Column("refused_hint", sa.Text(), nullable=True))
    op.execute(_APART)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("connection_state", "refused_hint")
    op.drop_column("connection_state", "refused_why")
    op.drop_column("connection_state", "refused_at")
    op.drop_column("hook_delivery", "absent")
