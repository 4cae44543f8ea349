"""The own keys of people in telemetry, by which their pseudonyms are made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE ON subject_key TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "subject_key",
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("lookup", name=op.f("subject_key_pkey")),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("subject_key")
