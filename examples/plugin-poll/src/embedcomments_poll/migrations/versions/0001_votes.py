"""the table of votes"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poll_vote",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("poll", sa.String(64), nullable=False),
        sa.Column("voter", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "poll", "voter", name="pk_poll_vote"),
    )
