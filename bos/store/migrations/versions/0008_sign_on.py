"""Who is who at the provider of the sign-on, groups that come from there, and sessions it vouches for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON sign_on TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table and the columns: sessions and groups that are there are BOS's own."""
    op.create_table(
        "sign_on",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("issuer", "subject", "person")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("at", "seen_at")),
        sa.ForeignKeyConstraint(["person"], ["person.person"], name=op.f("sign_on_person_fkey")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("sign_on_pkey")),
    )
    op.create_index("sign_on_person_idx", "sign_on", ["issuer", "person"], unique=True)
    op.add_column("people_group", sa.Column("follows", sa.Text(), server_default=sa.text("''"), nullable=False))
    for name in ("issuer", "subject", "sid", "sealed"):
        op.add_column("session", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("session", sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("session_subject_idx", "session", ["issuer", "subject"], unique=False)
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop them; sessions that a provider vouched for end."""
    op.execute("UPDATE session SET ended_at = now() WHERE issuer IS NOT NULL AND ended_at IS NULL")
    op.drop_index("session_subject_idx", "session")
    for name in ("renew_at", "sealed", "sid", "subject", "issuer"):
        op.drop_column("session", name)
    op.drop_column("people_group", "follows")
    op.drop_table("sign_on")
