"""What a search narrows by, and KPIs among what it finds. Their rows are written by BOS itself once this has run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bos_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON facet TO bos_app;
    END IF;
END
$$
"""


def upgrade() -> None:
    """Make the table; a row of the search may be of a KPI, which is no document."""
    op.create_table(
        "facet",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "id", "facet", "value", "flow", "label")),
        sa.CheckConstraint("facet IN ('step', 'system', 'regulation')", name=op.f("facet_facet_check")),
        sa.PrimaryKeyConstraint("kind", "id", "facet", "value", "flow", name=op.f("facet_pkey")),
    )
    op.create_index("facet_facet_value_idx", "facet", ["facet", "value", "kind", "id"], unique=False)
    op.create_index("facet_flow_idx", "facet", ["flow"], unique=False)
    op.drop_constraint("search_kind_fkey", "search", type_="foreignkey")
    op.create_index(
        "search_words_kpi_idx",
        "search",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'kpi'"),
    )
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop it, and the rows of KPIs."""
    op.drop_index("search_words_kpi_idx", "search")
    op.execute("DELETE FROM search WHERE kind = 'kpi'")
    op.create_foreign_key("search_kind_fkey", "search", "document", ["kind", "id"], ["kind", "id"])
    op.drop_table("facet")
