"""a score by which the top comments are found"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added in place: rebuilding the table, as batch mode may on SQLite, would copy every comment.
    op.add_column("comment", sa.Column("score", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_index("ix_comment_top", table_name="comment")
    op.create_index(
        "ix_comment_top",
        "comment",
        ["thread_id", "depth", sa.literal_column("score DESC"), sa.literal_column("replies DESC"), "id"],
    )
