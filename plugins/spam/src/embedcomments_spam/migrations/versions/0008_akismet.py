"""comments that Akismet is asked about"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_asked",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("comment_id", sa.String(24)),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.String(10), nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
    )
    op.create_index("spam_asked_comment", "spam_asked", ["site_id", "comment_id"])
    op.create_table(
        "spam_asked_state",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.String(200), nullable=False),
    )
