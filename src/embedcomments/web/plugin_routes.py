"""The routes and feeds of plugins below ``/p/PLUGIN/SITE/``."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from embedcomments.domain.errors import EmbedCommentsError, Unavailable
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import PluginRequest, PluginResponse, Route
from embedcomments.web.answers import json_answer
from embedcomments.web.bodies import read_body
from embedcomments.web.cors import remember_site, require_origin
from embedcomments.web.parts import parts

blueprint = Blueprint("plugin_routes", __name__)

TIMEOUT_S = 10.0
_FORM = "application/x-www-form-urlencoded"
_OWN_HEADERS = frozenset({"set-cookie", "access-control-allow-origin", "access-control-allow-credentials", "server"})


@blueprint.route("/p/<plugin>/<site>/", defaults={"path": ""}, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
@blueprint.route("/p/<plugin>/<site>/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def call(plugin: str, site: str, path: str) -> Response:
    """Whatever the plugin answers. Gone on sites where it is off."""
    own = parts()
    found = remember_site(own.sites.get(site))
    item = own.choices.find(found, plugin)
    if item is None:
        raise NotFound
    if path.startswith("feeds/") and request.method == "GET":
        return _feed(found, item, path.removeprefix("feeds/"))
    routes = [route for route in item.plugin.routes if route.path == path]
    if not routes:
        raise NotFound
    route = next((route for route in routes if request.method in route.methods), None)
    if route is None:
        raise MethodNotAllowed(valid_methods=[method for route in routes for method in route.methods])
    if route.cors:
        require_origin(found)
    own.limits.hit(f"p:{plugin}:{path}", request.remote_addr or "", route.per_minute)
    return _run(found, item, route)


def plugin_request(max_body_bytes: int, moderator: Moderator | None = None) -> PluginRequest:
    """The present request as plugins see it. Raises BodyTooLarge."""
    form: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    if request.mimetype == _FORM and (request.content_length or 0) <= max_body_bytes:
        body = b""
        lists = {name: list(values) for name, values in request.form.lists()}
        form = {name: values[0] for name, values in lists.items()}
    else:
        body = read_body(request, max_body_bytes)
    return PluginRequest(
        method=request.method,
        path=request.path,
        url=request.url,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"},
        body=body,
        address=request.remote_addr or "",
        form=form,
        form_lists=lists,
        moderator=moderator,
    )


def plain_response(answer: PluginResponse) -> Response:
    """A plugin's answer as it goes out; headers that are the server's own are dropped."""
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        if name.lower() not in _OWN_HEADERS:
            response.headers[name] = value
    return response


def _run(site: Site, item: SitePlugin, route: Route) -> Response:
    own = parts()
    context = own.contexts.of(item, site)
    sent = plugin_request(route.max_body_bytes)
    try:
        answer = own.dispatch.guard(
            item.plugin.name, f"route {route.path}", lambda: route.handler(context, sent), timeout_s=TIMEOUT_S
        )
    except EmbedCommentsError:
        raise
    except (Exception, SystemExit) as error:
        raise Unavailable(f"The plugin {item.plugin.name} cannot answer just now.") from error
    if isinstance(answer, PluginResponse):
        return plain_response(answer)
    if isinstance(answer, (Mapping, list, tuple)):
        return json_answer(answer)
    own.dispatch.health.failed(item.plugin.name, f"route {route.path}", f"it answered a {type(answer).__name__}")
    raise Unavailable(f"The plugin {item.plugin.name} cannot answer just now.")


def _feed(site: Site, item: SitePlugin, name: str) -> Response:
    own = parts()
    document = next((document for document in item.plugin.feeds if document.name == name), None)
    if document is None:
        raise NotFound
    context = own.contexts.of(item, site)
    sent = plugin_request(0)
    try:
        body = own.dispatch.guard(
            item.plugin.name, f"feed {name}", lambda: document.build(context, sent), timeout_s=TIMEOUT_S
        )
    except (Exception, SystemExit) as error:
        raise Unavailable(f"The plugin {item.plugin.name} cannot answer just now.") from error
    return Response(body, content_type=document.content_type)
