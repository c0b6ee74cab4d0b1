"""The desk's page of writers whom moderators know: their badges, and the names that are theirs."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from embedcomments.api import Badge, Page, PluginContext, PluginRequest, Redirect, Subject
from embedcomments_moderation.forms import Occasion, occasion_of, who
from embedcomments_moderation.kept import forget_kept
from embedcomments_moderation.tables import insert_into, milliseconds, moment, person
from embedcomments_moderation.view import way_back

PATH = "writers"
MAX_SHOWN = 500
BADGES = {Badge.AUTHOR.value: "Author of the article", Badge.MODERATOR.value: "Moderator", Badge.STAFF.value: "Staff"}


def writers_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """The list, or with ``comment`` the form about its writer; or do what a form asks."""
    if request.method == "POST":
        return _do(ctx, request)
    asked = request.query.get("comment", "")
    if not asked:
        return _list(ctx)
    occasion = occasion_of(ctx, asked)
    if occasion is None:
        return Redirect(path=PATH, notice="There is no writer who could be marked by that comment.")
    return _form(ctx, occasion, request.query.get("back", ""))


def forget_writer(connection: Connection, identity_id: str) -> None:
    """Know a writer no longer. Their badge is the core's."""
    connection.execute(delete(person).where(person.c.identity_id == identity_id))


def _list(ctx: PluginContext) -> Page:
    query = select(person).where(person.c.site_id == ctx.site.id).order_by(person.c.created_at.desc())
    with ctx.tables.read() as connection:
        rows = connection.execute(query.limit(MAX_SHOWN)).all()
    badges = ctx.comments.badges_of([row.identity_id for row in rows])
    writers = [
        {
            "identity_id": row.identity_id,
            "name": row.name,
            "badge": BADGES.get(badges.get(row.identity_id, ""), ""),
            "at": moment(row.created_at),
            "by": row.created_by,
        }
        for row in rows
    ]
    return Page(template="writers.html", values={"writers": writers})


def _form(ctx: PluginContext, occasion: Occasion, back: str) -> Page:
    identity_id = occasion.comment.identity_id or ""
    query = select(person).where(person.c.identity_id == identity_id, person.c.site_id == ctx.site.id)
    with ctx.tables.read() as connection:
        known = connection.execute(query).one_or_none()
    return Page(
        template="writer.html",
        title=occasion.name,
        values={
            "occasion": occasion,
            "badges": BADGES,
            "badge": ctx.comments.badges_of([identity_id]).get(identity_id),
            "name": occasion.comment.author.name,
            "is_known": known is not None,
            "known_as": known.name if known is not None else "",
            "back": back,
            "way_back": way_back(back, occasion.comment.id) or "",
        },
    )


def _do(ctx: PluginContext, request: PluginRequest) -> Redirect:
    match request.form.get("action"):
        case "mark":
            return _mark(ctx, request)
        case "forget":
            return _forget(ctx, request)
    return Redirect(path=PATH, notice="Nothing was done: the page asked for something unknown.")


def _mark(ctx: PluginContext, request: PluginRequest) -> Redirect:
    occasion = occasion_of(ctx, request.form.get("comment", ""))
    badge = request.form.get("badge") or None
    if occasion is None or occasion.comment.identity_id is None or badge not in (None, *BADGES):
        return Redirect(path=PATH, notice="Nothing was done: that comment is gone.")
    identity_id = occasion.comment.identity_id
    name = occasion.comment.author.name if request.form.get("own_name") == "yes" else ""
    before = ctx.comments.badges_of([identity_id]).get(identity_id)
    ctx.comments.set_badge(identity_id, badge)
    values = {"name": name, "created_at": milliseconds(ctx.now()), "created_by": who(request)}

    def work(connection: Connection) -> None:
        if not badge and not name:
            forget_writer(connection, identity_id)
            return
        statement = insert_into(connection, person).values(identity_id=identity_id, site_id=ctx.site.id, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=[person.c.identity_id], set_=values))

    ctx.tables.write(work)
    forget_kept(ctx)
    subject, after = Subject(kind="identity", id=identity_id), {"badge": badge, "name": name}
    ctx.audit.record("mark", subject, before={"badge": before}, after=after, actor=who(request))
    done = f"is marked as {BADGES[badge].lower()}" if badge else "has no badge"
    to_queue = way_back(request.form.get("back", ""), occasion.comment.id)
    path = PATH if to_queue is None else to_queue
    return Redirect(path=path, notice=f"{occasion.name} {done}{', and the name is theirs' if name else ''}.")


def _forget(ctx: PluginContext, request: PluginRequest) -> Redirect:
    identity_id = request.form.get("identity", "")
    where = (person.c.identity_id == identity_id) & (person.c.site_id == ctx.site.id)
    with ctx.tables.read() as connection:
        known = connection.execute(select(person).where(where)).one_or_none()
    if known is None:
        return Redirect(path=PATH, notice="That writer was not known any more.")
    before = ctx.comments.badges_of([identity_id]).get(identity_id)
    if before is not None:
        ctx.comments.set_badge(identity_id, None)
    ctx.tables.write(lambda connection: forget_writer(connection, identity_id))
    forget_kept(ctx)
    ctx.audit.record(
        "unmark", Subject(kind="identity", id=identity_id), before={"badge": before, "name": known.name},
        actor=who(request),
    )  # fmt: skip
    return Redirect(path=PATH, notice=f"{known.name or 'The writer'} has no mark any more.")
