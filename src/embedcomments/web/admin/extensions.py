"""Plugins' own pages of the desk, drawn from their templates inside the frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed, NotFound

from embedcomments.domain.errors import NotAllowed
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AdminPage, Page, PluginResponse, Redirect, UploadedFile
from embedcomments.web.admin import session
from embedcomments.web.admin.access import NOT_YOURS, needs
from embedcomments.web.admin.frame import admin_url, draw, go, localtime, open_site
from embedcomments.web.answers import json_answer
from embedcomments.web.parts import parts
from embedcomments.web.plugin_pages import inner
from embedcomments.web.plugin_routes import plain_response, plugin_request, run_plugin, send, status_of

blueprint = Blueprint("admin_extensions", __name__)


@blueprint.route("/admin/<site>/<plugin>/", defaults={"path": ""}, methods=["GET", "POST"])
@blueprint.route("/admin/<site>/<plugin>/<path:path>", methods=["GET", "POST"])
@needs(Right.SEE_COMMENTS)
def page(site: str, plugin: str, path: str) -> Response:
    """A plugin's page. Gone on sites where it is off."""
    found, moderator = open_site(site)
    own = parts()
    item = own.choices.find(found, plugin)
    pages = [page for page in item.plugin.admin_pages if page.path == path] if item else []
    if item is None or not pages:
        raise NotFound("There is no such page.")
    declared = pages[0]
    if request.method not in declared.methods and request.method != "HEAD":
        raise MethodNotAllowed(valid_methods=list(declared.methods))
    role = moderator.role_on(found.id)
    if role is None or not role.includes(declared.least_role(request.method)):
        raise NotAllowed(NOT_YOURS)
    if request.method == "POST":
        session.check_csrf()
    return _run(found, moderator, item, declared)


def _run(site: Site, moderator: Moderator, item: SitePlugin, declared: AdminPage) -> Response:
    context = parts().contexts.for_moderator(item, site, moderator)
    # Of the moderator's roles the plugin learns the one on this site.
    here = replace(moderator, roles={site.id: role} if (role := moderator.role_on(site.id)) else {})
    is_fragment = session.is_fragment()
    # A file input that was left empty comes as a file without a name.
    uploads = {
        name: UploadedFile(name=file.filename, content=file.read())
        for name, file in request.files.items()
        if file.filename
    }
    sent = plugin_request(
        session.MAX_BODY_BYTES, moderator=here, form=request.form, fragment=is_fragment, files=uploads
    )
    what = f"page {declared.path}"
    answer = run_plugin(item, what, lambda: declared.handler(context, sent))

    def make() -> Response:
        if isinstance(answer, Page):
            title = answer.title or declared.title
            content = _render(item, site, answer)
            if is_fragment:
                return Response(content, status=status_of(answer), content_type="text/html; charset=utf-8")
            files = {"scripts": _files(item, declared.scripts), "styles": _files(item, declared.styles)}
            live_url = admin_url("live", site.name) if declared.live else ""
            return draw(
                "plugin_page.html", site, status=status_of(answer), title=title, content=content, live_url=live_url,
                **files,
            )  # fmt: skip
        if isinstance(answer, Redirect):
            path = f"{item.plugin.name}/{answer.path}"
            if is_fragment:
                return json_answer({"location": admin_url(path, site.name), "notice": answer.notice})
            return go(path, site, answer.notice)
        if isinstance(answer, Mapping):
            return json_answer(answer)
        if isinstance(answer, PluginResponse):
            return plain_response(answer)
        raise TypeError(f"it answered a {type(answer).__name__}")

    return send(item, what, make)


def _files(item: SitePlugin, files: Sequence[Path]) -> list[str]:
    return [parts().assets.page_file(item.plugin.name, file) for file in files]


def _render(item: SitePlugin, site: Site, page: Page) -> Markup:
    def plugin_url(path: str = "", **query: object) -> str:
        chosen = {name: value for name, value in query.items() if value is not None}
        url = admin_url(f"{item.plugin.name}/{path}", site.name)
        return f"{url}?{urlencode(chosen)}" if chosen else url

    values = {"csrf_field": session.csrf_field(), "plugin_url": plugin_url, "localtime": localtime}
    return inner(item.plugin, page, values)
