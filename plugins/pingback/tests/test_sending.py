"""Which links are told of, to whom, and what is remembered of the answers."""

from __future__ import annotations

import xmlrpc.client
from typing import Any
from urllib.parse import parse_qs

import pytest

import embedcomments_pingback as plugin
from embedcomments.api import OutboundForbidden
from embedcomments_pingback import incoming, pages_sent, watching
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.tokens import make_token
from embedcomments_pingback.trying import PAUSES
from embedcomments_pingback.watching import NotAFeed, read_feed
from embedcomments_pingback.xmlrpc import encode_fault, encode_result

ORIGIN = "https://blog.example"
POST = f"{ORIGIN}/post"
ONE, TWO, NONE = "https://one.example/a", "https://two.example/b", "https://none.example/c"
WEBMENTION, PINGBACK = "https://one.example/webmention?x=1", "https://two.example/xmlrpc"


def page(*links: str, head: str = "") -> str:
    anchors = " ".join(f'<a href="{link}">link</a>' for link in links)
    return f"<!doctype html><head><title>A post</title>{head}</head><article><p>See {anchors}</p></article>"


@pytest.fixture(autouse=True)
def world(blog: Any) -> None:
    """A page of ours with three links, and the sites that they lead to."""
    network = blog.network
    network.answer(POST, page(ONE, TWO, NONE))
    network.answer(ONE, "<p>x", headers={"Link": f"<{WEBMENTION}>; rel=webmention"})
    network.answer(TWO, f'<link rel="pingback" href="{PINGBACK}">')
    network.answer(NONE, "<p>nothing here")
    network.answer(WEBMENTION, "Thanks", status=202, content_type="text/plain")
    network.answer(PINGBACK, encode_result("Linked."), content_type="text/xml")


def see(blog: Any, key: str = POST, origin: str = ORIGIN) -> None:
    """A reader opens a page of the site."""
    query = {"key": key}
    answer = blog.app.get("/api/v1/sites/default/thread", query_string=query, headers={"Origin": origin})
    assert answer.status_code in (200, 403)


def later(blog: Any, **by: float) -> None:
    blog.clock.advance(**(by or {"minutes": 10}))
    blog.work()


def posted(blog: Any) -> list[tuple[str, Any]]:
    """What was sent since the last call: (endpoint, (source, target))."""
    found: list[tuple[str, Any]] = []
    for request in blog.network.requests:
        if request.method == "POST" and request.content_type == "text/xml":
            found.append((request.url, xmlrpc.client.loads(request.body)[0]))
        elif request.method == "POST":
            form = parse_qs(request.body.decode())
            found.append((request.url, (*form["source"], *form["target"])))
    blog.network.requests.clear()
    return found


def states(blog: Any) -> dict[str, tuple[str, str]]:
    return {row.target: (row.state, row.detail) for row in pages_sent.newest(blog.ctx, 100)}


BOTH = [(WEBMENTION, (POST, ONE)), (PINGBACK, (POST, TWO))]


def test_a_page_that_is_first_seen_has_its_links_told(blog: Any) -> None:
    see(blog)
    assert blog.work() == 0  # it may still be being published
    later(blog, seconds=60)
    later(blog)
    assert posted(blog) == BOTH
    assert states(blog) == {
        ONE: ("sent", "HTTP 202: Thanks"), TWO: ("sent", "Linked."), NONE: ("none", "It has no endpoint."),
    }  # fmt: skip


def test_it_is_told_once_however_often_it_is_seen(blog: Any) -> None:
    for _ in range(3):
        see(blog)
    later(blog)
    later(blog)
    posted(blog)
    blog.app.instance.parts.extensions._pages.clear()  # another process, or the same one after a restart
    see(blog)
    later(blog)
    assert (posted(blog), blog.fetched()) == ([], [])


@pytest.mark.parametrize(
    "key, origin",
    [
        (POST, "https://evil.example"),
        ("https://evil.example/post", ORIGIN),
        ("post", ORIGIN),
        (f"{ORIGIN}.evil/", ORIGIN),
    ],
)
def test_only_pages_of_the_site_are_read(blog: Any, key: str, origin: str) -> None:
    see(blog, key, origin)
    later(blog)
    assert blog.fetched() == []


