"""Text that means harm does none: in no field, by no way in, on no page."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from host_pages import HostPages
from hostile import OWN, WATCH, harm_in, payloads
from nursery import QuickServer
from playwright.sync_api import Browser, expect
from readers import Reader
from running_server import Answer

from embedcomments.services.sanitizing import TAGS

# Nothing that would refuse or hold: what is to be tested is what gets through.
CONFIG = 'disabled_plugins = ["spam", "profanity", "pingback"]\n[plugins.moderation]\nhold = "nobody"\n'
BATCH = 100  # a page of the API
ATTRIBUTES = ["href", "title", "start", "align", "dir", "class", "rel", "tabindex"]


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server(CONFIG)


@pytest.fixture(scope="module")
def victim(browser: Browser) -> Iterator[Reader]:
    """Whoever reads it all. Anything that ran fails the test that it ran in."""
    reader = Reader(browser, script=WATCH)
    yield reader
    reader.close()


@pytest.fixture(autouse=True)
def _nothing_ran(victim: Reader, server: QuickServer, host: HostPages) -> Iterator[None]:
    victim.requests.clear()
    yield
    assert victim.complaints == []
    assert victim.hosts() <= {urlsplit(server.url).netloc, urlsplit(host.origin).netloc}
    assert len(victim.context.pages) == 1


def check(victim: Reader, texts: str = "embed-comments-never, .body") -> None:
    """No harm came of the page as it stands, also not when everything is pointed at, focused and opened."""
    victim.page.evaluate(
        """() => {
            const poke = (root) => {
                for (const element of root.querySelectorAll(".body *, .said *, .name *, bdi *, .item-where *")) {
                    for (const type of ["mouseover", "focus", "load", "error", "toggle", "animationstart"])
                        element.dispatchEvent(new Event(type));
                    if (element.shadowRoot) poke(element.shadowRoot);
                }
            };
            poke(document);
            for (const element of document.querySelectorAll("embed-comments")) poke(element.shadowRoot);
        }"""
    )
    assert harm_in(victim.page, texts, sorted(TAGS), ATTRIBUTES) == []


def batches() -> list[list[str]]:
    every = payloads()
    return [every[at : at + BATCH] for at in range(0, len(every), BATCH)]


def post(server: QuickServer, key: str, payload: str) -> Answer:
    """Post a payload in every field; the fields that are refused for what they are go without."""
    author: dict[str, Any] = {"name": payload[:100]}
    # What can never be an address is tried with our own alone; it would be refused a thousand times.
    if "@" in payload or payload in OWN:
        author["email"] = payload[:254]
    if payload in OWN or not any(letter in payload for letter in "<>\"' \\"):
        author["url"] = payload if ":" in payload.split("/")[0] else f"https://a.example/{payload}"
    thread = {"key": key, "url": f"https://a.example/{quote(payload[:100])}", "title": payload}
    while True:
        answer = server.comment(payload, author=author, thread=thread)
        if answer.status != 422 or not author:
            return answer
        refused = [name.removeprefix("author.") for name in answer.json.get("errors", {}) if name.startswith("author.")]
        for name in refused or list(author):
            del author[name]


def post_all(server: QuickServer, key: str, texts: list[str]) -> list[Answer]:
    """Post them all; those that are nothing but control characters are refused."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: post(server, key, text), texts))
    assert {answer.status for answer in answers} <= {201, 422}
    taken = [answer for answer in answers if answer.status == 201]
    assert len(taken) > 0.9 * len(texts)
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(batches())))
def test_posted_text_runs_nothing(number: int, server: QuickServer, host: HostPages, victim: Reader) -> None:
    key = f"posted {number}"
    url = host.embed(server.url, key)
    victim.open(url)
    taken = post_all(server, key, batches()[number])
    # As it comes by the feed
    victim.show_arrivals(len(taken))
    expect(victim.thread.locator("article")).to_have_count(len(taken))
    check(victim)
    # As it stands in the snapshot
    victim.page.reload()
    victim.is_ready()
    expect(victim.thread.locator("article")).to_have_count(len(taken))
    check(victim)
    # As it stands in the page without scripts
    victim.page.goto(f"{server.url}/api/v1/sites/default/thread.html?key={quote(key)}")
    expect(victim.page.locator("article")).to_have_count(len(taken))
    check(victim, ".body")


