"""The approval policy, batches of changes, waivers, what people are called in git, and blueprints that were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("change_batch", "waiver", "person_identity", "blueprint_version")

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO bos_app;
        GRANT SELECT, INSERT ON checkpoint TO bos_app;
    END IF;
END
$$
"""
_GUARDS = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Make the tables."""
    op.add_column("held_group", sa.Column("batch", sa.Text(), nullable=True))
    op.create_index(
        "held_group_batch_idx", "held_group", ["batch"], postgresql_where=sa.text("batch IS NOT NULL"), unique=False
    )
    _tables()
    op.create_index(
        "search_words_policy_idx",
        "search",
        ["words"],
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'policy'"),
    )
    _checkpoints()
    op.execute(_RIGHTS.format(tables=", ".join(TABLES)))


def downgrade() -> None:
    """Drop the tables; the versions of the policy stay, since no version is ever removed."""
    op.drop_index("search_words_policy_idx", table_name="search")
    op.drop_index("held_group_batch_idx", table_name="held_group")
    op.drop_column("held_group", "batch")
    for table in (*TABLES, "checkpoint"):
        op.drop_table(table)


def _checkpoints() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("checkpoint_pkey")),
    )
    op.execute(_GUARDS)


def _tables() -> None:
    op.create_table(
        "change_batch",
        sa.Column("change_batch", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_batch", name=op.f("change_batch_pkey")),
    )
    op.create_table(
        "person_identity",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.person"], name=op.f("person_identity_person_fkey")),
        sa.PrimaryKeyConstraint("identity", name=op.f("person_identity_pkey")),
    )
    op.create_table(
        "blueprint_version",
        sa.Column("blueprint", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("template", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("blueprint", "sha256", name=op.f("blueprint_version_pkey")),
    )
    op.create_index("person_identity_person_idx", "person_identity", ["person"], unique=False)
    op.create_table(
        "waiver",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("waiver", "kind", "id", "path", "value_hash", "reason")
        ),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_for", sa.Text(), nullable=True),
        sa.Column("asked_role", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.Column("set_for", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("end_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("(set_by IS NULL) = (set_at IS NULL)", name=op.f("waiver_set_check")),
        sa.CheckConstraint("asked_role IN ('owner', 'coe')", name=op.f("waiver_asked_role_check")),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("waiver_kind_fkey")),
        sa.PrimaryKeyConstraint("waiver", name=op.f("waiver_pkey")),
    )
    op.create_index(
        "waiver_open_idx", "waiver", ["kind", "id", "path"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("waiver_ends_idx", "waiver", ["ends"], postgresql_where=sa.text("ended_at IS NULL"), unique=False)
