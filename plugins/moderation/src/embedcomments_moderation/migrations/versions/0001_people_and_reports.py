"""reports of readers, bans, and writers whom a moderator knows"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id() -> sa.String:
    return sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")


def _serial() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "moderation_report",
        sa.Column("id", _serial(), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("comment_id", _id(), nullable=False),
        sa.Column("reporter", sa.String(64)),
        sa.Column("identity_id", _id()),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("settled_by", sa.Text()),
    )
    op.create_index("uq_moderation_report_once", "moderation_report", ["comment_id", "reporter"], unique=True)
    op.create_index("ix_moderation_report_open", "moderation_report", ["site_id", "state", "comment_id"])
    op.create_index("ix_moderation_report_reporter", "moderation_report", ["site_id", "reporter", "created_at"])
    op.create_table(
        "moderation_review",
        sa.Column("comment_id", _id(), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "moderation_ban",
        sa.Column("id", _serial(), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("prefix", sa.Integer()),
        sa.Column("version", sa.Integer()),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_shadow", sa.Boolean(), nullable=False),
        sa.Column("comment_id", _id()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger()),
    )
    op.create_index("uq_moderation_ban_mark", "moderation_ban", ["site_id", "kind", "mark"], unique=True)
    op.create_table(
        "moderation_person",
        sa.Column("identity_id", _id(), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
    )
    op.create_index("ix_moderation_person_site", "moderation_person", ["site_id"])
