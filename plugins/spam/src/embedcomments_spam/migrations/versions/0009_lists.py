"""lists of senders that were imported"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_listing",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.Column("prefixes", sa.String(400), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sqlite_autoincrement=True,  # an id never comes again: what is left of a list must not become part of another
    )
    op.create_index("spam_listing_site", "spam_listing", ["site_id", "name"])
    op.create_table(
        "spam_listed",
        sa.Column("list_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("mark", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
