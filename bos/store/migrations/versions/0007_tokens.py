"""Tokens of people and of services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON api_token TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "api_token",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("api_token", "sha256", "title", "kind", "person")),
        sa.Column("rights", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("kind IN ('personal', 'service')", name=op.f("api_token_kind_check")),
        sa.CheckConstraint("scope IN ('all', 'flow', 'tag')", name=op.f("api_token_scope_check")),
        sa.CheckConstraint("(scope = 'all') = (value = '')", name=op.f("api_token_value_check")),
        sa.PrimaryKeyConstraint("api_token", name=op.f("api_token_pkey")),
    )
    op.create_index("api_token_sha256_idx", "api_token", ["sha256"], unique=True)
    op.create_index("api_token_person_idx", "api_token", ["person", "at"], unique=False)
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop the table: programs need the token of the home again."""
    op.drop_table("api_token")
