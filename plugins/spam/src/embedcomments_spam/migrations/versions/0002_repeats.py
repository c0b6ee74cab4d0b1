"""repeats"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_repeat",
        sa.Column("comment_id", sa.String(24), primary_key=True),
        sa.Column("fingerprint", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_spam_repeat_fingerprint", "spam_repeat", ["fingerprint", "seen_at"])
