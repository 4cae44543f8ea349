"""What became of the files of watched folders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON taken_file TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table; of what was taken before, the next look writes it."""
    op.create_table(
        "taken_file",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection", "flow", "name", name=op.f("taken_file_pkey")),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it; what was taken stays known by its content."""
    op.drop_table("taken_file")
