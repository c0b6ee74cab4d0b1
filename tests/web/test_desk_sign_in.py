"""Into the desk and out of it, and who may open what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from types import ModuleType
from typing import Any

import pytest
from site_client import Desk, SiteClient, csrf_of

from embedcomments.api import AdminPage, PluginResponse

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def shielded(answer: Any) -> bool:
    """Whether it is a page of the desk with all of its headers."""
    return {name: answer.headers.get(name) for name in HEADERS} == HEADERS


# Ways in, and links that bring their own proof: each has tests of its own.
FOR_STRANGERS = ("/admin/sign-in", "/admin/sign-out", "/admin/invitation", "/admin/decide", "/admin/unsubscribe")
FOR_STRANGERS += ("/admin/account/email/confirm",)


def desk_addresses(client: SiteClient) -> Iterator[tuple[str, str]]:
    """Method and path of every route of the desk that is not for strangers, on sites that exist and that do not.
    (Its websocket is no page; see tests/faults/test_desk_live.py.)"""
    for rule in client.app.url_map.iter_rules():
        if rule.websocket:
            continue
        if not rule.rule.startswith("/admin") or rule.rule.startswith(FOR_STRANGERS):
            continue
        for site in ("default", "press", "nowhere"):
            for plugin in ("pages", "nothing"):
                path = rule.rule.replace("<site>", site).replace("<plugin>", plugin).replace("<path:path>", "a/b")
                path = path.replace("<comment_id>", "0" * 24)
                assert "<" not in path, f"{path}: say what could stand there"
                for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                    yield method, path


@pytest.fixture
def client(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> SiteClient:
    page = AdminPage(path="a/b", title="Pages", handler=lambda ctx, request: PluginResponse(body="secret words"))
    made = new_client(make_plugin("pages", register_admin_pages=lambda: [page]))
    made.parts.sites.add("press")
    return made


def test_stranger_gets_the_sign_in_page_everywhere(client: SiteClient) -> None:
    seen = set()
    for method, path in desk_addresses(client):
        answer = client.call(method, path)
        assert (answer.status_code, answer.content_type) == (401, "text/html; charset=utf-8"), (method, path)
        assert "Sign in to the desk" in answer.text
        assert "secret" not in answer.text
        assert "Set-Cookie" not in answer.headers
        assert shielded(answer)
        page = re.sub(r'<input type="hidden" name="(?:next|csrf_token)" value="[^"]*">', "", answer.text)
        seen.add("\n".join(line for line in page.splitlines() if line.strip()))
    assert len(seen) == 1  # nobody learns which sites and plugins there are


def test_moderator_of_one_site_opens_that_one_alone(client: SiteClient) -> None:
    desk = client.sign_in(site="press")
    statuses = {}
    for method, path in desk_addresses(client):
        answer = desk.http.open(path, method=method)
        statuses[(method, path)] = answer.status_code
        assert shielded(answer)
        assert "/admin/default/" not in answer.text.replace(f'name="next" value="{path}"', "")
    assert {statuses["GET", f"/admin/press/{page}"] for page in ("site", "plugins", "health", "pages/a/b")} == {200}
    assert {status for (_, path), status in statuses.items() if path.startswith("/admin/default")} == {401}
    assert {status for (_, path), status in statuses.items() if path.startswith("/admin/nowhere")} == {404}
    assert {status for (method, path), status in statuses.items() if method == "POST" and "/press" in path} == {
        403,
        404,
    }
    door = desk.get("/admin/")
    assert (door.status_code, door.headers["Location"]) == (303, "/admin/press/")
    assert desk.get("/admin/press/").headers["Location"] == "/admin/press/pages/a/b"


def test_looking_at_a_link_changes_nothing_and_its_button_signs_in_once(client: SiteClient) -> None:
    token = client.parts.signing_in.one_time_token(name="Anahit", site_id=None)
    address = f"/admin/sign-in?token={token}"
    desk = Desk(client)
    for _ in range(3):
        page = desk.get(address)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers
        assert desk.http.head(address).status_code == 200
    csrf = csrf_of(page.text)
    signed_in = desk.send("/admin/sign-in", {"token": token}, csrf=csrf)
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/admin/")
    assert "Anahit" in desk.get("/admin/default/site").text
    other = Desk(client)
    for answer in (other.get(address), other.send("/admin/sign-in", {"token": token}, csrf=csrf)):
        assert (answer.status_code, shielded(answer)) == (410, True)
        assert "This link was used or is over" in answer.text
    assert other.get("/admin/default/site").status_code == 401


def test_link_is_over_after_a_day(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    token = client.parts.signing_in.one_time_token(name="Anahit", site_id=None)
    clock.advance(hours=23, minutes=59)
    assert desk.get(f"/admin/sign-in?token={token}").status_code == 200
    clock.advance(minutes=1)
    assert desk.get(f"/admin/sign-in?token={token}").status_code == 410


def test_session_ends_after_a_week_unused_and_after_thirty_days_in_any_case(client: SiteClient, clock: Any) -> None:
    unused, used = client.sign_in(), client.sign_in()
    clock.advance(days=6, hours=23)
    assert used.get("/admin/default/site").status_code == 200
    clock.advance(hours=1)
    assert unused.get("/admin/default/site").status_code == 401
    for _ in range(3):
        clock.advance(days=6)
        assert used.get("/admin/default/site").status_code == 200
    clock.advance(days=4, hours=23)
    assert used.get("/admin/default/site").status_code == 200
    clock.advance(hours=1)
    assert used.get("/admin/default/site").status_code == 401


@pytest.mark.parametrize("token", ["nonsense", "\x00", "Ж", "x" * 5000])
def test_link_that_never_was_is_told(client: SiteClient, token: str) -> None:
    answer = Desk(client).get("/admin/sign-in", query_string={"token": token})
    assert (answer.status_code, shielded(answer)) == (410, True)


def test_session_cookie_is_for_the_desk_of_this_host_alone(client: SiteClient) -> None:
    for base_url, name, secure in (
        ("http://localhost", "embedcomments-session", ""),
        ("https://comments.example", "__Host-embedcomments-session", True),
    ):
        desk = Desk(client, base_url)
        token = client.parts.signing_in.one_time_token(name="Anahit", site_id=None)
        csrf = csrf_of(desk.get(f"/admin/sign-in?token={token}").text)
        answer = desk.send("/admin/sign-in", {"token": token}, csrf=csrf)
        (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
        assert {key: value for key, value in cookie.items() if value and key != "expires"} == {
            key: value
            for key, value in {
                "path": "/",
                "secure": secure,
                "httponly": True,
                "samesite": "Lax",
                "max-age": str(30 * 86_400),
            }.items()
            if value
        }
        assert cookie.key == name
        assert len(cookie.value) >= 40
        assert desk.get("/admin/default/site").status_code == 200


def test_cookie_is_secure_behind_a_proxy_that_speaks_tls(
    new_client: Callable[..., SiteClient],
) -> None:
    client = new_client(trusted_proxies=1)
    token = client.parts.signing_in.one_time_token(name="Anahit", site_id=None)
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "comments.example", "X-Forwarded-For": "203.0.113.1"}
    page = client.get(f"/admin/sign-in?token={token}", headers=proxied)
    answer = client.call(
        "POST",
        "/admin/sign-in",
        data={"token": token, "csrf_token": csrf_of(page.text)},
        headers=proxied,
        origin="https://comments.example",
    )
    assert answer.status_code == 303
    assert answer.headers["Set-Cookie"].startswith("__Host-embedcomments-session=")
    assert "; Secure;" in answer.headers["Set-Cookie"]


FORMS = [
    ("/admin/default/site", {"action": "add_origin", "origin": "https://evil.example"}),
    ("/admin/default/site", {"action": "save", "title": "x", "policy": "x", "edit_window_min": "1", "max_length": "1"}),
    ("/admin/default/plugins", {"plugin": "pages", "action": "disable"}),
    ("/admin/default/plugins/pages", {"action": "save"}),
    ("/admin/default/jobs", {"action": "discard_all"}),
    ("/admin/default/sites", {"name": "evil"}),
    ("/admin/default/threads", {"key": "page", "action": "close"}),
    ("/admin/theme", {"theme": "dark"}),
    ("/admin/default/pages/a/b", {"x": "y"}),
    ("/admin/sign-out", {}),
]


@pytest.mark.parametrize("path, form", FORMS, ids=[path for path, _ in FORMS])
def test_form_without_its_token_or_from_elsewhere_changes_nothing(
    client: SiteClient, path: str, form: dict[str, str]
) -> None:
    desk, other = client.sign_in(), client.sign_in(name="Other")
    site = client.parts.sites.get("default")
    right = csrf_of(desk.get("/admin/default/site").text)
    for csrf in (None, "", "nonsense", right + "x", csrf_of(other.get("/admin/default/site").text)):
        answer = desk.send(path, form, csrf=csrf)
        assert (answer.status_code, answer.content_type, shielded(answer)) == (403, "text/html; charset=utf-8", True)
        assert "The page was open for too long." in answer.text
    for origin in ("https://evil.example", "null", "http://localhost:8080", "https://localhost"):
        answer = desk.send(path, form, csrf=right, headers={"Origin": origin})
        assert (answer.status_code, shielded(answer)) == (403, True)
        assert "This form was sent from another site." in answer.text
    assert client.parts.sites.get("default") == site
    assert desk.get("/admin/default/site").status_code == 200
    assert desk.send(path, form, csrf=right, headers={"Origin": "http://localhost"}).status_code < 400


def test_signing_in_takes_the_token_of_its_own_page(client: SiteClient) -> None:
    tokens = [client.parts.signing_in.one_time_token(name="Anahit", site_id=None) for _ in range(2)]
    desk = Desk(client)
    csrf = csrf_of(desk.get(f"/admin/sign-in?token={tokens[0]}").text)
    for wrong in (None, "nonsense", csrf):
        answer = desk.send("/admin/sign-in", {"token": tokens[1]}, csrf=wrong)
        assert (answer.status_code, shielded(answer)) == (403, True)
    assert desk.send("/admin/sign-in", {"token": tokens[0]}, csrf=csrf).status_code == 303


def test_signing_out_ends_the_session_everywhere(client: SiteClient) -> None:
    desk = client.sign_in()
    cookie = desk.http.get_cookie("embedcomments-session")
    assert cookie is not None
    answer = desk.send("/admin/sign-out", {}, csrf=csrf_of(desk.get("/admin/default/site").text))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sign-in")
    assert desk.http.get_cookie("embedcomments-session") is None
    copied = client.get("/admin/default/site", headers={"Cookie": f"embedcomments-session={cookie.value}"})
    assert copied.status_code == 401
    assert Desk(client).send("/admin/sign-out", {}).status_code == 303


def test_sign_ins_of_one_network_are_limited(client: SiteClient) -> None:
    desk = Desk(client)
    answers = [desk.send("/admin/sign-in", {"token": "x"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [403] * 20 + [429]
    assert shielded(answers[-1])


@pytest.mark.parametrize(
    "value", ["", "nonsense", "\xff\xfe", "x" * 5000, '"', "a; embedcomments-session=b", "\\377\\000"]
)
def test_cookie_that_is_none_of_ours_is_no_session(client: SiteClient, value: str) -> None:
    for name in ("session", "notice"):
        answer = client.get("/admin/default/site", headers={"Cookie": f"embedcomments-{name}={value}"})
        assert (answer.status_code, shielded(answer)) == (401, True)


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/admin//x", 404),
        ("GET", "/admin/default/nothing", 308),
        ("PUT", "/admin/default/site", 405),
        ("PUT", "/admin/sign-out", 405),
        ("BREW", "/admin/", 405),
        ("GET", "/admin/default/plugins/nothing", 404),
        ("GET", "/admin/default/nothing/", 404),
        ("GET", "/admin/nowhere/site", 404),
        ("GET", "/admin/nowhere/", 404),
        ("GET", "/admin/%FF/site", 404),
    ],
)
def test_error_on_the_desk_is_a_page(client: SiteClient, method: str, path: str, status: int) -> None:
    answer = client.sign_in().http.open(path, method=method)
    assert answer.status_code == status
    if status != 308:
        assert (answer.content_type, shielded(answer)) == ("text/html; charset=utf-8", True)
        assert f'<p class="soft small number">{status}</p>' in answer.text
        assert ("Allow" in answer.headers) == (status == 405)


def test_form_that_is_too_long_is_refused(client: SiteClient) -> None:
    for desk in (Desk(client), client.sign_in()):
        for path in ("/admin/sign-in", "/admin/default/site"):
            answer = desk.send(path, {"token": "x" * 2_000_000})
            assert answer.status_code in (401, 413)
            assert shielded(answer)


def test_what_nobody_expected_is_told_without_details(client: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = client.sign_in()

    def fail(*_: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr(client.parts.choices, "all", fail)
    answer = desk.get("/admin/default/plugins")
    assert (answer.status_code, shielded(answer)) == (500, True)
    assert "Something went wrong here" in answer.text
    assert "secret" not in answer.text
