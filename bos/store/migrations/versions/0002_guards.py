"""The guards of the audit trail, and the role BOS works as."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDED = ("journal", "version")
"""Tables whose rows never change."""
WRITTEN = (
    "document", "approval", "held_group", "held_change", "signature", "author", "person", "draft", "relation",
    "search", "run", "job", "batch", "outbox", "idempotency_key",
)  # fmt: skip

_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% keeps what was written: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$
"""
_TRIGGERS = """
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
# A role belongs to the whole server: another database of BOS may have made it, or be making it now.
_ROLE = """
DO $$
DECLARE
    -- From 16 on, whoever makes a role is a member of it at once, but may not work as it yet.
    may_be text := CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        CREATE ROLE bos_app NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'bos_app', may_be) THEN
        EXECUTE format('GRANT bos_app TO %I', current_user);
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE WARNING 'BOS works without the role bos_app: this user may not make it. Triggers still guard the audit '
            'trail. To have both: CREATE ROLE bos_app NOLOGIN; GRANT bos_app TO %; and give it the rights of '
            'docs/store.md.', current_user;
END
$$
"""
_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO bos_app', current_schema());
        GRANT SELECT ON alembic_version TO bos_app;
        GRANT SELECT, INSERT ON {guarded} TO bos_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON {written} TO bos_app;
    END IF;
END
$$
"""
_WITHDRAW = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        REVOKE ALL ON {tables}, alembic_version FROM bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Guard what must not change, then let the application's role in."""
    op.execute(_REFUSE)
    for table in GUARDED:
        op.execute(_TRIGGERS.format(table=table))
    op.execute(_ROLE)
    op.execute(_RIGHTS.format(guarded=", ".join(GUARDED), written=", ".join(WRITTEN)))


def downgrade() -> None:
    """Take the guards and the role's rights away; the role may serve other databases and stays."""
    for table in GUARDED:
        op.execute(f"DROP TRIGGER refuse_change ON {table}")
        op.execute(f"DROP TRIGGER refuse_truncate ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute(_WITHDRAW.format(tables=", ".join((*GUARDED, *WRITTEN))))
