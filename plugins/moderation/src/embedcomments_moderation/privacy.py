"""What the plugin knows of a person, told and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from embedcomments.api import Identity, PluginContext
from embedcomments_moderation.kept import IDENTITY, forget_kept
from embedcomments_moderation.reports import forget_identity
from embedcomments_moderation.tables import ban, moment, person, report, verified
from embedcomments_moderation.verifying import forget_verified
from embedcomments_moderation.writer_pages import forget_writer


def known_of(ctx: PluginContext, identity: Identity) -> Mapping[str, Any]:
    """Bans, the name that is theirs, and what they reported. That a ban is hidden is told too: they asked by right."""
    own_ban = (ban.c.site_id == ctx.site.id) & (ban.c.kind == IDENTITY) & (ban.c.mark == identity.id)
    with ctx.tables.read() as connection:
        bans = connection.execute(select(ban).where(own_ban)).all()
        known = connection.execute(select(person).where(person.c.identity_id == identity.id)).one_or_none()
        reports = connection.execute(select(report).where(report.c.identity_id == identity.id)).all()
        proofs = connection.execute(select(verified).where(verified.c.identity_id == identity.id)).all()
    found: dict[str, Any] = {}
    if bans:
        found["bans"] = [{"reason": row.reason, "until": _until(row.ends_at), "hidden": row.is_shadow} for row in bans]
    if known is not None:
        found["name"] = known.name
    if proofs:
        found["addresses_verified_at"] = [_until(row.verified_at) for row in proofs]
    if reports:
        found["reports"] = [
            {"comment": row.comment_id, "reason": row.reason, "words": row.words, "at": _until(row.created_at)}
            for row in reports
        ]
    return found


def forget(ctx: PluginContext, identity: Identity) -> None:
    """Forget all of it. Bans of an address or an e-mail address stay: they are no more tied to the person."""
    own_ban = (ban.c.site_id == ctx.site.id) & (ban.c.kind == IDENTITY) & (ban.c.mark == identity.id)

    def work(connection: Connection) -> None:
        connection.execute(delete(ban).where(own_ban))
        forget_writer(connection, identity.id)
        forget_identity(connection, identity.id)
        forget_verified(connection, identity.id)

    ctx.tables.write(work)
    forget_kept(ctx)


def _until(value: int | None) -> str | None:
    return None if value is None else moment(value).isoformat()
