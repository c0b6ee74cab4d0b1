"""who verified an e-mail address, and whom was written to about it"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id() -> sa.String:
    return sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "moderation_verified",
        sa.Column("identity_id", _id(), primary_key=True),
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_moderation_verified_site", "moderation_verified", ["site_id"])
    op.create_table(
        "moderation_asked",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("identity_id", _id(), nullable=False),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_moderation_asked_at", "moderation_asked", ["site_id", "asked_at"])
    op.create_table(
        "moderation_unwilling",
        sa.Column("site_id", sa.BigInteger(), primary_key=True),
        sa.Column("mark", sa.String(64), primary_key=True),
        sa.Column("refused_at", sa.BigInteger(), nullable=False),
    )