def test_a_stranger_cannot_have_endless_pages_read(blog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedcomments_pingback.sending.MAX_SEEN_PER_HOUR", 3)
    for at in range(10):
        see(blog, f"{ORIGIN}/?feigned={at}")
        blog.network.answer(f"{ORIGIN}/?feigned={at}", page(ONE, head=f'<link rel="canonical" href="{ORIGIN}/">'))
    later(blog)
    assert len(blog.fetched()) == 3
    assert posted(blog) == []  # they are other addresses of one page


def test_old_pages_and_sites_that_do_not_want_it_send_nothing_by_themselves(blog: Any) -> None:
    date = '<meta property="article:published_time" content="2025-01-02T00:00:00Z">'
    blog.network.answer(POST, page(ONE, head=date))
    see(blog)
    later(blog)
    assert posted(blog) == []
    blog.configure(send=False)
    see(blog, f"{ORIGIN}/other")
    later(blog)
    assert blog.fetched() == []


def test_what_a_mention_caused_sends_nothing(blog: Any) -> None:
    source = "https://other.example/"
    blog.network.answer(source, f'<a href="{POST}">x</a>')
    assert blog.mention(source, POST) == 202
    later(blog)
    later(blog)
    assert (blog.fetched(), len(blog.stored())) == ([source], 1)


def test_comments_that_link_elsewhere_send_nothing(blog: Any) -> None:
    blog.app.comment(f"See {ONE}", key=POST)
    later(blog)
    assert blog.fetched() == []


def build(blog: Any, *urls: str, token: str | None = None, **how: Any) -> Any:
    headers = {"Authorization": f"Bearer {make_token(blog.ctx) if token is None else token}"}
    return blog.app.post("/p/pingback/default/send", headers=headers, **({"data": {"url": list(urls)}} | how))


def test_a_build_tells_of_pages_with_its_token(blog: Any) -> None:
    answer = build(blog, f"{POST}?utm_source=x#top", "https://evil.example/", POST)
    assert (answer.status_code, answer.json) == (202, {"queued": [POST], "foreign": ["https://evil.example/"]})
    later(blog)
    later(blog)
    assert posted(blog) == BOTH
    assert build(blog, json={"urls": [POST]}, data=None).json == {"queued": [POST], "foreign": []}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"urls": []}', b'{"urls": [1]}', b'{"urls": "x"}', b"[" * 9_000])
def test_other_bodies_of_a_build_are_refused(blog: Any, body: bytes) -> None:
    assert build(blog, data=body, content_type="application/json").status_code == 400
    assert build(blog, *[f"{POST}{at}" for at in range(101)]).status_code == 400


def test_another_token_is_no_token(blog: Any) -> None:
    known = make_token(blog.ctx)
    other = make_token(blog.app.context("pingback", site=blog.app.add_site("other", origins=["https://two.example"])))
    for token in ("", "x", other, known[:-1], blog.ctx.signer.dumps(["other", 1, 1])):
        answer = build(blog, POST, token=token)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    blog.configure(token_number=2)
    assert build(blog, POST, token=known).status_code == 401
    assert build(blog, POST).status_code == 202
    blog.configure(send=False)
    assert build(blog, POST).status_code == 403


def test_what_is_known_of_a_site_goes_with_it(blog: Any) -> None:
    ask(blog)
    assert blog.mention("https://other.example/", POST) == 202
    other = blog.app.add_site("other", origins=["https://two.example"])
    form = {"source": "https://other.example/", "target": "https://two.example/"}
    assert blog.app.post("/p/pingback/other/webmention", data=form).status_code == 202
    plugin.site_deleted(blog.ctx)
    assert (pages_sent.newest(blog.ctx, 9), pages_sent.newest_pages(blog.ctx, 9), incoming.newest(blog.ctx, 9)) == (
        [], [], [],
    )  # fmt: skip
    assert len(incoming.newest(blog.app.context("pingback", site=other), 9)) == 1


def ask(blog: Any) -> list[tuple[str, Any]]:
    assert build(blog, POST).status_code == 202
    later(blog)
    later(blog)
    return posted(blog)


def test_updates_are_told_again_and_links_that_went_as_well(blog: Any) -> None:
    assert ask(blog) == BOTH
    blog.network.answer(POST, page(TWO))
    blog.network.answer(PINGBACK, encode_fault(_fault(48)), content_type="text/xml")
    later(blog, hours=1)
    assert ask(blog) == [(PINGBACK, (POST, TWO)), (WEBMENTION, (POST, ONE))]
    assert states(blog)[TWO] == ("sent", "Fault 48: Known.")
    later(blog, hours=1)
    assert ask(blog) == [(PINGBACK, (POST, TWO))]  # that the other link is gone was told


def test_a_page_that_is_gone_takes_its_links_back(blog: Any) -> None:
    assert ask(blog) == BOTH
    blog.network.answer(POST, "Gone", status=410)
    later(blog, hours=1)
    assert ask(blog) == [(WEBMENTION, (POST, ONE))]
    assert states(blog)[TWO] == ("none", "Pingback knows no word for a link that is gone.")


def _fault(code: int) -> Any:
    return Fault(FaultCode(code), "Known.")


