"""Secrets of connections, and an index of the words of connections, as each kind has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON connection_secret TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "connection_secret",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("connection", "name", name=op.f("connection_secret_pkey")),
    )
    op.create_index(
        "search_words_connection_idx",
        "search",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'connection'"),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop them; the secrets have to be given anew."""
    op.drop_index("search_words_connection_idx", table_name="search")
    op.drop_table("connection_secret")
