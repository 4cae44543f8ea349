"""People, groups, roles with scope and dates, delegations; the flow and the roles of each document.

Whoever was known keeps the roles they came with, on all flows. Sessions end: their roles are looked up from now on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("delegation", "role_binding", "membership", "people_group")

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO bos_app;
    END IF;
END
$$
"""
_CARRY_OVER = """
INSERT INTO role_binding (role_binding, person, role, scope, starts, given_by, rationale, at)
SELECT md5(person || ' ' || role), person, role, 'all', at, 'system', '(written by BOS) Held before bindings.', at
FROM person, unnest(roles) AS role
"""
_FLOWS = """
UPDATE search s SET
    flow = CASE WHEN s.kind = 'template' THEN s.id ELSE coalesce(v.doc ->> 'flow', '') END,
    roles = ARRAY(
        SELECT DISTINCT role FROM (
            SELECT s.owner AS role
            UNION ALL
            SELECT row ->> 'accountable' FROM jsonb_array_elements(coalesce(v.doc -> 'ownership', '[]')) AS row
        ) AS named WHERE role <> '' ORDER BY role
    )
FROM document d JOIN version v ON v.kind = d.kind AND v.id = d.id AND v.n = d.head
WHERE d.kind = s.kind AND d.id = s.id
"""


def upgrade() -> None:
    """Make the tables, carry over who held what, and note the flow of each document."""
    _people()
    _bindings()
    _delegations()
    op.execute(_CARRY_OVER)
    op.drop_column("person", "roles")
    op.execute("UPDATE session SET ended_at = now() WHERE ended_at IS NULL")
    op.drop_column("session", "roles")
    op.drop_column("session", "display")
    _search()
    op.execute(_RIGHTS.format(tables=", ".join(TABLES)))


def downgrade() -> None:
    """Drop the tables; people keep the roles that hold on all flows."""
    op.add_column("person", sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.execute(
        "UPDATE person p SET roles = ARRAY(SELECT DISTINCT role FROM role_binding b WHERE b.person = p.person "
        "AND b.scope = 'all' AND b.starts <= now() AND (b.ends IS NULL OR b.ends > now()) ORDER BY role)"
    )
    op.alter_column("person", "roles", server_default=None)
    op.execute("DELETE FROM access_token")
    op.execute("DELETE FROM ticket")
    op.execute("DELETE FROM session")
    op.add_column("session", sa.Column("display", sa.Text(), nullable=False))
    op.add_column("session", sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False))
    for index in ("search_roles_idx", "search_flow_idx"):
        op.drop_index(index, table_name="search")
    op.drop_column("search", "roles")
    op.drop_column("search", "flow")
    for table in TABLES:
        op.drop_table(table)
    for column in ("disabled_at", "source", "email"):
        op.drop_column("person", column)


def _people() -> None:
    op.add_column("person", sa.Column("email", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("person", sa.Column("source", sa.Text(), server_default=sa.text("'created'"), nullable=False))
    op.add_column("person", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("person_source_check"), "person", "source IN ('local', 'sample', 'created', 'sign-on')"
    )
    op.create_table(
        "people_group",
        sa.Column("people_group", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("people_group", name=op.f("people_group_pkey")),
    )
    op.create_table(
        "membership",
        sa.Column("people_group", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["people_group"], ["people_group.people_group"], name=op.f("membership_people_group_fkey")
        ),
        sa.ForeignKeyConstraint(["person"], ["person.person"], name=op.f("membership_person_fkey")),
        sa.PrimaryKeyConstraint("people_group", "person", name=op.f("membership_pkey")),
    )
    op.create_index("membership_person_idx", "membership", ["person"], unique=False)


def _bindings() -> None:
    op.create_table(
        "role_binding",
        sa.Column("role_binding", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("people_group", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('all', 'flow', 'tag')", name=op.f("role_binding_scope_check")),
        sa.CheckConstraint("(scope = 'all') = (value = '')", name=op.f("role_binding_value_check")),
        sa.CheckConstraint("(person IS NULL) <> (people_group IS NULL)", name=op.f("role_binding_holder_check")),
        sa.CheckConstraint("ends IS NULL OR ends >= starts", name=op.f("role_binding_ends_check")),
        sa.ForeignKeyConstraint(["person"], ["person.person"], name=op.f("role_binding_person_fkey")),
        sa.ForeignKeyConstraint(
            ["people_group"], ["people_group.people_group"], name=op.f("role_binding_people_group_fkey")
        ),
        sa.PrimaryKeyConstraint("role_binding", name=op.f("role_binding_pkey")),
    )
    for column in ("person", "people_group", "role"):
        op.create_index(f"role_binding_{column}_idx", "role_binding", [column], unique=False)


def _delegations() -> None:
    op.create_table(
        "delegation",
        sa.Column("delegation", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("delegate", sa.Text(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends >= starts", name=op.f("delegation_ends_check")),
        sa.CheckConstraint("person <> delegate", name=op.f("delegation_delegate_check")),
        sa.ForeignKeyConstraint(["person"], ["person.person"], name=op.f("delegation_person_fkey")),
        sa.ForeignKeyConstraint(["delegate"], ["person.person"], name=op.f("delegation_delegate_fkey")),
        sa.PrimaryKeyConstraint("delegation", name=op.f("delegation_pkey")),
    )
    for column in ("person", "delegate"):
        op.create_index(f"delegation_{column}_idx", "delegation", [column], unique=False)


def _search() -> None:
    op.add_column("search", sa.Column("flow", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "search",
        sa.Column("roles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.execute(_FLOWS)
    op.create_index("search_roles_idx", "search", ["roles"], unique=False, postgresql_using="gin")
    op.create_index("search_flow_idx", "search", ["flow"], unique=False)
