"""The site pages of the desk: sites added, renamed and deleted, snippets, threads; and what the record says of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient, notice_of

import embedcomments
from embedcomments.api import AdminPage
from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments.web.admin.snippets import LANGUAGES

SITE, SITES, THREADS = "/admin/default/site", "/admin/default/sites", "/admin/default/threads"
CATALOGUES = Path(embedcomments.__file__).parents[2] / "widget" / "src" / "languages" / "catalogues"


def wrongs(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', html)]


def record(client: SiteClient) -> list[tuple[str, Any, Any]]:
    """What the record says, oldest first: of what this desk did, under the name of its moderator, once signed in."""
    entries = [entry for entry in client.parts.auditing.all(AuditFilter()) if entry.actor == "Anahit"]
    done = [entry for entry in entries if entry.action != "account.sign_in"]
    return [(entry.action, entry.before, entry.after) for entry in done]


def names(client: SiteClient) -> list[str]:
    return [site.name for site in client.parts.sites.all()]


# Sites


def test_sites_stand_with_their_numbers(client: SiteClient) -> None:
    client.parts.sites.add("press", "The <Press>")
    client.write("One", key="a")
    client.write("Two", key="b")
    client.set_state(client.write("Three", key="b")["comment"]["id"], CommentState.HELD)
    html = client.sign_in().get(SITES).text
    rows = re.findall(r'<code class="soft">(.*?)</code>.*?<ul class="tallies">(.*?)</ul>', html, re.S)
    assert [(name, " ".join(re.sub("<.*?>", "", numbers).split())) for name, numbers in rows] == [
        ("default", "2 threads 2 published 1 held"),
        ("press", "0 threads 0 published 0 held"),
    ]
    assert "The &lt;Press&gt;" in html


def test_moderator_of_one_site_sees_that_alone_and_adds_none(client: SiteClient) -> None:
    client.parts.sites.add("press", "Secret plans")
    desk = client.sign_in(site="default")
    html = desk.get(SITES).text
    assert ("Secret plans" in html, "Add a site" in html) == (False, False)
    assert desk.submit(SITES, {"name": "mine"}).status_code == 403
    assert names(client) == ["default", "press"]


def test_site_is_added_and_its_snippet_shown(client: SiteClient) -> None:
    desk = client.sign_in()
    answer = desk.submit(SITES, {"name": "press", "title": " The\nPress ", "origin": "HTTPS://Press.example/"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/press/site")
    html = desk.get("/admin/press/site").text
    assert notice_of(html) == "The Press is there. Paste its snippet into your pages."
    assert "data-site=&#34;press&#34;" in html
    site = client.parts.sites.get("press")
    assert (site.title, site.origins) == ("The Press", ("https://press.example",))
    assert record(client) == [
        ("site.add", None, {"name": "press", "title": "The Press"}),
        ("origin.add", None, {"origin": "https://press.example"}),
    ]


@pytest.mark.parametrize(
    "form, errors",
    [
        ({"name": ""}, ["A site's name has lower case letters, digits and hyphens, at most 63."]),
        ({"name": "~1"}, ["A site's name has lower case letters, digits and hyphens, at most 63."]),
        ({"name": "default"}, ["There is already a site named 'default'."]),
        ({"title": "x" * 201}, ["At most 200 characters."]),
        (
            {"origin": "example.com"},
            ["'example.com' is not an origin; it looks like https://example.com, without a path."],
        ),
    ],
)
def test_wrong_new_site_is_shown_and_nothing_is_added(
    client: SiteClient, form: dict[str, str], errors: list[str]
) -> None:
    answer = client.sign_in().submit(SITES, {"name": "press", "title": "<T>", "origin": "", **form})
    assert (answer.status_code, wrongs(answer.text)) == (422, errors)
    assert (names(client), record(client)) == (["default"], [])


def test_numbers_of_many_sites_take_no_more_queries_than_of_one(client: SiteClient) -> None:
    desk = client.sign_in()
    counts = []
    with statements_to(client.parts.database.engine) as seen:
        for more in (0, 20):
            for number in range(more):
                client.parts.sites.add(f"site-{number}")
            desk.get(SITES)
            seen.clear()
            desk.get(SITES)
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_site_is_renamed_and_its_comments_stay(client: SiteClient) -> None:
    client.write("Hello")
    desk = client.sign_in()
    answer = desk.submit(SITE, {"action": "rename", "name": " letters "})
    assert answer.headers["Location"] == "/admin/letters/site"
    assert "The site is called letters now." in notice_of(desk.get("/admin/letters/site").text)
    assert [comment["html"] for comment in client.thread(site="letters")["comments"]] == ["<p>Hello</p>"]
    assert client.get("/api/v1/sites/default/thread?key=page").status_code == 404
    assert record(client) == [("site.rename", {"name": "default"}, {"name": "letters"})]


@pytest.mark.parametrize("name", ["", "A", "press", "sign-in"])
def test_wrong_name_changes_nothing(client: SiteClient, name: str) -> None:
    client.parts.sites.add("press")
    answer = client.sign_in().submit(SITE, {"action": "rename", "name": name})
    assert (answer.status_code, len(wrongs(answer.text))) == (422, 1)
    assert (names(client), record(client)) == (["default", "press"], [])


def test_site_is_deleted_once_its_name_is_written(client: SiteClient) -> None:
    client.parts.sites.add("press")
    client.write("Hello")
    desk = client.sign_in()
    for wrong in ("", "press", "Default"):
        answer = desk.submit(SITE, {"action": "delete", "name": wrong})
        assert (answer.status_code, wrongs(answer.text)) == (
            422,
            ["Nothing was deleted: write default to say that you mean it."],
        )
    assert names(client) == ["default", "press"]
    assert desk.submit(SITE, {"action": "delete", "name": "default"}).headers["Location"] == "/admin/"
    assert names(client) == ["press"]
    assert client.get("/api/v1/sites/default/thread?key=page").status_code == 404
    assert notice_of(desk.get("/admin/press/overview").text) == "The site default is deleted."
    assert [action for action, *_ in record(client)] == ["site.delete"]


def test_only_site_says_that_it_stays(client: SiteClient) -> None:
    desk = client.sign_in()
    assert "It is the only one here." in desk.get(SITE).text
    answer = desk.submit(SITE, {"action": "delete", "name": "default"})
    assert (answer.status_code, names(client)) == (409, ["default"])


def test_what_is_changed_of_a_site_stands_in_the_record(client: SiteClient) -> None:
    desk = client.sign_in()
    form = {"action": "save", "title": "T", "policy": "", "edit_window_min": "15", "max_length": "9"}
    for sent in (
        {"action": "add_origin", "origin": "https://a.example"},
        {"action": "add_origin", "origin": "https://a.example"},
        {"action": "remove_origin", "origin": "https://a.example"},
        {"action": "remove_origin", "origin": "https://a.example"},
        form,
        form,
    ):
        assert desk.submit(SITE, sent).status_code == 303
    assert record(client) == [
        ("origin.add", None, {"origin": "https://a.example"}),
        ("origin.remove", {"origin": "https://a.example"}, None),
        ("settings.change", {"title": "", "max_length": 10000}, {"title": "T", "max_length": 9}),
    ]


# Snippets


def snippets(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<pre class="snippet"[^>]*>(.*?)</pre>', html, re.S)]


def test_snippet_says_what_is_chosen(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(public_url="https://comments.example")
    client.parts.sites.add("press")
    desk = client.sign_in()
    tag = '<script async src="https://comments.example/embed.js" data-site="press"'
    query = {"key": 'a "b" <c>', "lang": "hy", "theme": "dark", "design": "cards", "sort": "top", "live": "off"}
    said = 'data-key="a &#34;b&#34; &lt;c&gt;"'
    assert snippets(desk.get("/admin/press/site", query_string=query).text)[:3] == [
        f'{tag} {said} data-lang="hy" data-theme="dark" data-design="cards" data-sort="top" data-live="off"></script>',
        f'<embed-comments {said}></embed-comments>\n{tag} data-auto="off"></script>',
        f'<span data-embedcomments-count="a &#34;b&#34; &lt;c&gt;"></span>\n{tag} data-auto="off"></script>',
    ]
    nonsense = {"key": "", "lang": '"><script>', "theme": "blue", "design": "x", "sort": "x", "live": "on"}
    assert snippets(desk.get("/admin/press/site", query_string=nonsense).text)[0] == f"{tag}></script>"


@pytest.mark.skipif(not CATALOGUES.is_dir(), reason="the widget's sources are not there")
def test_languages_are_those_of_the_widget() -> None:
    assert set(LANGUAGES) == {file.stem for file in CATALOGUES.glob("*.ts")} | {"en"}


# Threads


def threads(html: str) -> list[tuple[str, bool]]:
    """Titles, and whether each is closed."""
    rows = re.findall(r'<li class="row" id="thread-\d+">(.*?)</form>', html, re.S)
    return [(unescape(re.search(r"<bdi>(.*?)</bdi>", row)[1]), 'value="reopen"' in row) for row in rows]  # type: ignore[index]


def test_threads_are_found_closed_and_reopened(client: SiteClient) -> None:
    client.parts.sites.add("press")
    client.write("x", key="elsewhere", site="press")
    client.post({"thread": {"key": "https://a.example/1", "title": "The <bridge>"}, "text": "x"})
    client.post({"thread": {"key": "k-2", "url": "https://a.example/2_"}, "text": "x"})
    desk = client.sign_in()
    assert threads(desk.get(THREADS).text) == [("k-2", False), ("The <bridge>", False)]
    for query, found in (
        ("BRIDGE", ["The <bridge>"]),
        ("k-2", ["k-2"]),
        ("example/2_", ["k-2"]),
        ("%", []),
        ("z\0", []),
    ):
        assert [title for title, _ in threads(desk.get(THREADS, query_string={"q": query}).text)] == found
    here = f"{THREADS}?q=k&state=open"
    answer = desk.submit(here, {"key": "k-2", "action": "close"})
    assert answer.headers["Location"] == here
    assert notice_of(desk.get(here).text) == "“k-2” takes no new comments."
    assert client.submit("More", key="k-2").status_code == 409
    assert threads(desk.get(f"{THREADS}?state=closed").text) == [("k-2", True)]
    assert threads(desk.get(f"{THREADS}?state=open").text) == [("The <bridge>", False)]
    desk.submit(THREADS, {"key": "k-2", "action": "reopen"})
    assert client.submit("More", key="k-2").status_code == 201
    assert [entry.action for entry in client.parts.auditing.all(AuditFilter(action="thread."))] == [
        "thread.close",
        "thread.reopen",
    ]


@pytest.mark.parametrize("form", [{"key": "elsewhere", "action": "close"}, {"key": "page", "action": "x"}, {}])
def test_nothing_is_done_to_threads_of_other_sites_or_by_unknown_words(
    client: SiteClient, form: dict[str, str]
) -> None:
    client.parts.sites.add("press")
    client.write("x", key="elsewhere", site="press")
    client.write("x")
    desk = client.sign_in()
    desk.submit(THREADS, form)
    assert notice_of(desk.get(THREADS).text) in (
        "That thread is not there any more.",
        "Nothing was done: the page asked for something unknown.",
    )
    assert list(client.parts.auditing.all(AuditFilter(action="thread."))) == []


def test_threads_stand_on_pages_of_fifty(client: SiteClient) -> None:
    for number in range(51):
        client.write("x", key=f"thread {number}")
    desk = client.sign_in()
    first = desk.get(THREADS).text
    assert [title for title, _ in threads(first)] == [f"thread {number}" for number in range(50, 0, -1)]
    older = re.search(r'<a class="btn" href="([^"]+)">Older', first)
    assert older is not None
    second = desk.get(unescape(older[1])).text
    assert [title for title, _ in threads(second)] == ["thread 0"]
    assert ("Older" in second, f'<a class="btn" href="{THREADS}">Newest</a>' in second) == (False, True)
    assert len(threads(desk.get(f"{THREADS}?before=99999999999999999999999").text)) == 50


def test_site_without_threads_says_what_to_do(client: SiteClient) -> None:
    desk = client.sign_in()
    assert "<h2>Nobody wrote yet</h2>" in desk.get(THREADS).text
    assert "<h2>No thread is closed</h2>" in desk.get(f"{THREADS}?state=closed").text


def test_address_that_is_no_web_page_is_no_link(client: SiteClient) -> None:
    client.write("x", key="javascript:alert(1)")
    assert 'href="javascript' not in client.sign_in().get(THREADS).text


def test_plugins_that_are_off_forget_a_deleted_site_too(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    told: list[str] = []
    plugin = make_plugin(
        "keeper", info={"enabled_by_default": False}, site_deleted=lambda ctx: told.append(ctx.site.name)
    )
    client = new_client(plugin)
    client.parts.sites.add("press")
    client.sign_in().submit("/admin/press/site", {"action": "delete", "name": "press"})
    assert told == ["press"]


# One thread


ONE = f"{THREADS}/one"


def test_thread_is_closed_and_hidden_on_its_page(client: SiteClient) -> None:
    client.write("Hello")
    desk = client.sign_in()
    here = f"{ONE}?key=page"
    for action, notice in (
        ("close", "It takes no new comments."),
        ("reopen", "It takes comments again."),
        ("hide", "Readers see nothing of it."),
    ):
        assert desk.submit(here, {"action": action}).headers["Location"] == here
        assert notice_of(desk.get(here).text) == notice
        assert client.submit("More").status_code == (201 if action == "reopen" else 409)
    assert client.thread()["comments"] == []
    desk.submit(here, {"action": "show"})
    assert len(client.thread()["comments"]) == 2
    assert [action for action, *_ in record(client)] == ["thread.close", "thread.reopen", "thread.hide", "thread.show"]


def test_thread_is_moved_and_its_former_key_leads_to_it(client: SiteClient) -> None:
    client.write("Hello", key="https://a.example/old")
    desk = client.sign_in()
    here = f"{ONE}?key=https%3A%2F%2Fa.example%2Fold"
    answer = desk.submit(here, {"action": "move", "new_key": " HTTPS://a.example/new?utm_source=x "})
    there = f"{ONE}?key=https%3A%2F%2Fa.example%2Fnew"
    assert answer.headers["Location"] == there
    html = desk.get(there).text
    assert notice_of(html) == "1 comment stands under this key now; the former one leads here."
    assert '<code class="what">https://a.example/old</code>' in html
    for key in ("https://a.example/old", "https://a.example/new"):
        assert len(client.thread(key)["comments"]) == 1


def test_threads_are_merged_only_when_that_is_said(client: SiteClient) -> None:
    client.write("One", key="a")
    client.write("Two", key="b")
    desk = client.sign_in()
    refused = desk.submit(f"{ONE}?key=a", {"action": "move", "new_key": "b"})
    assert (refused.status_code, wrongs(refused.text)) == (
        409,
        ["Another discussion stands there already. Put both into one, or choose another key."],
    )
    assert [len(client.thread(key)["comments"]) for key in "ab"] == [1, 1]
    answer = desk.submit(f"{ONE}?key=a", {"action": "move", "new_key": "b", "merge": "true"})
    assert answer.headers["Location"] == f"{ONE}?key=b"
    assert [len(client.thread(key)["comments"]) for key in "ab"] == [2, 2]


@pytest.mark.parametrize("new_key", ["", "  ", "http://", "x" * 1001])
def test_wrong_key_moves_nothing(client: SiteClient, new_key: str) -> None:
    client.write("Hello")
    answer = client.sign_in().submit(f"{ONE}?key=page", {"action": "move", "new_key": new_key})
    assert (answer.status_code, len(wrongs(answer.text))) == (422, 1)
    assert record(client) == []


def test_thread_that_is_not_there_has_no_page(client: SiteClient) -> None:
    client.parts.sites.add("press")
    client.write("x", key="elsewhere", site="press")
    desk = client.sign_in()
    for query in ("", "?key=", "?key=elsewhere", "?key=%00"):
        assert desk.get(f"{ONE}{query}").status_code in (404, 422), query


def test_pages_of_no_site_lead_to_the_sites(client: SiteClient) -> None:
    client.parts.sites.add("press", "The <Press>")
    client.parts.sites.add("secret")
    html = client.sign_in(site="press").get("/admin/account").text
    assert re.findall(r'<nav class="nav".*?</nav>', html, re.S)[0].count("<a ") == 1
    assert '<a href="/admin/press/">The &lt;Press&gt;</a>' in html


def test_menu_of_a_phone_says_how_much_waits(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    pages = [
        AdminPage(path=str(n), title=f"Page {n}", handler=lambda ctx, request: {}, badge=lambda ctx, n=n: n)
        for n in (0, 2, 3)
    ]
    html = new_client(make_plugin("tool", register_admin_pages=lambda: pages)).sign_in().get(SITE).text
    assert '</svg>Menu <span class="badge">5</span></button>' in html