@pytest.mark.parametrize(
    "answer, state",
    [
        ({"body": "No", "status": 400, "content_type": "text/plain"}, ("refused", "HTTP 400: No")),
        ({"body": "", "status": 201, "headers": {"Location": "https://one.example/s/1"}},
         ("sent", "HTTP 201, see https://one.example/s/1")),
        ({"body": "<b>x</b>", "status": 200}, ("sent", "HTTP 200")),
        ({"body": "", "status": 302, "headers": {"Location": "/x"}}, ("refused", "HTTP 302")),
    ],
)  # fmt: skip
def test_answers_to_webmentions_are_remembered(blog: Any, answer: dict[str, Any], state: tuple[str, str]) -> None:
    blog.network.answer(WEBMENTION, **answer)
    ask(blog)
    assert states(blog)[ONE] == state


@pytest.mark.parametrize(
    "body, state",
    [
        (encode_fault(_fault(17)), ("refused", "Fault 17: Known.")),
        (encode_fault(_fault(0)), ("refused", "Fault 0: Known.")),
        ("<methodResponse><params><param><value>Plain\n words</value></param></params></methodResponse>",
         ("sent", "Plain words")),
        ("<methodResponse><params></params></methodResponse>", ("sent", "Accepted")),
        ("<html>no</html>", ("refused", "That is no answer of XML-RPC.")),
        ("<!DOCTYPE x [<!ENTITY e 'x'>]><methodResponse/>",
         ("refused", "The answer is not well-formed XML without a DTD.")),
        ("<a>" * 5_000, ("refused", "The answer is not well-formed XML without a DTD.")),
        ("", ("refused", "The answer is not well-formed XML without a DTD.")),
    ],
)  # fmt: skip
def test_answers_to_pingbacks_are_remembered(blog: Any, body: str, state: tuple[str, str]) -> None:
    blog.network.answer(PINGBACK, body, content_type="text/xml")
    ask(blog)
    assert states(blog)[TWO] == state


def test_passing_trouble_is_tried_again_and_told_meanwhile(blog: Any) -> None:
    blog.network.answer(WEBMENTION, "", status=503)
    blog.network.fail(TWO)
    ask(blog)
    assert [states(blog)[target][0] for target in (ONE, TWO)] == ["failed", "failed"]
    blog.network.answer(WEBMENTION, "", status=202)
    blog.network.answer(TWO, "<p>x", headers={"X-Pingback": PINGBACK})
    later(blog)
    assert [states(blog)[target][0] for target in (ONE, TWO)] == ["sent", "sent"]


def test_what_is_never_reached_is_given_up_and_no_dead_letter_tells_of_it(blog: Any) -> None:
    blog.network.fail(TWO)
    ask(blog)
    for pause in PAUSES:
        assert states(blog)[TWO][0] == "failed"
        later(blog, seconds=pause.total_seconds())
    assert (states(blog)[TWO][0], states(blog)[ONE][0]) == ("given-up", "sent")
    blog.network.fail(POST)
    ask(blog)
    for pause in PAUSES:
        later(blog, seconds=pause.total_seconds())
    assert [row.state for row in pages_sent.newest_pages(blog.ctx, 1)] == ["given-up"]
    later(blog, days=7)
    assert (blog.work(), blog.app.dead_letters()) == (0, [])
    assert "Not reached" in blog.app.desk().get("/admin/default/pingback/sent").text


def test_a_target_is_told_as_it_is_linked_to(blog: Any) -> None:
    blog.network.answer(POST, page(f"{ONE}#part", ONE, f"{ONE}#other", TWO))
    # Who checks looks for this very address in our page.
    assert ask(blog) == [(WEBMENTION, (POST, f"{ONE}#part")), (PINGBACK, (POST, TWO))]


def test_endpoints_inside_are_never_spoken_to(blog: Any) -> None:
    blog.network.fail(WEBMENTION, OutboundForbidden("It is inside."))
    ask(blog)
    assert states(blog)[ONE] == ("refused", "It is inside.")
    later(blog, days=1)
    assert posted(blog) == []


def test_one_host_is_told_so_much_an_hour_and_the_rest_later(blog: Any) -> None:
    blog.configure(send_per_host_per_hour=2)
    targets = [f"https://one.example/{at}" for at in range(5)]
    blog.network.answer(POST, page(*targets))
    for target in targets:
        blog.network.answer(target, "<p>x", headers={"Link": f"<{WEBMENTION}>; rel=webmention"})
    told = [ask(blog)]
    for _ in range(3):
        later(blog, minutes=61)
        told.append(posted(blog))
    assert [len(each) for each in told] == [2, 2, 1, 0]
    assert sorted(target for each in told for _, (_, target) in each) == targets


FEED = f"{ORIGIN}/feed.xml"
RSS = """<rss version="2.0" xmlns:atom="x"><channel><link>{origin}/</link>
    <atom:link href="{origin}/feed.xml" rel="self"/>
    <item><title>x</title><link>{post}</link><pubDate>{date}</pubDate></item>
    <item><link>https://evil.example/</link></item></channel></rss>"""


