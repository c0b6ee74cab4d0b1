"""the table of reactions to pages"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reactions_page",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(64), nullable=False),
        sa.Column("voter", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("reaction", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "page", "voter", name="pk_reactions_page"),
    )