@pytest.mark.parametrize(
    "harm, told",
    [
        ("<img src=x onerror=alert(1)>", {"alert: 1", "handler", "element", "tag", "attribute"}),
        ("<a href='javascript:alert(2)'>x</a>", {"address", "link"}),
        ("<b style='color: red'>x</b>", {"attribute"}),
        ("<svg></svg>", {"tag"}),
    ],
)
def test_harm_would_be_seen(
    harm: str, told: set[str], server: QuickServer, host: HostPages, new_reader: Callable[..., Reader]
) -> None:
    server.comment("Harmless", key="seen")
    reader = new_reader(script=WATCH)
    reader.open(host.embed(server.url, "seen"))
    reader.thread.locator(".body").first.evaluate("(body, harm) => { body.innerHTML = harm; }", harm)

    def found() -> set[str]:
        said = harm_in(reader.page, ".body", sorted(TAGS), ATTRIBUTES)
        return {line if line.startswith("alert") else line.split(":")[0] for line in said}

    reader.wait_for(lambda: found() == told, str(told))


def test_edited_text_runs_nothing(server: QuickServer, host: HostPages, victim: Reader) -> None:
    key = "edited"
    mine = [server.comment(f"Harmless {number}", key=key).json for number in range(len(OWN))]
    victim.open(host.embed(server.url, key))
    for own, text in zip(mine, OWN, strict=True):
        token = {"Authorization": f"Bearer {own['edit_token']}"}
        answer = server.call("PATCH", f"/api/v1/comments/{own['comment']['id']}", {"text": text}, token)
        assert answer.status == 200, answer.body
    last = victim.thread.locator(f"#comment-{mine[-1]['comment']['id']}")
    expect(last).to_contain_text("edited")
    expect(victim.thread.get_by_text("Harmless")).to_have_count(0)
    check(victim)


@pytest.mark.slow
def test_preview_runs_nothing(server: QuickServer, host: HostPages, victim: Reader) -> None:
    victim.open(host.embed(server.url, "preview"))
    form = victim.write("x")
    texts, text = [], ""
    for payload in payloads():
        if len(text) + len(payload) > 9_000:
            texts.append(text)
            text = ""
        text += f"{payload}\n\n"
    for shown in [*texts, text, *OWN[:20]]:
        form.locator("textarea").fill(shown)
        form.get_by_role("button", name="Preview").click()
        expect(form.locator(".preview")).not_to_be_empty()
        check(victim)
        form.get_by_role("button", name="Write").click()


def test_what_the_writer_sees_while_sending_runs_nothing(server: QuickServer, host: HostPages, victim: Reader) -> None:
    victim.open(host.embed(server.url, "sending"))
    victim.page.route("**/comments", lambda route: route.abort())
    for text in OWN[:12]:
        form = victim.write(text, name=text[:100])
        form.locator("button.post").click()
        expect(victim.thread.locator("article.waiting")).to_have_count(1)
        check(victim)
        victim.thread.get_by_role("button", name="Delete").click()
        victim.thread.locator("button.really").click()
        expect(victim.thread.locator("article.waiting")).to_have_count(0)
    victim.page.unroute("**/comments")


def export_of(texts: list[str], titles: list[str], link: str) -> str:
    """A WordPress export: a thread with all texts as comments, and a thread of one comment for each title."""

    def cdata(text: str) -> str:
        clean = "".join(letter for letter in text if letter in "\n\t" or " " <= letter < "\ud800")
        return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"

    def comment(number: int, text: str) -> str:
        fields = {
            "comment_id": str(number),
            "comment_author": cdata(text),
            "comment_author_email": cdata(text),
            "comment_author_url": cdata(text),
            "comment_date_gmt": cdata("2026-11-20 06:00:00"),
            "comment_content": cdata(text),
            "comment_approved": "1",
            "comment_type": ("comment", "pingback", "trackback")[number % 3] if number > 10_000 else "comment",
            "comment_parent": "0",
        }
        return "<wp:comment>" + "".join(f"<wp:{n}>{value}</wp:{n}>" for n, value in fields.items()) + "</wp:comment>"

    def item(number: int, title: str, address: str, comments: list[str]) -> str:
        return (
            f"<item><title>{cdata(title)}</title><link>{html.escape(address)}</link>"
            f"<wp:post_id>{number}</wp:post_id><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>"
            f"<wp:comment_status>open</wp:comment_status>{''.join(comments)}</item>"
        )

    items = [item(1, "All", link, [comment(number, text) for number, text in enumerate(texts, 1)])]
    for number, text in enumerate(titles, 2):
        items.append(item(number, text, f"https://a.example/{number}", [comment(10_000 + number, text)]))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">'
        f"<channel><wp:wxr_version>1.2</wp:wxr_version>{''.join(items)}</channel></rss>"
    )


