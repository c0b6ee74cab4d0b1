"""The desk's page of imported lists: what there is, and a form that takes a file."""

from __future__ import annotations

import io

from embedcomments.api import Page, PluginContext, PluginRequest, Redirect, Subject
from embedcomments_spam import blocked, listing
from embedcomments_spam.importing import WORDS, BadList, Imported, list_name, read_file
from embedcomments_spam.listing import Kind

PATH = "lists"
# A page of the desk has ten seconds; what is longer is for the command line.
MAX_LINES, MAX_BYTES = 50_000, 5_000_000
KINDS = {
    "": "Guess by its lines",
    WORDS: "Domains and words",
    Kind.IP.value: "Internet addresses and networks",
    Kind.EMAIL.value: "E-mail addresses",
    Kind.DOMAIN.value: "Domains, of e-mail addresses too",
    Kind.NAME.value: "Names of writers",
}


def lists_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """Show the lists; import a file, or remove a list, for owners."""
    if request.method != "POST":
        return _page(ctx)
    if "remove" in request.form:
        return Redirect(path=PATH, notice=_removed(ctx, request))
    file, kind = request.files.get("file"), request.form.get("kind", "")
    name = list_name(request.form.get("name", "")) or (list_name(file.name) if file else "")
    if file is None:
        return _page(ctx, wrong="Choose a file.", kind=kind)
    if kind not in KINDS:
        return _page(ctx, wrong="That is no kind of list.")
    try:
        content = io.BytesIO(file.content)
        found = read_file(ctx, content, name=name, kind=kind, max_lines=MAX_LINES, max_bytes=MAX_BYTES)
    except BadList as error:
        return _page(ctx, wrong=error.message, kind=kind)
    subject = Subject(kind="site", id=ctx.site.name)
    told = {"list": found.name or found.kind, "kind": found.kind, "lines": found.lines}
    ctx.audit.record("import-list", subject, after=told, actor=_actor(request))
    said = _said(found)
    return _page(ctx, said=said, passed_over=found.passed_over) if found.bad_lines else Redirect(path=PATH, notice=said)


def _page(
    ctx: PluginContext, *, wrong: str = "", said: str = "", passed_over: str = "", kind: str = ""
) -> Page:  # fmt: skip
    with ctx.tables.read() as connection:
        words = blocked.count(connection, ctx.site.id)
        lists = [item for item in listing.read_listings(connection, ctx.site.id, ctx.now()) if item.is_ready]
    values = {
        "lists": lists,
        "words": words,
        "kinds": KINDS,
        "kind": kind,
        "wrong": wrong,
        "said": said,
        "passed_over": passed_over,
        "max_lines": MAX_LINES,
    }
    return Page(template="lists.html", values=values, title="Lists", status=422 if wrong else 200)


def _said(found: Imported) -> str:
    if found.kind == WORDS:
        return f"Read {found.lines:,} entries; {found.entries:,} domains and words are blocked now."
    return f"Read {found.lines:,} lines; the list {found.name} has {found.entries:,} entries now."


def _removed(ctx: PluginContext, request: PluginRequest) -> str:
    name = request.form["remove"]
    subject = Subject(kind="site", id=ctx.site.name)
    if not name:
        ctx.tables.write(lambda connection: blocked.remove(connection, ctx.site.id, None))
    elif not listing.remove(ctx, name):
        return "There is no such list any more."
    ctx.audit.record("remove-list", subject, before={"list": name or WORDS}, actor=_actor(request))
    return f"The list {name} is gone." if name else "The imported domains and words are gone."


def _actor(request: PluginRequest) -> str | None:
    return None if request.moderator is None else request.moderator.name
