"""Plugins' own pages of the desk, drawn from their templates inside the frame."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed, NotFound

from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import AdminPage, Page, PluginResponse, Redirect
from embedcomments.web.admin import session
from embedcomments.web.admin.frame import admin_url, draw, go, localtime, open_site
from embedcomments.web.parts import parts
from embedcomments.web.plugin_routes import plain_response, plugin_request, run_plugin, send, status_of

blueprint = Blueprint("admin_extensions", __name__)


@blueprint.route("/admin/<site>/<plugin>/", defaults={"path": ""}, methods=["GET", "POST"])
@blueprint.route("/admin/<site>/<plugin>/<path:path>", methods=["GET", "POST"])
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
    if request.method == "POST":
        session.check_csrf()
    return _run(found, moderator, item, declared)


def _run(site: Site, moderator: Moderator, item: SitePlugin, declared: AdminPage) -> Response:
    context = parts().contexts.of(item, site)
    sent = plugin_request(session.MAX_BODY_BYTES, moderator=moderator, form=request.form)
    what = f"page {declared.path}"
    answer = run_plugin(item, what, lambda: declared.handler(context, sent))

    def make() -> Response:
        if isinstance(answer, Page):
            title = answer.title or declared.title
            content = _render(item, site, answer)
            return draw("plugin_page.html", site, status=status_of(answer), title=title, content=content)
        if isinstance(answer, Redirect):
            return go(f"{item.plugin.name}/{answer.path}", site, answer.notice)
        if isinstance(answer, PluginResponse):
            return plain_response(answer)
        raise TypeError(f"it answered a {type(answer).__name__}")

    return send(item, what, make)


def _render(item: SitePlugin, site: Site, page: Page) -> Markup:
    if item.plugin.folder is None:
        raise TypeError("it has no folder of templates")

    def plugin_url(path: str = "", **query: object) -> str:
        chosen = {name: value for name, value in query.items() if value is not None}
        url = admin_url(f"{item.plugin.name}/{path}", site.name)
        return f"{url}?{urlencode(chosen)}" if chosen else url

    values: Mapping[str, object] = {
        **page.values,
        "csrf_field": session.csrf_field(),
        "plugin_url": plugin_url,
        "localtime": localtime,
    }
    return Markup(_environment(item.plugin.folder / "templates").get_template(page.template).render(values))


@lru_cache(maxsize=64)
def _environment(folder: Path) -> Environment:
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
