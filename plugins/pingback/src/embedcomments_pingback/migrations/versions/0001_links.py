"""links that were received and sent"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pingback_received",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("pair", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("comment_id", sa.String(24)),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "pair", name="pk_pingback_received"),
    )
    op.create_index("ix_pingback_received_time", "pingback_received", ["site_id", "told_at"])
    op.create_index("ix_pingback_received_state", "pingback_received", ["site_id", "state"])
    op.create_index("ix_pingback_received_comment", "pingback_received", ["comment_id"])
    op.create_index("ix_pingback_received_host", "pingback_received", ["site_id", "host", "told_at"])
    op.create_table(
        "pingback_page",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("changed", sa.String(64), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "page", name="pk_pingback_page"),
    )
    op.create_index("ix_pingback_page_time", "pingback_page", ["site_id", "why", "seen_at"])
    op.create_table(
        "pingback_sent",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("pair", sa.String(64), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("protocol", sa.String(16), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "pair", name="pk_pingback_sent"),
    )
    op.create_index("ix_pingback_sent_time", "pingback_sent", ["site_id", "sent_at"])
    op.create_index("ix_pingback_sent_page", "pingback_sent", ["site_id", "page"])
    op.create_index("ix_pingback_sent_host", "pingback_sent", ["site_id", "host", "sent_at"])
