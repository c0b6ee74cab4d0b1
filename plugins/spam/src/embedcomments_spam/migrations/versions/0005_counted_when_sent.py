"""floods and what was limited are kept by slot; marks of senders are keyed"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spam_pace", sa.Column("limited", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("spam_pace", sa.Column("flooded", sa.Boolean(), nullable=False, server_default=sa.false()))
    # They had ids of writers and hashes of threads that anybody could make; what they count is over within the hour.
    op.execute("DELETE FROM spam_sent")
