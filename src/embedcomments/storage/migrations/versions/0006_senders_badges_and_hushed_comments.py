"""Where comments were sent from (as keyed hashes), badges of writers, and comments that only their author sees."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns added in place: rebuilding the table, as batch mode may on SQLite, would copy every comment."""
    op.add_column("identity", sa.Column("badge", sa.String(16)))
    op.add_column("comment", sa.Column("sender_address", sa.String(43)))
    op.add_column("comment", sa.Column("sender_network", sa.String(43)))
    op.add_column("comment", sa.Column("badge", sa.String(16)))
    op.add_column("comment", sa.Column("is_hushed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("comment", sa.Column("told_number", sa.BigInteger()))
    is_sent = sa.text("sender_address IS NOT NULL")
    op.create_index("ix_comment_sender", "comment", ["created_at"], postgresql_where=is_sent, sqlite_where=is_sent)
