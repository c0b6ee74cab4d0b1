"""Which pages may read and write."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from site_client import SiteClient

from embedcomments.api import PluginResponse, Route

OWN, PAGES, PRESS, FOREIGN = "http://localhost", "https://pages.example", "https://press.example", "https://x.example"
READS = (
    "/api/v1/sites/default/thread?key=page",
    "/api/v1/sites/default/thread.html?key=page",
    "/api/v1/sites/default/thread.html?key=page&part=1",
    "/api/v1/sites/default/counts?key=page",
    "/api/v1/sites/default/latest",
)


@pytest.fixture
def sites(client: SiteClient) -> SiteClient:
    """Two sites, each with an origin of its own."""
    client.parts.sites.add("press")
    for name, origin in (("default", PAGES), ("press", PRESS)):
        client.parts.sites.add_origin(client.parts.sites.get(name), origin)
    return client


def granted(answer: object) -> str | None:
    assert hasattr(answer, "headers")
    found: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return found


def test_registered_page_reads_and_others_get_no_grant(sites: SiteClient) -> None:
    written = sites.write("Hello")
    address = f"/api/v1/comments/{written['comment']['id']}"
    for path in (*READS, address, f"{address}/replies", f"{READS[0]}&sort=nonsense", f"{address}/nothing"):
        grants = {origin: granted(sites.get(path, origin=origin)) for origin in (PAGES, OWN, PRESS, FOREIGN, "null")}
        expected = {PAGES: PAGES, OWN: OWN, PRESS: None, FOREIGN: None, "null": None}
        if path.endswith("nothing"):  # about no site: whoever is known somewhere hears why
            expected[PRESS] = PRESS
        assert grants == expected, path
        bare = sites.get(path)
        assert granted(bare) is None
        assert "Origin" in bare.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in bare.headers
        exposed = sites.get(path, origin=PAGES).headers["Access-Control-Expose-Headers"]
        assert exposed == "ETag, Location, Retry-After"


def test_foreign_page_may_not_write(sites: SiteClient) -> None:
    written = sites.write("Hello")
    address = f"/api/v1/comments/{written['comment']['id']}"
    for origin in (FOREIGN, PRESS, "null", f"{PAGES}.evil.example", "https://pages.example:444", "http://localhost:1"):
        for method, path, how in (
            ("POST", "/api/v1/sites/default/comments", {"json": {"thread": {"key": "page"}, "text": "Hi"}}),
            ("POST", "/api/v1/sites/default/preview", {"json": {"text": "Hi"}}),
            ("PATCH", address, {"json": {"text": "Hi"}, "token": written["edit_token"]}),
            ("DELETE", address, {"token": written["edit_token"]}),
        ):
            answer = sites.call(method, path, origin=origin, **how)
            assert (answer.status_code, answer.json["code"], granted(answer)) == (403, "origin_not_allowed", None)
    assert [comment.source for comment in sites.stored()] == ["Hello"]
    for origin in (PAGES, OWN):
        answer = sites.submit("Hi", origin=origin)
        assert (answer.status_code, granted(answer)) == (201, origin)


def test_pages_of_this_machine_may_until_an_origin_is_registered(client: SiteClient) -> None:
    local = ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"]
    for origin in local:
        assert client.submit("Hi", origin=origin).status_code == 201
        assert granted(client.get(READS[0], origin=origin)) == origin
    for origin in ("https://x.example", "ftp://localhost", "http://localhost.evil.example", "null", "http://[::1"):
        assert client.submit("Hi", origin=origin).status_code == 403
    site = client.parts.sites.get("default")
    client.parts.sites.add_origin(site, PAGES)
    for origin in local:
        assert client.submit("Hi", origin=origin).status_code == 403
        assert granted(client.get(READS[0], origin=origin)) is None
    client.parts.sites.remove_origin(site, PAGES)
    assert client.submit("Hi", origin=local[0]).status_code == 201


def test_preflight_is_granted_to_pages_that_some_site_knows(sites: SiteClient) -> None:
    asking = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    for path in ("/api/v1/sites/default/comments", "/api/v1/comments/x", "/p/any/default/thing", "/api/v1/nothing"):
        for origin in (PAGES, PRESS, OWN):
            answer = sites.call("OPTIONS", path, origin=origin, headers=asking)
            assert (answer.status_code, answer.data) == (204, b"")
            assert {name: value for name, value in answer.headers.items() if name.startswith("Access-Control")} == {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
                "Access-Control-Max-Age": "7200",
            }
            assert answer.headers["Vary"] == "Origin"
        refused = sites.call("OPTIONS", path, origin=FOREIGN, headers=asking)
        assert (refused.status_code, granted(refused)) == (204, None)


def test_own_address_counts_under_the_name_by_which_it_was_called(
    new_client: Callable[..., SiteClient],
) -> None:
    client = new_client(public_url="https://comments.example")
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    assert client.submit("Hi", origin="https://comments.example").status_code == 201
    assert client.submit("Hi", origin="https://comments.example:444").status_code == 403


def test_plugins_route_is_for_the_sites_own_pages(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def route(path: str, *, cors: bool) -> Route:
        handler = lambda ctx, request: PluginResponse(  # noqa: E731
            body=b"ok", headers={"Set-Cookie": "a=b", "Access-Control-Allow-Origin": "*", "X-Own": "1"}
        )
        return Route(path=path, handler=handler, methods=("GET", "POST"), cors=cors)

    client = new_client(
        make_plugin("tool", register_routes=lambda: [route("open", cors=True), route("plain", cors=False)])
    )
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    for method in ("GET", "POST"):
        good = client.call(method, "/p/tool/default/open", origin=PAGES)
        assert (good.status_code, granted(good), good.headers["X-Own"]) == (200, PAGES, "1")
        assert "Set-Cookie" not in good.headers
        assert client.call(method, "/p/tool/default/open", origin=FOREIGN).status_code == 403
        assert client.call(method, "/p/tool/default/open").status_code == 200
        machine = client.call(method, "/p/tool/default/plain", origin=FOREIGN)
        assert (machine.status_code, granted(machine)) == (200, None)
