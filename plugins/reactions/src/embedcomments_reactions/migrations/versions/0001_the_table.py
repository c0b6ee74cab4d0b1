"""the table of reactions"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reactions_reaction",
        sa.Column(
            "comment_id",
            sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("voter", sa.String(64), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("reaction", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "voter", name="pk_reactions_reaction"),
    )
    op.create_index("ix_reactions_reaction_counts", "reactions_reaction", ["comment_id", "reaction"])
    op.create_index("ix_reactions_reaction_source", "reactions_reaction", ["comment_id", "source"])
    op.create_index("ix_reactions_reaction_site", "reactions_reaction", ["site_id", "comment_id"])
