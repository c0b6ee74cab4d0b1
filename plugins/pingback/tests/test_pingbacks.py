"""A pingback's way: the call, the answer, the job, the mention."""

from __future__ import annotations

import logging
import xmlrpc.client
from typing import Any

import pytest

from embedcomments.api import Author, CommentKind, CommentState, Link, OutboundForbidden, SiteSettings
from embedcomments_pingback import incoming
from embedcomments_pingback.trying import PAUSES

ORIGIN = "https://blog.example"
TARGET = f"{ORIGIN}/post"
SOURCE = "https://other.example/entry?p=1"
PAGE = f'<title>An entry</title><p>Have you seen <a href="{TARGET}#comments">this</a>?'
THANKS = "Thank you. The link will be checked and may then be shown."


def test_a_ping_becomes_a_mention(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    assert blog.call(f"{SOURCE}#top", f"{TARGET}?utm_source=x") == THANKS
    assert (blog.fetched(), blog.stored()) == ([], [])
    blog.work()
    (comment,) = blog.stored()
    assert (comment.kind, comment.state, comment.link, comment.author, comment.source) == (
        CommentKind.PINGBACK,
        CommentState.PUBLISHED,
        Link(url=SOURCE, title="An entry"),
        Author(name="other.example"),
        "Have you seen this?",
    )
    thread = blog.ctx.comments.thread_of(comment)
    assert (thread.key, thread.url, thread.count) == (TARGET, TARGET, 0)
    assert blog.call(SOURCE, TARGET) == 48


def test_the_same_ping_twice_is_one_check(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    assert [blog.call(SOURCE, TARGET), blog.call(f" {SOURCE} ", f"{TARGET}#x")] == [THANKS] * 2
    assert blog.call(SOURCE, f"{ORIGIN}/other") == THANKS
    blog.work()
    assert blog.fetched() == [SOURCE, SOURCE]


@pytest.mark.parametrize(
    "source, target, fault",
    [
        (SOURCE, "https://elsewhere.example/post", 33),
        (SOURCE, "http://blog.example/post", 33),
        (SOURCE, "https://blog.example:8443/post", 33),
        (SOURCE, "https://blog.example@evil.example/", 33),
        (SOURCE, "https://blog.example.evil.example/", 33),
        (SOURCE, "post", 32),
        (SOURCE, "", 32),
        (SOURCE, "javascript:alert(1)", 32),
        (SOURCE, "https://[", 32),
        (SOURCE, "https://blog.example/" + "x" * 2_000, 32),
        ("", TARGET, 16),
        ("file:///etc/passwd", TARGET, 16),
        ("https://user:word@other.example/", TARGET, 16),
        ("https://other.example/a b", TARGET, 16),
        ("https://other.example:99999/", TARGET, 16),
        ("https://other.example/" + "x" * 2_000, TARGET, 16),
        (TARGET, TARGET, 0),
        (f"{TARGET}#x", TARGET, 0),
    ],
)
def test_what_is_wrong_by_itself_is_answered_at_once(blog: Any, source: str, target: str, fault: int) -> None:
    assert blog.call(source, target) == fault
    assert (blog.work(), blog.fetched()) == (0, [])


def test_calls_of_other_forms_get_faults_of_the_protocol(blog: Any) -> None:
    calls = [{"methodName": "pingback.ping", "params": [SOURCE, TARGET]}]
    assert blog.call(calls, method="system.multicall") == -32601
    assert blog.call(method="system.listMethods") == -32601
    assert blog.call(method="wp.getUsersBlogs") == -32601
    assert [blog.call(SOURCE), blog.call(SOURCE, TARGET, "x"), blog.call(1, 2), blog.call([SOURCE], TARGET)] == [
        -32602
    ] * 4
    assert blog.post_xml(b"<!DOCTYPE x><x/>") == -32700
    assert blog.work() == 0


def test_values_without_a_type_are_strings(blog: Any) -> None:
    params = "".join(f"<param><value>{text}</value></param>" for text in (SOURCE, TARGET))
    body = f"<methodCall><methodName>pingback.ping</methodName><params>{params}</params></methodCall>"
    assert blog.post_xml(body.encode()) == THANKS


def test_answers_do_not_tell_which_sources_exist(blog: Any) -> None:
    sources = [SOURCE, "https://none.example/", "http://127.0.0.1/", "http://169.254.169.254/", "http://intranet:22/"]
    assert {blog.call(source, TARGET) for source in sources} == {THANKS}
    assert blog.fetched() == []


def test_closed_threads_and_sites_that_take_none_answer_49(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    blog.app.comment("First", key=TARGET)
    assert blog.call(SOURCE, TARGET) == THANKS
    blog.app.instance.parts.moderating.set_closed(blog.app.site, TARGET, True, actor="test")
    assert blog.call("https://third.example/", TARGET) == 49
    blog.work()
    blog.app.instance.parts.moderating.set_closed(blog.app.site, TARGET, False, actor="test")
    blog.clock.advance(seconds=60)
    assert blog.call(SOURCE, TARGET) == THANKS
    blog.configure(accept=False)
    assert blog.call(SOURCE, f"{ORIGIN}/other") == 49
    blog.work()
    assert (blog.fetched(), len(blog.stored())) == ([], 1)


def test_pingbacks_are_for_sites_that_want_them(blog: Any) -> None:
    other = blog.app.add_site("other", origins=["https://two.example"])
    body = xmlrpc.client.dumps((SOURCE, "https://two.example/"), "pingback.ping")
    answer = blog.app.post(f"/p/pingback/{other.name}/xmlrpc", data=body, content_type="text/xml")
    assert "<int>49</int>" in answer.text


def test_without_registered_origins_pages_of_this_machine_are_targets(blog: Any) -> None:
    blog.app.instance.parts.sites.remove_origin(blog.app.site, ORIGIN)
    assert blog.call(SOURCE, "http://localhost:8000/post") == THANKS
    assert blog.call(SOURCE, TARGET) == 33


def test_international_targets_have_the_spelling_of_browsers(blog: Any) -> None:
    sites = blog.app.instance.parts.sites
    sites.save_settings(blog.app.site, SiteSettings(strip_parameters=("ref",)))
    sites.add_origin(blog.app.site, "https://xn--y9a3aq.example")
    blog.network.answer(SOURCE, '<a href="https://ՀԱՅ.example/գրառում?ref=me">x</a>')
    key = "https://xn--y9a3aq.example/%D5%A3%D6%80%D5%A1%D5%BC%D5%B8%D6%82%D5%B4"
    assert blog.call(SOURCE, key) == THANKS
    blog.work()
    assert [blog.ctx.comments.thread_of(comment).key for comment in blog.stored()] == [key]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_passing_trouble_is_tried_again(blog: Any, status: int) -> None:
    blog.call(SOURCE, TARGET)
    blog.work()
    blog.network.answer(SOURCE, PAGE, status=status)
    blog.clock.advance(minutes=1)
    blog.work()
    assert blog.stored() == []
    blog.network.answer(SOURCE, PAGE)
    blog.clock.advance(minutes=6)
    blog.work()
    assert (blog.fetched(), len(blog.stored())) == ([SOURCE] * 3, 1)


def states(blog: Any) -> list[str]:
    return [row.state for row in incoming.newest(blog.ctx, 10)]


def test_a_source_that_is_never_reached_is_given_up_and_no_dead_letter_tells_of_it(
    blog: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    blog.call(SOURCE, TARGET)
    blog.work()
    assert (states(blog), len(blog.fetched())) == (["failed"], 1)
    for pause in PAUSES:
        blog.clock.advance(seconds=pause.total_seconds() - 5)
        blog.work()
        before = len(blog.fetched())
        blog.clock.advance(seconds=5)
        blog.work()
        assert len(blog.fetched()) == before + 1
    assert states(blog) == ["given-up"]
    assert caplog.text.count("fault 50.") == 1
    blog.clock.advance(days=7)
    assert (blog.work(), blog.app.dead_letters()) == (0, [])
    blog.network.answer(SOURCE, PAGE)
    assert blog.call(SOURCE, TARGET) == THANKS  # it may be told again
    blog.work()
    assert (states(blog), len(blog.stored())) == (["taken"], 1)


def test_a_source_that_was_told_anew_meanwhile_is_not_tried_twice(blog: Any) -> None:
    for _ in range(3):
        blog.call(SOURCE, TARGET)
        blog.clock.advance(seconds=31)
        blog.work()
    blog.network.answer(SOURCE, PAGE)
    blog.call(SOURCE, TARGET)
    blog.work()
    assert states(blog) == ["taken"]
    seen = len(blog.fetched())
    blog.clock.advance(days=3)
    blog.work()
    assert len(blog.fetched()) == seen


FINAL = [
    pytest.param({"body": "<p>nothing</p>"}, 17, id="no link"),
    pytest.param({"body": f"<!-- {PAGE} -->"}, 17, id="comment"),
    pytest.param({"body": PAGE, "content_type": "text/plain"}, 17, id="plain text"),
    pytest.param({"body": PAGE, "content_type": "image/svg+xml"}, 17, id="drawing"),
    pytest.param({"body": PAGE, "at": TARGET}, 17, id="redirect to the target"),
    pytest.param({"body": "x" * 262_144 + PAGE}, 17, id="too far down"),
    pytest.param({"body": "<!---->" * 40_000}, 17, id="tangled"),
    pytest.param({"body": PAGE, "status": 404}, 16, id="not found"),
    pytest.param({"body": PAGE, "status": 410}, 16, id="gone"),
    pytest.param({"body": PAGE, "status": 304}, 16, id="not modified"),
]


@pytest.mark.parametrize("page, fault", FINAL)
def test_what_will_not_change_is_logged_and_done(
    blog: Any, caplog: pytest.LogCaptureFixture, page: dict[str, Any], fault: int
) -> None:
    caplog.set_level(logging.INFO)
    blog.network.answer(SOURCE, **page)
    blog.call(SOURCE, TARGET)
    blog.work()
    assert blog.stored() == []
    assert f"fault {fault}." in caplog.text
    blog.clock.advance(days=1)
    assert blog.work() == 0


def test_inside_addresses_are_final(blog: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    blog.network.fail(SOURCE, OutboundForbidden("No."))
    blog.call(SOURCE, TARGET)
    blog.work()
    blog.clock.advance(days=1)
    assert (blog.work(), blog.stored()) == (0, [])
    assert "fault 16. No." in caplog.text


def test_one_host_gets_so_many_links_an_hour(blog: Any) -> None:
    blog.configure(per_host_per_hour=2)
    sources = [f"https://{'OTHER' if at else 'other'}.example/{at}" for at in range(3)]
    assert [blog.call(source, TARGET) for source in sources] == [THANKS, THANKS, 49]
    assert blog.call(sources[0], TARGET) == THANKS  # one of the two again
    assert blog.call("https://third.example/", TARGET) == THANKS
    blog.clock.advance(hours=1)
    assert blog.call(sources[2], TARGET) == THANKS


def test_a_thousand_pings_of_one_network_make_a_bounded_number_of_checks_and_none_at_once(blog: Any) -> None:
    def ping(number: int) -> int:
        body = xmlrpc.client.dumps((f"https://h{number}.example/", TARGET), "pingback.ping")
        sender = {"REMOTE_ADDR": f"198.51.100.{number % 250 + 1}"}
        answer = blog.app.post("/p/pingback/default/xmlrpc", data=body, content_type="text/xml", environ_base=sender)
        return int(answer.status_code)

    answers = [ping(number) for number in range(1_000)]
    # Thirty for an address, and five times as much for the network around it.
    assert (answers.count(200), answers.count(429)) == (150, 850)
    assert states(blog) == ["waiting"] * 10
    assert blog.fetched() == []
    blog.work()
    assert len(blog.fetched()) == 5  # the others one by one, so that mail and the like get their turn
    assert blog.app.comment("Readers write as before").state is CommentState.PUBLISHED
