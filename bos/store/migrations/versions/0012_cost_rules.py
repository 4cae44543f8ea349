"""An index of words for cost rules, as each kind has one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "search_words_cost_rule_idx",
        "search",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'cost_rule'"),
    )


def downgrade() -> None:
    """Drop it; cost rules that were made stay, and the release before does not read them."""
    op.drop_index("search_words_cost_rule_idx", table_name="search")
