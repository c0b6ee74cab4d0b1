"""challenges that were solved, and how many comments come"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_spent",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("challenge", sa.String(128), primary_key=True),
        sa.Column("spent_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_spam_spent_at", "spam_spent", ["site_id", "spent_at"])
    op.create_table(
        "spam_pace",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("slot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("written", sa.Integer(), nullable=False),
    )
