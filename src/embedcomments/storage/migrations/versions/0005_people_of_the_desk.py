"""Roles on sites, passwords, second factors, invitations, and notices by mail."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def big() -> sa.types.TypeEngine[int]:
    """Numbers that SQLite gives itself."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def comment_id() -> sa.types.TypeEngine[str]:
    """Sorted by its bytes on both engines."""
    return sa.String(24).with_variant(sa.String(24, collation="C"), "postgresql")


def upgrade() -> None:
    """Who could moderate a site, or all of them, becomes its owner: they could do everything until now."""
    bind = op.get_bind()
    people = bind.execute(sa.text("SELECT id, name, email, site_id, created_at FROM moderator ORDER BY id")).all()
    links = bind.execute(sa.text("SELECT token_hash, moderator_id, expires_at FROM sign_in_link")).all()
    sessions = bind.execute(sa.text("SELECT token_hash, moderator_id, created_at, expires_at FROM session")).all()
    # Made anew and filled: SQLite cannot drop a column that is a foreign key, and dropping the table that others
    # refer to would take their rows with it.
    for name in ("session", "sign_in_link", "moderator"):
        op.drop_table(name)
    moderator, role, link, session = _people()
    _invitations_and_notices()
    addresses: set[str] = set()
    for person in people:
        email = person.email if person.email not in addresses else None  # nothing kept two from having the same
        addresses |= {email} if email else set()
        values = {"id": person.id, "name": person.name, "email": email, "created_at": person.created_at}
        bind.execute(moderator.insert().values(**values))
        bind.execute(role.insert().values(moderator_id=person.id, site_id=person.site_id, role="owner"))
    for row in links:
        bind.execute(link.insert().values(**row._mapping))
    for row in sessions:
        bind.execute(session.insert().values(**row._mapping, proved_at=row.created_at, seen_at=row.created_at))
    if people and bind.dialect.name == "postgresql":
        bind.execute(
            sa.text("SELECT setval(pg_get_serial_sequence('moderator', 'id'), (SELECT max(id) FROM moderator))")
        )


def _people() -> tuple[sa.Table, sa.Table, sa.Table, sa.Table]:
    moderator = op.create_table(
        "moderator",
        sa.Column("id", big(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("password_hash", sa.String()),
        sa.Column("totp_secret", sa.String()),
        sa.Column("totp_step", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("email", name="uq_moderator_email"),
        sa.PrimaryKeyConstraint("id", name="pk_moderator"),
    )
    role = op.create_table(
        "moderator_role",
        sa.Column("id", big(), primary_key=True),
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("site_id", big()),
        sa.Column("role", sa.String(16), nullable=False),
        _refers("moderator_role", "moderator_id", "moderator"),
        _refers("moderator_role", "site_id", "site"),
        sa.PrimaryKeyConstraint("id", name="pk_moderator_role"),
    )
    op.create_index("ix_moderator_role_site", "moderator_role", ["moderator_id", "site_id"], unique=True)
    everywhere = sa.text("site_id IS NULL")
    op.create_index(
        "ix_moderator_role_everywhere",
        "moderator_role",
        ["moderator_id"],
        unique=True,
        postgresql_where=everywhere,
        sqlite_where=everywhere,
    )
    op.create_table(
        "recovery_code",
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        _refers("recovery_code", "moderator_id", "moderator"),
        sa.PrimaryKeyConstraint("moderator_id", "code_hash", name="pk_recovery_code"),
    )
    link = op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        _refers("sign_in_link", "moderator_id", "moderator"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_link"),
    )
    session = op.create_table(
        "session",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("device", sa.String(80), server_default="", nullable=False),
        sa.Column("network", sa.String(64), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("proved_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        _refers("session", "moderator_id", "moderator"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_session"),
    )
    op.create_index("ix_session_moderator_id", "session", ["moderator_id"])
    return moderator, role, link, session


def _invitations_and_notices() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", big(), primary_key=True),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("site_id", big()),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        _refers("invitation", "site_id", "site"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
    )
    op.create_table(
        "notice_wish",
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("site_id", big(), nullable=False),
        sa.Column("pace", sa.String(16), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        _refers("notice_wish", "moderator_id", "moderator"),
        _refers("notice_wish", "site_id", "site"),
        sa.PrimaryKeyConstraint("moderator_id", "site_id", name="pk_notice_wish"),
    )
    op.create_index("ix_notice_wish_site", "notice_wish", ["site_id"])
    op.create_table(
        "notice_item",
        sa.Column("moderator_id", big(), nullable=False),
        sa.Column("site_id", big(), nullable=False),
        sa.Column("comment_id", comment_id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["moderator_id", "site_id"],
            ["notice_wish.moderator_id", "notice_wish.site_id"],
            name="fk_notice_item_moderator_id_site_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("moderator_id", "site_id", "comment_id", name="pk_notice_item"),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
