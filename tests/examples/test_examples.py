"""The examples run as their READMEs say, and what they serve is what a reader copies."""

import importlib.util
import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from embedcomments.api import Action, Author, Draft, Settings, ThreadRef, Verdict
from embedcomments.services.importing.wordpress import read_wordpress

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVER = "http://comments.localhost:9"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def serving(script: str) -> Iterator[str]:
    """The example's own command on a free port; yields the origin that it prints."""
    command = [sys.executable, str(EXAMPLES / script), "--port", "0", "--server", f"{SERVER}/"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        found = (re.search(r"http://(localhost|127\.0\.0\.1):\d+", line) for line in process.stdout)
        yield next(match[0] for match in found if match)
    finally:
        process.kill()
        process.communicate()


def get(origin: str, path: str, method: str = "GET") -> tuple[HTTPResponse, str]:
    """``path`` goes out as it is: no client tidies up its dots."""
    connection = HTTPConnection("127.0.0.1", urlsplit(origin).port or 80, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", "localhost")
        connection.endheaders()
        response = connection.getresponse()
        return response, response.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def newspaper() -> Iterator[str]:
    with serving("newspaper/serve.py") as origin:
        yield origin


@pytest.mark.parametrize("name", ["printing-house", "bridge", "night-tram"])
def test_newspaper_article_embeds_comments_under_its_own_address(newspaper: str, name: str) -> None:
    response, page = get(newspaper, f"/articles/{name}.html?utm_source=test")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.count("<script") == 1
    assert f'<script async src="{SERVER}/embed.js" data-site="demo"></script>' in page
    assert f'<link rel="canonical" href="{newspaper}/articles/{name}.html">' in page
    assert "__" not in page


def test_newspaper_front_page_counts_the_comments_of_the_articles(newspaper: str) -> None:
    _, page = get(newspaper, "/")
    assert re.findall(r'data-embedcomments-count="(.*?)"', page) == [
        f"{newspaper}/articles/{name}.html" for name in ("printing-house", "bridge", "night-tram")
    ]
    assert f'src="{SERVER}/embed.js"' in page
    assert "__" not in page


def test_newspaper_pages_ask_nobody_else(newspaper: str) -> None:
    paths = [
        "/",
        *(f"/{file.relative_to(EXAMPLES / 'newspaper/site')}" for file in EXAMPLES.glob("newspaper/site/articles/*")),
    ]
    for path in paths:
        _, page = get(newspaper, path)
        for address in re.findall(r'(?:src|href)="(.*?)"', page):
            if address.startswith(("/", "#")):
                assert get(newspaper, address.partition("#")[0])[0].status == 200, address
            else:
                assert address.startswith((newspaper, SERVER)), address


@pytest.mark.parametrize(
    "path, content_type", [("/courier.css", "text/css; charset=utf-8"), ("/type-case.svg", "image/svg+xml")]
)
def test_newspaper_files_have_their_content_type(newspaper: str, path: str, content_type: str) -> None:
    assert get(newspaper, path)[0].headers["Content-Type"] == content_type
    response, body = get(newspaper, path, "HEAD")
    assert (response.status, body) == (200, "")


@pytest.mark.parametrize(
    "path",
    ["/../serve.py", "/%2e%2e/policy.md", "//etc/hostname", "/articles", "/articles/../../policy.md", "/missing"],
)
def test_newspaper_serves_nothing_but_its_site(newspaper: str, path: str) -> None:
    assert get(newspaper, path)[0].status == 404


def test_newspaper_export_holds_the_conversation_that_the_demo_shows() -> None:
    origin = "http://localhost:8000"
    export = (EXAMPLES / "newspaper" / "comments.wxr.xml").read_text("utf-8").replace("__ORIGIN__", origin)
    article, bridge, tram = read_wordpress(io.BytesIO(export.encode()))
    assert [(thread.key, thread.closed, len(thread.comments)) for thread in (article, bridge, tram)] == [
        (f"{origin}/articles/printing-house.html", False, 31),
        (f"{origin}/articles/bridge.html", False, 3),
        (f"{origin}/articles/night-tram.html", True, 2),
    ]
    assert Counter((found.kind.value, found.state.value) for found in article.comments) == {
        ("comment", "published"): 25,
        ("comment", "held"): 2,
        ("comment", "spam"): 1,
        ("comment", "deleted"): 1,
        ("pingback", "published"): 1,
        ("trackback", "published"): 1,
    }
    parents = {found.external_id: found.parent_external_id for found in article.comments}
    branch: list[str | None] = ["105"]
    while branch[-1] is not None:
        branch.append(parents[branch[-1]])
    assert branch == ["105", "104", "103", "102", "101", None]
    text = "".join(found.text for found in article.comments)
    for letter in ("Շ", "ё", "چ", "报", "é", "🖋"):
        assert letter in text


def test_newspaper_has_the_playground_with_its_conversation(newspaper: str) -> None:
    _, page = get(newspaper, "/playground/")
    key = f"{newspaper}/articles/printing-house.html"
    assert f'<embed-comments data-site="demo" data-key="{key}"></embed-comments>' in page
    for file in ("playground.css", "playground.js"):
        assert get(newspaper, f"/playground/{file}")[0].status == 200
    assert get(newspaper, "/playground/serve.py")[0].status == 404


def test_playground_is_served_for_any_thread() -> None:
    with serving("playground/serve.py") as origin:
        _, page = get(origin, "/")
        assert get(origin, "/playground.js")[0].headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert get(origin, "/serve.py")[0].status == 404
    assert f'<script async src="{SERVER}/embed.js" data-auto="off"></script>' in page
    assert '<embed-comments data-site="default" data-key="playground"></embed-comments>' in page
    assert "__" not in page


def test_htmx_pages_are_served_with_the_address_of_the_server() -> None:
    with serving("htmx/serve.py") as origin:
        for path, key in (("/", "htmx/"), ("/summer", "htmx/summer")):
            _, page = get(origin, path)
            assert f'<script async src="{SERVER}/embed.js" data-auto="off"></script>' in page
            assert f'<embed-comments data-key="{key}"></embed-comments>' in page
        assert "embed-comments>" not in get(origin, "/winter")[1]
        assert get(origin, "/serve.py")[0].status == 404


def test_single_page_app_is_served_with_the_address_of_the_server() -> None:
    with serving("spa/serve.py") as origin:
        _, page = get(origin, "/")
        script, body = get(origin, "/app.js")
        assert get(origin, "/serve.py")[0].status == 404
    assert f'<script async src="{SERVER}/embed.js" data-auto="off"></script>' in page
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "embed-comments" in body


def test_strict_page_allows_the_comment_server_and_nothing_inline() -> None:
    with serving("strict-csp/serve.py") as origin:
        response, page = get(origin, "/")
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == SERVER
    assert policy["connect-src"] == f"{SERVER} ws://comments.localhost:9"
    assert policy["default-src"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert f'<script async src="{SERVER}/embed.js"></script>' in page
    assert "<style" not in page
    assert "style=" not in page


def test_flask_site_embeds_comments_under_every_post() -> None:
    with serving("flask-site/app.py") as origin:
        _, post = get(origin, "/tea")
        _, index = get(origin, "/")
        missing, _ = get(origin, "/missing")
    assert f'<script async src="{SERVER}/embed.js" data-key="tea"></script>' in post
    assert re.findall(r'data-embedcomments-count="(.*?)"', index) == ["hello", "tea"]
    assert missing.status == 404


def draft(text: str) -> Draft:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Draft(site_id=1, thread=ThreadRef(key="a"), author=Author(), text=text, submitted_at=now)


def test_thirty_line_plugin_holds_shouting() -> None:
    file = EXAMPLES / "plugin-thirty-lines" / "exclaim.py"
    assert len(file.read_text("utf-8").splitlines()) <= 30
    plugin = load(file)
    settings = plugin.register_settings()
    assert isinstance(settings, Settings)
    context: Any = SimpleNamespace(settings=settings.schema().load({}))
    for quiet in ("OK, NATO.", "A quiet sentence with NATO in it.", "چه خبر خوبی! 我祖父在上海", ""):
        assert plugin.comment_check(context, draft(quiet)) is None
    verdict = Verdict(action=Action.HOLD, score=1.0, reason="Written in capitals.")
    assert plugin.comment_check(context, draft("WHO WROTE THIS?! ՉԵՄ ՀԱՎԱՏՈՒՄ")) == verdict
    context.settings = settings.schema().load({"share": 1})
    assert plugin.comment_check(context, draft("WHO WROTE THIS?!")) is None
