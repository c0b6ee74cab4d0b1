"""the record of what was done, verdicts, pins, closed branches, and threads that moved"""

import sqlalchemy as sa
from alembic import op

from embedcomments.storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = ("comment_published", "comment_held", "comment_marked_as_spam", "comment_deleted")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("site_id", _BIG_ID, nullable=True),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "action",
            sa.String(length=80).with_variant(sa.String(length=80, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("before", types.Json(), nullable=True),
        sa.Column("after", types.Json(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "batch", sa.String(length=24).with_variant(sa.String(length=24, collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_audit_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_batch"), "audit", ["batch"])
    op.create_index("ix_audit_site", "audit", ["site_id", "id"])
    op.create_index("ix_audit_action", "audit", ["site_id", "action", "id"])
    op.create_index("ix_audit_subject", "audit", ["subject_kind", "subject_id", "id"])
    op.create_table(
        "thread_alias",
        sa.Column("site_id", _BIG_ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("thread_id", _BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_thread_alias_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_alias_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "key", name=op.f("pk_thread_alias")),
    )
    op.create_index(op.f("ix_thread_alias_thread_id"), "thread_alias", ["thread_id"])
    # Added in place: rebuilding the table, as batch mode may on SQLite, would copy every comment.
    no = sa.text("false")
    op.add_column("thread", sa.Column("hidden", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("thread", sa.Column("history", sa.Integer(), server_default="0", nullable=False))
    op.add_column("event", sa.Column("actor_kind", sa.String(length=16), nullable=True))
    op.add_column("comment", sa.Column("state_changed_at", types.Moment(), server_default="0", nullable=False))
    op.add_column("comment", sa.Column("pinned", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("comment", sa.Column("closed", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("comment", sa.Column("verdicts", types.Json(), nullable=True))
    states = ", ".join(f"'{kind}'" for kind in _STATES)
    op.execute(
        "UPDATE comment SET state_changed_at = COALESCE((SELECT max(event.created_at) FROM event"
        f" WHERE event.comment_id = comment.id AND event.kind IN ({states})), created_at)"
    )
    op.create_index("ix_comment_thread", "comment", ["thread_id", "id"])
    for name, table, column, flag in (
        ("ix_comment_pinned", "comment", "thread_id", "pinned"),
        ("ix_comment_closed", "comment", "root_id", "closed"),
        ("ix_thread_hidden", "thread", "site_id", "hidden"),
    ):
        # Spelt as SQLAlchemy spells the condition in queries: SQLite uses the index only for the same words.
        op.create_index(
            name,
            table,
            [column],
            postgresql_where=sa.text(f"{flag} IS true"),
            sqlite_where=sa.text(f"{flag} IS 1"),
        )
