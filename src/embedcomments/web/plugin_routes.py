"""The routes and feeds of plugins below ``/p/PLUGIN/SITE/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound

from embedcomments.domain.errors import BadToken, EmbedCommentsError, Unavailable
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.declarations import Page, PluginRequest, PluginResponse, Route, UploadedFile
from embedcomments.web.answers import bearer_token, json_answer
from embedcomments.web.bodies import read_body
from embedcomments.web.cors import remember_site, require_origin
from embedcomments.web.parts import parts
from embedcomments.web.plugin_pages import public_page
from embedcomments.web.problems import is_for_clients

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
    method = _method()
    if path.startswith("feeds/") and method == "GET":
        return _feed(found, item, path.removeprefix("feeds/"))
    routes = [route for route in item.plugin.routes if route.path == path]
    if not routes:
        raise NotFound
    route = next((route for route in routes if method in route.methods), None)
    if route is None:
        raise MethodNotAllowed(valid_methods=[method for route in routes for method in route.methods])
    if route.cors:
        require_origin(found)
    own.limits.hit_around(f"p:{plugin}:{path}", request.remote_addr or "", route.per_minute)
    return _run(found, item, route)


def plugin_request(
    max_body_bytes: int,
    *,
    moderator: Moderator | None = None,
    form: MultiDict[str, str] | None = None,
    fragment: bool = False,
    files: Mapping[str, UploadedFile] | None = None,
) -> PluginRequest:
    """The present request as plugins see it; ``form`` and ``files`` are what was read of it already. Raises
    BodyTooLarge."""
    body = read_body(request, max_body_bytes)
    if form is None:
        form = MultiDict()
        if request.mimetype == _FORM:  # by hand: Flask cuts a form that does not say how long it is
            form = MultiDict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
            body = b""
    lists = {name: list(values) for name, values in form.lists()}
    return PluginRequest(
        method=_method(),
        path=request.path,
        url=request.url,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"},
        body=body,
        address=request.remote_addr or "",
        form={name: values[0] for name, values in lists.items()},
        form_lists=lists,
        moderator=moderator,
        fragment=fragment,
        identity_id=_identity(),
        files=files or {},
    )


def plain_response(answer: PluginResponse) -> Response:
    """A plugin's answer as it goes out; headers that are the server's own are dropped.

    Raises TypeError or ValueError for one that cannot be sent.
    """
    if not isinstance(answer.body, (bytes, str)):
        raise TypeError(f"its answer has a body of {type(answer.body).__name__}")
    response = Response(answer.body, status=status_of(answer), content_type=_header(answer.content_type))
    for name, value in answer.headers.items():
        if name.lower() not in _OWN_HEADERS:
            response.headers[_header(name)] = _header(value)
    return response


def status_of(answer: PluginResponse | Page) -> int:
    """The status that a plugin chose. Raises ValueError for one that HTTP does not have."""
    if not isinstance(answer.status, int) or not 200 <= answer.status <= 599:
        raise ValueError(f"its answer has the status {str(answer.status)[:40]}")
    return answer.status


def run_plugin(item: SitePlugin, what: str, work: Callable[[], Any]) -> Any:
    """What a plugin's own code answers, within its time.

    Raises the errors by which it tells the caller something, and Unavailable for all that went wrong in it.
    """
    own = parts()

    def told() -> Any:
        try:
            return work()
        except EmbedCommentsError as error:
            if not is_for_clients(error):
                raise
            return error  # an answer and no failure: strangers must not be able to make a plugin rest

    try:
        answer = own.dispatch.guard(item.plugin.name, what, told, timeout_s=TIMEOUT_S)
    except BaseException as error:  # the companion's thread raised it: nobody has interrupted us
        raise cannot_answer(item) from error
    if isinstance(answer, EmbedCommentsError):
        raise answer
    return answer


def send(item: SitePlugin, what: str, make: Callable[[], Response]) -> Response:
    """The response made of what a plugin answered. Raises Unavailable when none can be made of it."""
    try:
        return make()
    except Exception as error:
        parts().dispatch.report(item.plugin.name, what, error)
        raise cannot_answer(item) from error


def cannot_answer(item: SitePlugin) -> Unavailable:
    """What is told of a plugin that failed."""
    return Unavailable(f"{item.plugin.info.title} cannot answer just now.")


def _run(site: Site, item: SitePlugin, route: Route) -> Response:
    context = parts().contexts.of(item, site)
    sent = plugin_request(route.max_body_bytes)
    what = f"route {route.path}"
    answer = run_plugin(item, what, lambda: route.handler(context, sent))

    def make() -> Response:
        if isinstance(answer, PluginResponse):
            return plain_response(answer)
        if isinstance(answer, Page):
            return public_page(site, item.plugin, answer, status_of(answer))
        if isinstance(answer, (Mapping, list, tuple)):
            return json_answer(answer)
        raise TypeError(f"it answered a {type(answer).__name__}")

    return send(item, what, make)


def _feed(site: Site, item: SitePlugin, name: str) -> Response:
    document = next((document for document in item.plugin.feeds if document.name == name), None)
    if document is None:
        raise NotFound
    context = parts().contexts.of(item, site)
    sent = plugin_request(0)
    what = f"feed {name}"
    body = run_plugin(item, what, lambda: document.build(context, sent))
    return send(item, what, lambda: plain_response(PluginResponse(body=body, content_type=document.content_type)))


def _identity() -> str | None:
    try:
        return parts().commenting.author_of(bearer_token(request.headers.get("Authorization"))).identity_id
    except BadToken:
        return None  # the header may be for the plugin itself


def _method() -> str:
    """HEAD is answered as GET is; the server leaves the body out."""
    return "GET" if request.method == "HEAD" else request.method


def _header(text: str) -> str:
    text.encode("latin-1")
    return text