@pytest.mark.slow
def test_imported_text_runs_nothing_in_the_thread_and_on_the_desk(
    server: QuickServer, host: HostPages, victim: Reader, tmp_path: Path
) -> None:
    key = "https://a.example/all"
    every = payloads()
    titles = [*OWN, *every[len(OWN) :: 3]]  # which stand on the desk, twenty-five to a page
    for site, texts, titled in (("thread", every, []), ("desk", OWN[:1], titles)):
        file = tmp_path / f"{site}.xml"
        file.write_text(export_of(texts, titled, key), "utf-8")
        server.run("site", "add", site)
        server.run("import", "wordpress", str(file), "--site", site)
    victim.open(host.embed(server.url, key, site="thread"))
    seen = BATCH
    while victim.thread.get_by_role("button", name="Show more").count():
        victim.thread.get_by_role("button", name="Show more").click()
        seen += BATCH
        victim.wait_for(
            lambda: (
                victim.thread.locator("article").count() > seen - BATCH  # noqa: B023
                or not victim.thread.get_by_role("button", name="Show more").count()
            ),
            "the next page",
        )
    assert victim.thread.locator("article").count() > 0.9 * len(every)
    check(victim)
    sign_in(victim, server)
    assert check_desk(victim, f"{server.url}/admin/desk/moderation/?state=published") > 0.9 * len(titles)
    victim.context.clear_cookies()


def check_desk(victim: Reader, url: str) -> int:
    """Read the queue from this page to its end, where each next page comes by itself; how many comments stood there."""
    victim.page.goto(url)
    older = victim.page.locator("nav.pager").get_by_role("link", name="Older", exact=True)
    items = victim.page.locator("li.item")
    while older.count():
        seen = items.count()
        victim.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        victim.wait_for(lambda: items.count() > seen or not older.count(), "the next page")  # noqa: B023
    check(victim, ".said")
    return items.count()


def sign_in(reader: Reader, server: QuickServer) -> None:
    """Open the desk with a link of the command line."""
    reader.page.goto(server.run("moderator", "link").strip())
    reader.page.get_by_role("button", name="Sign in").click()
    expect(reader.page.get_by_role("button", name="Sign in")).to_have_count(0)


def test_a_thread_whose_key_title_and_address_mean_harm(server: QuickServer, host: HostPages, victim: Reader) -> None:
    server.run("site", "add", "threads")
    keys = [text for text in OWN if text.isprintable()]  # no others are taken
    for text in keys:
        thread = {"key": text, "title": text, "url": f"https://a.example/{quote(text)}?x={quote(text)}"}
        assert server.comment("Harmless", thread=thread, site="threads").status == 201
    for text in keys[:10]:
        victim.open(host.embed(server.url, text, site="threads"))
        expect(victim.thread.locator("article")).to_have_count(1)
        check(victim)
        victim.page.goto(f"{server.url}/api/v1/sites/threads/thread.html?key={quote(text, safe='')}")
        expect(victim.page.locator("article")).to_have_count(1)
        check(victim, ".body")
    sign_in(victim, server)
    assert check_desk(victim, f"{server.url}/admin/threads/moderation/?state=published") == len(keys)
    for text in keys[:10]:  # and what one searched for
        victim.page.goto(f"{server.url}/admin/threads/moderation/?q={quote(text)}&state={quote(text)}")
        check(victim, ".said")
    victim.context.clear_cookies()
