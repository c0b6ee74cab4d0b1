"""The tables. Migrations bring a database here; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from embedcomments.storage.types import Json, Moment, Words, ordered_string

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only of an INTEGER key

meta = Table("meta", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))

site = Table(
    "site",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("title", String, nullable=False, server_default=""),
    Column("settings", Json, nullable=False),
    Column("rev", BigInteger, nullable=False, server_default="1"),
    Column("created_at", Moment, nullable=False),
)

origin = Table(
    "origin",
    metadata,
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
    Column("origin", String, primary_key=True),
)

thread = Table(
    "thread",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("url", Words),
    Column("title", Words),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("numbers", BigInteger, nullable=False, server_default="0"),
    Column("count", BigInteger, nullable=False, server_default="0"),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    Column("hidden", Boolean, nullable=False, server_default=text("false")),
    Column("history", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("site_id", "key"),
)

_is_hidden = thread.c.hidden.is_(True)
Index("ix_thread_hidden", thread.c.site_id, postgresql_where=_is_hidden, sqlite_where=_is_hidden)

# Keys under which threads stood before they were moved or merged. No key is here and in ``thread`` at once.
thread_alias = Table(
    "thread_alias",
    metadata,
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("thread_id", ForeignKey("thread.id", ondelete="CASCADE"), nullable=False, index=True),
)

identity = Table(
    "identity",
    metadata,
    Column("id", ordered_string(24), primary_key=True),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("badge", String(16)),
)

comment = Table(
    "comment",
    metadata,
    Column("id", ordered_string(24), primary_key=True),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), nullable=False),
    Column("thread_id", ForeignKey("thread.id", ondelete="CASCADE"), nullable=False),
    Column("parent_id", ordered_string(24)),
    Column("root_id", ordered_string(24), nullable=False),
    Column("path", ordered_string(), nullable=False),
    Column("depth", Integer, nullable=False),
    Column("number", BigInteger),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_changed_at", Moment, nullable=False, server_default="0"),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Moment, nullable=False),
    Column("edited_at", Moment),
    Column("rev", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("replies", BigInteger, nullable=False, server_default="0"),
    Column("score", BigInteger, nullable=False, server_default="0"),
    Column("identity_id", ordered_string(24)),
    Column("author_name", Words, nullable=False),
    Column("author_email", Words),
    Column("author_url", Words),
    Column("source", Words, nullable=False),
    Column("source_format", String(16), nullable=False),
    Column("html", Words, nullable=False),
    Column("link_url", Words),
    Column("link_title", Words),
    Column("reason", Words),
    Column("external_id", Words),
    Column("sender_address", String(43)),
    Column("sender_network", String(43)),
    Column("badge", String(16)),
    Column("is_hushed", Boolean, nullable=False, server_default=text("false")),
    Column("told_number", BigInteger),
    Column("verdicts", Json),
)
# Top-level comments by time, and by score and answers; a branch in order of reading; the queue; a person; a mention.
Index("ix_comment_roots", comment.c.thread_id, comment.c.depth, comment.c.id)
Index(
    "ix_comment_top",
    comment.c.thread_id,
    comment.c.depth,
    comment.c.score.desc(),
    comment.c.replies.desc(),
    comment.c.id,
)
Index("ix_comment_branch", comment.c.root_id, comment.c.path)
Index("ix_comment_queue", comment.c.site_id, comment.c.state, comment.c.id)
Index("ix_comment_thread", comment.c.thread_id, comment.c.id)
_is_pinned = comment.c.pinned.is_(True)
Index("ix_comment_pinned", comment.c.thread_id, postgresql_where=_is_pinned, sqlite_where=_is_pinned)
_is_closed = comment.c.closed.is_(True)
Index("ix_comment_closed", comment.c.root_id, postgresql_where=_is_closed, sqlite_where=_is_closed)
_is_hushed = comment.c.is_hushed.is_(True)
Index(
    "ix_comment_hushed",
    comment.c.thread_id,
    comment.c.identity_id,
    postgresql_where=_is_hushed,
    sqlite_where=_is_hushed,
)
Index("ix_comment_identity", comment.c.identity_id, comment.c.state)
_is_mention = comment.c.link_url.is_not(None)
Index(
    "ix_comment_link", comment.c.thread_id, comment.c.link_url, postgresql_where=_is_mention, sqlite_where=_is_mention
)
_is_imported = comment.c.external_id.is_not(None)
Index(
    "ix_comment_external",
    comment.c.thread_id,
    comment.c.external_id,
    unique=True,
    postgresql_where=_is_imported,
    sqlite_where=_is_imported,
)
_is_sent = comment.c.sender_address.is_not(None)
Index("ix_comment_sender", comment.c.created_at, postgresql_where=_is_sent, sqlite_where=_is_sent)

event = Table(
    "event",
    metadata,
    Column("thread_id", ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("comment_id", ordered_string(24), index=True),
    Column("actor", Words, nullable=False),
    Column("actor_kind", String(16)),
    Column("created_at", Moment, nullable=False, index=True),
)

# Rows are added, never changed, but for words that are erased with their comment.
audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE")),
    Column("at", Moment, nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", ordered_string(80), nullable=False),
    Column("subject_kind", String(40), nullable=False),
    Column("subject_id", Words, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("reason", Words),
    Column("batch", ordered_string(24), index=True),
)
Index("ix_audit_site", audit.c.site_id, audit.c.id)
Index("ix_audit_action", audit.c.site_id, audit.c.action, audit.c.id)
Index("ix_audit_subject", audit.c.subject_kind, audit.c.subject_id, audit.c.id)

idempotency = Table(
    "idempotency",
    metadata,
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("comment_id", ordered_string(24), nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)

job = Table(
    "job",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("plugin", String, nullable=False),
    Column("name", String, nullable=False),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), nullable=False),
    Column("payload", Json, nullable=False),
    Column("key", String),
    Column("state", String(16), nullable=False, server_default="waiting"),
    Column("run_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Words),
    Column("created_at", Moment, nullable=False),
)
Index("ix_job_due", job.c.state, job.c.run_at)
_is_waiting = text("state = 'waiting' AND key IS NOT NULL")
Index(
    "ix_job_key",
    job.c.site_id,
    job.c.plugin,
    job.c.name,
    job.c.key,
    unique=True,
    postgresql_where=_is_waiting,
    sqlite_where=_is_waiting,
)

plugin_site = Table(
    "plugin_site",
    metadata,
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
    Column("plugin", String, primary_key=True),
    Column("enabled", Boolean),
    Column("settings", Json, nullable=False),
    Column("place", Integer),
)

moderator = Table(
    "moderator",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("name", Words, nullable=False),
    Column("email", String, unique=True),
    Column("password_hash", String),
    Column("totp_secret", String),  # sealed, see services/sealing.py
    Column("totp_step", BigInteger),  # of the last code that was taken: none is taken twice
    Column("created_at", Moment, nullable=False),
)

moderator_role = Table(
    "moderator_role",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("moderator_id", ForeignKey("moderator.id", ondelete="CASCADE"), nullable=False),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE")),  # NULL: every site
    Column("role", String(16), nullable=False),
)
_is_everywhere = moderator_role.c.site_id.is_(None)
Index("ix_moderator_role_site", moderator_role.c.moderator_id, moderator_role.c.site_id, unique=True)
Index(
    "ix_moderator_role_everywhere",
    moderator_role.c.moderator_id,
    unique=True,
    postgresql_where=_is_everywhere,
    sqlite_where=_is_everywhere,
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("moderator_id", ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("moderator_id", ForeignKey("moderator.id", ondelete="CASCADE"), nullable=False),
    Column("by_mail", Boolean, nullable=False, server_default=text("false")),
    Column("expires_at", Moment, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("moderator_id", ForeignKey("moderator.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("device", String(80), nullable=False, server_default=""),
    Column("network", String(64), nullable=False, server_default=""),  # a keyed hash, never an address
    Column("created_at", Moment, nullable=False),
    Column("proved_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("token_hash", String(64), unique=True),  # NULL until its mail is written
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE")),  # NULL: every site
    Column("role", String(16), nullable=False),
    Column("email", String),
    Column("invited_by", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

notice_wish = Table(
    "notice_wish",
    metadata,
    Column("moderator_id", ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True),
    Column("site_id", ForeignKey("site.id", ondelete="CASCADE"), primary_key=True),
    Column("pace", String(16), nullable=False),
    Column("next_at", Moment, nullable=False),
)
Index("ix_notice_wish_site", notice_wish.c.site_id)

notice_item = Table(
    "notice_item",
    metadata,
    Column("moderator_id", BigId, primary_key=True),
    Column("site_id", BigId, primary_key=True),
    Column("comment_id", ordered_string(24), primary_key=True),
    ForeignKeyConstraint(
        ["moderator_id", "site_id"], ["notice_wish.moderator_id", "notice_wish.site_id"], ondelete="CASCADE"
    ),
)
