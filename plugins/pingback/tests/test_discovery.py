"""The owner is told what pages need, and whether they have it: on the command line and on the desk."""

from __future__ import annotations

import html
import re
from typing import Any

import click
from click.testing import CliRunner

import embedcomments_pingback as plugin
from embedcomments.api import OutboundForbidden
from embedcomments.testing import make_thread
from embedcomments_pingback import commands
from embedcomments_pingback.discovery import endpoints_of, examine, link_lines, server_lines
from embedcomments_pingback.settings import PingbackSettings

ORIGIN = "https://blog.example"
POST = f"{ORIGIN}/post"
SERVER = "http://localhost:8080"
WEBMENTION = f"{SERVER}/p/pingback/default/webmention"
PINGBACK = f"{SERVER}/p/pingback/default/xmlrpc"
LINES = f'<link rel="webmention" href="{WEBMENTION}">\n<link rel="pingback" href="{PINGBACK}">'
SCRIPT = f'<script async src="{SERVER}/embed.js"></script>'
CANONICAL = f'<link rel="canonical" href="{POST}">'


def test_discovery_announces_what_the_site_accepts(blog: Any) -> None:
    both = [("webmention", WEBMENTION), ("pingback", PINGBACK)]
    assert list(plugin.discovery_links(blog.ctx, None)) == both == endpoints_of(blog.ctx)
    assert list(plugin.discovery_links(blog.ctx, make_thread(closed=True))) == []
    page = blog.app.get("/api/v1/sites/default/thread.html", query_string={"key": POST}).text
    assert LINES in page
    blog.configure(accept=False)
    assert endpoints_of(blog.ctx) == both[:1]


def test_lines_for_pages_and_servers(blog: Any) -> None:
    assert "\n".join(link_lines(blog.ctx)) == LINES
    assert dict(server_lines(blog.ctx)) == {
        "nginx": f"add_header Link '<{WEBMENTION}>; rel=\"webmention\"';\nadd_header X-Pingback '{PINGBACK}';",
        "Apache": f"Header add Link '<{WEBMENTION}>; rel=\"webmention\"'\nHeader add X-Pingback '{PINGBACK}'",
        "Caddy": f'header +Link `<{WEBMENTION}>; rel="webmention"`\nheader +X-Pingback `{PINGBACK}`',
    }


def grades(blog: Any, url: str = POST) -> list[tuple[str, str]]:
    return [(finding.grade, finding.what) for finding in examine(blog.ctx, url)]


GOOD = [
    ("good", "It has the comments."),
    ("good", "Its canonical address is the one that was asked for."),
    ("good", "It announces webmention where others look for it."),
    ("good", "It announces pingback where others look for it."),
]


def test_a_page_that_has_all_is_good_by_lines_or_by_headers(blog: Any) -> None:
    blog.network.answer(POST, f"<head>{LINES}{CANONICAL}</head>{SCRIPT}")
    assert grades(blog) == GOOD
    headers = {"Link": f'<{WEBMENTION}>; rel="webmention"', "X-Pingback": PINGBACK}
    blog.network.answer(POST, f"<head>{CANONICAL}</head>{SCRIPT}", headers=headers)
    assert grades(blog) == GOOD


def test_what_a_page_lacks_is_told_with_what_to_do(blog: Any) -> None:
    blog.network.answer(POST, "<p>nothing")
    findings = examine(blog.ctx, POST)
    assert [(finding.grade, finding.what) for finding in findings] == [
        ("warn", "It has no script tag of this server."),
        ("warn", "It does not say its canonical address."),
        ("bad", "It announces no webmention."),
        ("bad", "It announces no pingback."),
    ]
    todo = "\n".join(finding.todo for finding in findings)
    assert all(line in todo for line in (SCRIPT, CANONICAL, *LINES.splitlines()))


def test_lines_that_come_late_or_lead_elsewhere_are_told(blog: Any) -> None:
    late = f"<head><style>{'x' * 5_200}</style>{LINES}{CANONICAL}</head>{SCRIPT}"
    blog.network.answer(POST, late)
    assert grades(blog)[2:] == [
        ("warn", "Its webmention is announced too late in the page."),
        ("warn", "Its pingback is announced too late in the page."),
    ]
    blog.network.answer(POST, late.replace("localhost:8080", "elsewhere.example"))
    assert [grade for grade, _ in grades(blog)] == ["warn", "good", "bad", "bad"]
    other = f'<link rel="canonical" href="{ORIGIN}/other">'
    blog.network.answer(POST, f"<head>{LINES}{other}</head>{SCRIPT}")
    assert grades(blog)[1] == (
        "warn", f"By its own word its address is {ORIGIN}/other: comments and links belong there.",
    )  # fmt: skip


def test_pages_that_cannot_be_looked_at_are_told(blog: Any) -> None:
    assert grades(blog, "blog.example") == [("bad", "That is not a web address.")]
    blog.network.answer("https://evil.example/", f"{LINES}{SCRIPT}")
    assert grades(blog, "https://evil.example/")[0] == (
        "bad", "https://evil.example is not an origin of the site default.",
    )  # fmt: skip
    blog.network.answer(POST, "x", status=404)
    assert grades(blog) == [("bad", "The page answers 404 as text/html.")]
    blog.network.fail(POST, OutboundForbidden("It is inside."))
    assert grades(blog) == [("bad", "The page cannot be fetched: It is inside.")]


def run(blog: Any, command: click.Command, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments, obj=lambda name: blog.ctx)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_doctor_tells_the_findings_and_the_lines(blog: Any) -> None:
    blog.network.answer(POST, "<p>nothing")
    code, told = run(blog, commands.doctor, POST)
    assert (code, "✗ It announces no webmention.\n" in told, f"  {LINES.splitlines()[0]}" in told) == (1, True, True)
    blog.network.answer(POST, f"<head>{LINES}{CANONICAL}</head>{SCRIPT}")
    code, told = run(blog, commands.doctor, POST)
    assert (code, told.splitlines()[0]) == (0, "✓ It has the comments.")


