"""the learner"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_model",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("ham", sa.Integer(), nullable=False),
    )
    op.create_table(
        "spam_weight",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("bucket", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("weight", sa.Float(53), nullable=False),
        sa.Column("confidence", sa.Float(53), nullable=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_spam_weight_rev", "spam_weight", ["site_id", "rev"])
    op.create_table(
        "spam_lesson",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("comment_id", sa.String(24), primary_key=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column("is_spam", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.Column("taught_at", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_spam_lesson_rev", "spam_lesson", ["site_id", "rev"])
