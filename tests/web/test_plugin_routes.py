"""What plugins answer below ``/p/PLUGIN/SITE/``."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.api import (
    EmbedCommentsError,
    FeedDocument,
    OutboundError,
    PluginContext,
    PluginRequest,
    PluginResponse,
    Rejected,
    Route,
)
from embedcomments.domain.errors import PluginError

Handler = Callable[[PluginContext, PluginRequest], Any]


@pytest.fixture
def serve(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> Callable[..., SiteClient]:
    """``serve({path: handler}, feeds={name: build}, **route)`` is a client of an instance with these routes."""

    def make(
        handlers: dict[str, Handler], feeds: dict[str, Callable[..., Any]] | None = None, **route: Any
    ) -> SiteClient:
        routes = [Route(path=path, handler=handler, **route) for path, handler in handlers.items()]
        documents = [
            FeedDocument(name=name, title=name, content_type="text/plain", build=build)
            for name, build in (feeds or {}).items()
        ]
        plugin = make_plugin("tool", register_routes=lambda: routes, register_feeds=lambda: documents)
        return new_client(plugin)

    return make


def failing(error: BaseException) -> Handler:
    def handle(ctx: PluginContext, request: PluginRequest) -> Any:
        raise error

    return handle


def test_route_gets_the_request_without_cookies(serve: Callable[..., SiteClient]) -> None:
    seen: list[PluginRequest] = []

    def handle(ctx: PluginContext, request: PluginRequest) -> dict[str, str]:
        seen.append(request)
        return {"site": ctx.site.name, "plugin": ctx.plugin}

    client = serve({"a/b": handle, "": handle}, methods=("GET", "POST", "PUT"))
    answer = client.call("PUT", "/p/tool/default/a/b?x=1&x=2", data=b"\xff", headers={"Cookie": "a=b", "X-One": "1"})
    assert (answer.status_code, answer.json) == (200, {"site": "default", "plugin": "tool"})
    (request,) = seen
    assert (request.method, request.path, request.url, request.query, request.body, request.moderator) == (
        "PUT",
        "/p/tool/default/a/b",
        "http://localhost/p/tool/default/a/b?x=1&x=2",
        {"x": "1"},
        b"\xff",
        None,
    )
    assert request.headers["x-one"] == "1"
    assert "cookie" not in request.headers
    client.call("POST", "/p/tool/default/", data={"a": ["1", "2"], "b": ""})
    assert (seen[-1].form, seen[-1].form_lists, seen[-1].body) == (
        {"a": "1", "b": ""},
        {"a": ["1", "2"], "b": [""]},
        b"",
    )


def test_head_is_answered_as_get_without_its_body(serve: Callable[..., SiteClient]) -> None:
    client = serve({"x": lambda ctx, r: [r.method]}, {"all": lambda ctx, r: b"feed"})
    for path in ("/p/tool/default/x", "/p/tool/default/feeds/all"):
        get, head = client.get(path), client.call("HEAD", path)
        assert (head.status_code, head.data) == (200, b"")
        assert dict(head.headers) == dict(get.headers)
    assert client.get("/p/tool/default/x").json == ["GET"]


def test_address_and_method_must_be_declared(serve: Callable[..., SiteClient]) -> None:
    client = serve({"x": lambda ctx, r: {}}, {"all": lambda ctx, r: b""})
    for path in ("", "y", "x/", "x/y", "feeds/other", "feeds/", "%2e%2e/x"):
        assert client.get(f"/p/tool/default/{path}").status_code == 404, path
    for path in ("/p/other/default/x", "/p/tool/other/x"):
        assert client.get(path).status_code == 404
    answer = client.call("POST", "/p/tool/default/x")
    assert (answer.status_code, answer.headers["Allow"], answer.json["code"]) == (405, "GET", "method_not_allowed")


def test_body_longer_than_the_route_takes_is_refused(serve: Callable[..., SiteClient]) -> None:
    client = serve(
        {"x": lambda ctx, r: {"size": len(r.body), "form": len(str(r.form))}}, methods=("POST",), max_body_bytes=100
    )
    path = "/p/tool/default/x"
    form = "application/x-www-form-urlencoded"
    assert client.call("POST", path, data=b"x" * 100).json == {"size": 100, "form": 2}
    for content_type in ("text/plain", form):
        answer = client.call("POST", path, data=b"x" * 101, content_type=content_type)
        assert (answer.status_code, answer.json["code"]) == (413, "body_too_large")
        chunked = client.call(
            "POST",
            path,
            input_stream=BytesIO(b"a=" + b"x" * 1_000_000),
            content_type=content_type,
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert (chunked.status_code, chunked.json["code"]) == (413, "body_too_large")


def test_calls_of_one_network_are_limited(serve: Callable[..., SiteClient]) -> None:
    client = serve({"x": lambda ctx, r: {}}, per_minute=2)
    assert [client.get("/p/tool/default/x").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "handler",
    [
        failing(ValueError("secret words")),
        failing(SystemExit(0)),
        failing(KeyboardInterrupt()),
        failing(PluginError("secret words")),
        failing(OutboundError("secret words")),
        lambda ctx, r: None,
        lambda ctx, r: 5,
        lambda ctx, r: {"a": object()},
        lambda ctx, r: {"a": "\ud800"},
        lambda ctx, r: PluginResponse(body=5),  # type: ignore[arg-type]
        lambda ctx, r: PluginResponse(body="\ud800"),
        lambda ctx, r: PluginResponse(status=99),
        lambda ctx, r: PluginResponse(status="200 OK"),  # type: ignore[arg-type]
        lambda ctx, r: PluginResponse(headers={"X-A": "a\r\nSet-Cookie: b"}),
        lambda ctx, r: PluginResponse(headers={"X-A": "Ж"}),
        lambda ctx, r: PluginResponse(content_type="text/plain\r\nX: y"),
    ],
)
def test_route_that_fails_is_unavailable_and_counted(serve: Callable[..., SiteClient], handler: Handler) -> None:
    client = serve({"x": handler}, {"all": handler})
    for number, path in enumerate(("/p/tool/default/x", "/p/tool/default/feeds/all"), 1):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
            503,
            "unavailable",
            "Tool cannot answer just now.",
        )
        assert answer.headers["Retry-After"] == "2"
        assert client.get("/healthz").json["plugins"]["failures"] == {"tool": number}


def test_error_that_a_route_tells_is_no_failure(serve: Callable[..., SiteClient]) -> None:
    client = serve({"x": failing(Rejected("Not like this."))})
    for _ in range(6):
        answer = client.get("/p/tool/default/x")
        assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (422, "rejected", "Not like this.")
    assert client.get("/healthz").json["plugins"]["failures"] == {}
    assert issubclass(Rejected, EmbedCommentsError)


def test_routes_feeds_and_fields_go_with_the_plugin(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    plugin = make_plugin(
        "tool",
        register_routes=lambda: [Route(path="x", handler=lambda ctx, r: {})],
        register_feeds=lambda: [
            FeedDocument(name="all", title="All", content_type="text/plain", build=lambda ctx, r: b"feed")
        ],
        comment_fields=lambda comments: {comment.id: 1 for comment in comments},
        widget_config=lambda: {"on": True},
    )
    client = new_client(plugin)
    client.parts.sites.add("press")
    client.write("Hello")
    paths = ("/p/tool/default/x", "/p/tool/default/feeds/all")

    def state() -> tuple[Any, ...]:
        page = client.thread()
        return (
            [client.get(path).status_code for path in paths],
            page["extensions"],
            page["comments"][0]["extensions"],
        )

    on = ([200, 200], {"tool": {"config": {"on": True}}}, {"tool": 1})
    off: Any = ([404, 404], {}, {})
    assert state() == on
    site = client.parts.sites.get("default")
    client.parts.lifecycle.switch(site, "tool", on=False)
    assert state() == off
    assert client.get("/p/tool/press/x").status_code == 200
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "tool", on=True)
    assert state() == on