def rss(date: str = "Tue, 24 Nov 2026 09:00:00 GMT") -> str:
    return RSS.format(origin=ORIGIN, post=POST, date=date)


def poll(blog: Any, **by: float) -> list[tuple[str, Any]]:
    blog.clock.advance(**(by or {"minutes": 15}))
    blog.app.run_jobs(periodic=True)
    later(blog)
    return posted(blog)


def test_a_feed_tells_of_new_and_changed_pages(blog: Any) -> None:
    blog.configure(feeds=[FEED])
    blog.network.answer(FEED, rss(), content_type="application/rss+xml")
    assert poll(blog) == BOTH
    assert poll(blog) == []
    blog.network.answer(FEED, rss("Tue, 24 Nov 2026 12:00:00 GMT"), content_type="application/rss+xml")
    assert poll(blog, hours=2) == []  # it has another date, but its links and the words around them are the same
    blog.network.answer(FEED, rss("Tue, 24 Nov 2026 13:00:00 GMT"), content_type="application/rss+xml")
    blog.network.answer(POST, page(ONE, TWO).replace("See", "Read"))
    assert poll(blog, hours=2) == BOTH


@pytest.mark.parametrize(
    "body",
    [
        f'<feed xmlns="http://www.w3.org/2005/Atom"><link href="{ORIGIN}/"/><entry><link rel="edit" href="/e"/>'
        f'<link href="/post"/><published>2026-11-24T08:00:00Z</published></entry></feed>',
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> {POST} </loc></url></urlset>',
        f"<sitemapindex><sitemap><loc>{ORIGIN}/more.xml</loc></sitemap></sitemapindex>",
    ],
    ids=["atom", "sitemap", "index"],
)
def test_atom_and_sitemaps_are_read_as_well(blog: Any, body: str) -> None:
    blog.configure(feeds=[FEED])
    blog.network.answer(FEED, body)
    blog.network.answer(f"{ORIGIN}/more.xml", f"<s:urlset xmlns:s='x'><s:url><s:loc>{POST}</s:loc></s:url></s:urlset>")
    assert poll(blog) == BOTH


@pytest.mark.parametrize(
    "body",
    ["<html>", "<!DOCTYPE rss [<!ENTITY x 'y'>]><rss/>", "", rss("Mon, 24 Nov 2025 09:00:00 GMT")],
    ids=["no feed", "a DTD", "nothing", "old"],
)
def test_old_pages_and_what_is_no_feed_send_nothing(blog: Any, body: str) -> None:
    blog.configure(feeds=["https://evil.example/feed", FEED])
    blog.network.answer(FEED, body)
    assert poll(blog) == []
    assert "https://evil.example/feed" not in blog.fetched()


def test_a_sitemap_of_thousands_of_pages_is_worked_off_bit_by_bit(blog: Any) -> None:
    urls = "".join(f"<url><loc>{ORIGIN}/{at}</loc></url>" for at in range(3_000))
    blog.configure(feeds=[FEED])
    blog.network.answer(FEED, f"<urlset>{urls}</urlset>")
    for at in range(60):
        blog.network.answer(f"{ORIGIN}/{at}", page(NONE))
    blog.clock.advance(minutes=15)
    blog.app.run_jobs(periodic=True)
    own = [url for url in blog.fetched() if url.startswith(f"{ORIGIN}/") and url != FEED]
    assert own == [f"{ORIGIN}/{at}" for at in range(20)]


def test_the_end_of_a_long_sitemap_is_read_as_well(blog: Any) -> None:
    old = "".join(f"<url><loc>{ORIGIN}/{at}</loc><lastmod>2001-01-01</lastmod></url>" for at in range(2_500))
    blog.configure(feeds=[FEED])
    blog.network.answer(FEED, f"<urlset>{old}<url><loc>{ORIGIN}/new</loc></url></urlset>")
    read = []
    for _ in range(3):  # a thousand that are old are noted at a time
        watching.poll(blog.ctx, {})
        with blog.ctx.tables.read() as connection:
            read.append(pages_sent.known_page(connection, blog.ctx.site.id, f"{ORIGIN}/new") is not None)
    assert read == [False, False, True]


def test_of_a_sitemap_that_is_cut_the_whole_entries_are_read() -> None:
    body = b"<urlset><url><loc>https://a.example/1</loc></url><url><loc>https://a.exam"
    assert [entry.url for entry in read_feed(body, is_cut=True)] == ["https://a.example/1"]
    for cut in (body, b"<!DOCTYPE x><urlset>"):
        with pytest.raises(NotAFeed):
            read_feed(cut, is_cut=cut is not body)
