"""The order in which a site has its plugins run."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A place for each plugin of a site; NULL is the default order."""
    op.add_column("plugin_site", sa.Column("place", sa.Integer))
