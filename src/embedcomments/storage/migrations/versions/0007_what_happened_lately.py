"""events by their moment: what happened lately on any thread"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_event_created_at"), "event", ["created_at"])
