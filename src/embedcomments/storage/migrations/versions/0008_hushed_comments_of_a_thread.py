"""hushed comments by their thread: what their writers are told its number of comments is"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_hushed = sa.column("is_hushed", sa.Boolean()).is_(True)
    op.create_index(
        "ix_comment_hushed", "comment", ["thread_id", "identity_id"], postgresql_where=is_hushed, sqlite_where=is_hushed
    )
