"""The tables of the system of record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, those that others refer to first."""
    for make in (
        _batch,
        _document,
        _draft,
        _idempotency_key,
        _job,
        _journal,
        _outbox,
        _person,
        _run,
        _author,
        _held_group,
        _relation,
        _search,
        _version,
        _approval,
        _held_change,
        _signature,
    ):
        make()


def downgrade() -> None:
    """Drop every table."""
    for make in reversed(
        (
            "batch",
            "document",
            "draft",
            "idempotency_key",
            "job",
            "journal",
            "outbox",
            "person",
            "run",
            "author",
            "held_group",
            "relation",
            "search",
            "version",
            "approval",
            "held_change",
            "signature",
        )
    ):
        op.drop_table(make)


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("what IN ('events', 'metrics')", name=op.f("batch_what_check")),
        sa.PrimaryKeyConstraint("flow", "batch", name=op.f("batch_pkey")),
    )


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("head >= 1", name=op.f("document_head_check")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("document_pkey")),
    )


def _draft() -> None:
    op.create_table(
        "draft",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("doc", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("draft_revision_check")),
        sa.PrimaryKeyConstraint("kind", "id", "person", name=op.f("draft_pkey")),
    )
    op.create_index("draft_person_idx", "draft", ["person", "kind", "id"], unique=False)


def _idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", "key", name=op.f("idempotency_key_pkey")),
    )
    op.create_index("idempotency_key_at_idx", "idempotency_key", ["at"], unique=False)


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("cancel", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("runner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("job_state_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("job_pkey")),
    )
    op.create_index("job_created_at_idx", "job", ["created_at", "id"], unique=False)
    op.create_index(
        "job_unfinished_idx",
        "job",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("id", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("journal_seq_check")),
        sa.PrimaryKeyConstraint("seq", name=op.f("journal_pkey")),
    )
    op.create_index("journal_kind_id_seq_idx", "journal", ["kind", "id", "seq"], unique=False)
    op.create_index("journal_tag_seq_idx", "journal", ["tag", "seq"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("outbox_pkey")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("person_pkey")),
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(), nullable=False),
        sa.Column("result_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run", name=op.f("run_pkey")),
    )
    op.create_index("run_flow_at_idx", "run", ["flow", "at", "run"], unique=False)


def _author() -> None:
    op.create_table(
        "author",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("author_kind_fkey")),
        sa.PrimaryKeyConstraint("kind", "id", "path", "person", name=op.f("author_pkey")),
    )


def _held_group() -> None:
    op.create_table(
        "held_group",
        sa.Column("held_group", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("origin", postgresql.JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'unsigned', 'live', 'rejected', 'withdrawn', 'superseded', 'rework')",
            name=op.f("held_group_state_check"),
        ),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("held_group_kind_fkey")),
        sa.PrimaryKeyConstraint("held_group", name=op.f("held_group_pkey")),
    )
    op.create_index("held_group_at_idx", "held_group", ["at", "held_group"], unique=False)
    op.create_index("held_group_kind_id_at_idx", "held_group", ["kind", "id", "at", "held_group"], unique=False)
    op.create_index(
        "held_group_open_idx",
        "held_group",
        ["kind", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'unsigned', 'rework')"),
    )
    op.create_index("held_group_state_at_idx", "held_group", ["state", "at", "held_group"], unique=False)


def _relation() -> None:
    op.create_table(
        "relation",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("relation_kind_fkey")),
        sa.PrimaryKeyConstraint("kind", "id", "path", "target_kind", "target", name=op.f("relation_pkey")),
    )
    op.create_index("relation_target_idx", "relation", ["target_kind", "target", "kind", "id"], unique=False)


def _search() -> None:
    op.create_table(
        "search",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint(
            "state IN ('in review', 'approved with changes held', 'approved', 'retired')",
            name=op.f("search_state_check"),
        ),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("search_kind_fkey")),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("search_pkey")),
    )
    op.create_index("search_kind_owner_id_idx", "search", ["kind", "owner", "id"], unique=False)
    op.create_index("search_kind_state_id_idx", "search", ["kind", "state", "id"], unique=False)
    op.create_index("search_tags_idx", "search", ["tags"], unique=False, postgresql_using="gin")
    op.create_index("search_words_idx", "search", ["words"], unique=False, postgresql_using="gin")


def _version() -> None:
    op.create_table(
        "version",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("doc", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("words", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "cause IN ('submission', 'decision', 'restore', 'retire')", name=op.f("version_cause_check")
        ),
        sa.CheckConstraint("n >= 1", name=op.f("version_n_check")),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("version_kind_fkey")),
        sa.PrimaryKeyConstraint("kind", "id", "n", name=op.f("version_pkey")),
    )


def _approval() -> None:
    op.create_table(
        "approval",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("held_group", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["held_group"], ["held_group.held_group"], name=op.f("approval_held_group_fkey")),
        sa.ForeignKeyConstraint(["kind", "id"], ["document.kind", "document.id"], name=op.f("approval_kind_fkey")),
        sa.PrimaryKeyConstraint("kind", "id", "path", name=op.f("approval_pkey")),
    )


def _held_change() -> None:
    op.create_table(
        "held_change",
        sa.Column("held_group", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("old", postgresql.JSONB(), nullable=True),
        sa.Column("new", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("op IN ('set', 'add', 'remove')", name=op.f("held_change_op_check")),
        sa.ForeignKeyConstraint(["held_group"], ["held_group.held_group"], name=op.f("held_change_held_group_fkey")),
        sa.PrimaryKeyConstraint("held_group", "n", name=op.f("held_change_pkey")),
    )


def _signature() -> None:
    op.create_table(
        "signature",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("held_group", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("void", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('approve', 'reject', 'rework')", name=op.f("signature_decision_check")),
        sa.ForeignKeyConstraint(["held_group"], ["held_group.held_group"], name=op.f("signature_held_group_fkey")),
        sa.PrimaryKeyConstraint("seq", name=op.f("signature_pkey")),
    )
    op.create_index("signature_held_group_idx", "signature", ["held_group"], unique=False)
    # ### end Alembic commands ###