def test_ping_tells_now_what_each_answers(blog: Any) -> None:
    one, two = "https://one.example/", "https://two.example/"
    blog.network.answer(POST, f'<a href="{one}">1</a><a href="{two}">2</a>')
    blog.network.answer(one, '<link rel="webmention" href="/w">')
    blog.network.answer(f"{one}w", "Thanks", status=202, content_type="text/plain")
    code, told = run(blog, commands.ping, f"{POST}?utm_source=x")
    assert code == 1
    assert told.splitlines() == [
        f"{POST}: 2 to tell",
        f"  {one}",
        "    sent: HTTP 202: Thanks",
        f"  {two}",
        f"    failed: The test registered no answer of {two}.",
    ]
    assert blog.work() == 0
    code, told = run(blog, commands.ping, "https://evil.example/")
    assert (code, "its origin is not registered" in told) == (1, True)
    blog.network.fail(POST)
    assert run(blog, commands.ping, POST)[0] == 1


def test_ping_leaves_to_the_server_what_is_too_much_for_a_host(blog: Any) -> None:
    blog.configure(send_per_host_per_hour=2)
    blog.network.answer(POST, "".join(f'<a href="https://one.example/{at}">x</a>' for at in range(3)))
    for at in range(3):
        blog.network.answer(f"https://one.example/{at}", "<p>nowhere to tell")
    code, told = run(blog, commands.ping, POST)
    assert (code, told.splitlines()[1::2], told.splitlines()[2::2]) == (
        0,
        [f"  https://one.example/{at}" for at in range(3)],
        [*["    none: It has no endpoint."] * 2,
         "    later: its host was told so much already within the hour; the server does it in an hour"],
    )  # fmt: skip
    asked = len(blog.network.requests)
    blog.work()
    assert len(blog.network.requests) == asked
    blog.clock.advance(minutes=61)
    blog.work()
    assert blog.network.requests[-1].url == "https://one.example/2"


def test_token_is_the_one_that_builds_use(blog: Any) -> None:
    _, token = run(blog, commands.token)
    answer = blog.app.post(
        "/p/pingback/default/send", data={"url": POST}, headers={"Authorization": f"Bearer {token.strip()}"}
    )
    assert answer.status_code == 202


def test_the_desk_shows_what_came_and_what_became_of_it(blog: Any) -> None:
    desk = blog.app.desk()
    assert "Nobody has told of a link yet" in desk.get("/admin/default/pingback/").text
    assert blog.mention("https://other.example/", POST) == 202
    blog.network.answer("https://other.example/", "<p>no link")
    blog.work()
    page = desk.get("/admin/default/pingback/").text
    assert re.search(r'href="https://other.example/" rel="noreferrer nofollow"', page)
    assert "The source does not link to the target." in page
    assert "Refused" in page


def test_the_desk_sends_for_a_page_and_shows_the_answers(blog: Any) -> None:
    desk = blog.app.desk()
    target = "https://one.example/"
    blog.network.answer(POST, f'<a href="{target}">1</a>')
    blog.network.answer(target, "<p>nothing")
    path = "/admin/default/pingback/sent"
    wrong = desk.submit(path, {"url": "https://evil.example/"})
    assert (wrong.status_code, "its origin is not registered" in wrong.text) == (422, True)
    assert desk.submit(path, {"url": POST}).status_code == 303
    blog.work()
    blog.clock.advance(minutes=1)
    blog.work()
    page = desk.get(path).text
    assert (f'href="{target}"' in page, "It has no endpoint." in page, "1 link to another site" in page) == (True,) * 3


def test_the_desk_checks_a_page(blog: Any) -> None:
    desk = blog.app.desk()
    path = "/admin/default/pingback/setup"
    page = desk.get(path).text
    assert re.search(r'<a href="/admin/default/pingback/" aria-current="page">\s*Links', page)
    assert "' \\\n  -d url=https://blog.example/new-post \\\n  http://localhost" in html.unescape(page)
    assert all(f"add_header {name} " in page for name in ("Link", "X-Pingback"))
    blog.network.answer(POST, "<p>nothing")
    found = desk.submit(path, {"url": POST})
    assert (found.status_code, "It announces no webmention." in found.text) == (200, True)
    blog.configure(accept=False, webmention=False)
    assert "accepts neither" in desk.get(path).text


def test_declarations_are_what_the_readme_says() -> None:
    routes = {(route.path, route.methods, route.max_body_bytes, route.cors) for route in plugin.register_routes()}
    assert routes == {
        ("xmlrpc", ("POST",), 65_536, False),
        ("webmention", ("POST",), 16_384, False),
        ("webmention", ("GET",), 65_536, False),
        ("trackback", ("POST",), 16_384, False),
        ("send", ("POST",), 65_536, False),
        ("said", ("GET",), 65_536, False),
    }
    assert plugin.register_settings().schema is PingbackSettings
    assert PingbackSettings().load({}) == {
        "webmention": True, "accept": False, "trackback": False, "place": "thread", "excerpt_length": 200,
        "per_host_per_hour": 30, "send": True, "send_max_age_days": 30, "send_per_host_per_hour": 10, "feeds": [],
        "token_number": 1, "send_comments": False, "robots": True,
    }  # fmt: skip
    assert set(PingbackSettings().validate({"feeds": ["x"], "place": "y", "send_max_age_days": 0})) == {
        "feeds", "place", "send_max_age_days",
    }  # fmt: skip
