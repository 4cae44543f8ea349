"""An index of words for each kind: a search of one kind does not go through the hits of the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("template", "signal", "calendar", "dashboard", "feedback", "schedule")


def upgrade() -> None:
    """Replace the one index by one a kind."""
    for kind in KINDS:
        op.create_index(
            f"search_words_{kind}_idx",
            "search",
            ["words"],
            unique=False,
            postgresql_using="gin",
            postgresql_where=sa.text(f"kind = '{kind}'"),
        )
    op.drop_index("search_words_idx", table_name="search")


def downgrade() -> None:
    """Make the one index again."""
    op.create_index("search_words_idx", "search", ["words"], unique=False, postgresql_using="gin")
    for kind in KINDS:
        op.drop_index(f"search_words_{kind}_idx", table_name="search")
