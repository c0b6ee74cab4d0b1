"""domains and words that were imported from a file"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spam_blocked",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("entry", sa.String(253), primary_key=True),
        sa.Column("is_domain", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "spam_blocked_rev",
        sa.Column("site_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("rev", sa.BigInteger(), nullable=False),
    )
