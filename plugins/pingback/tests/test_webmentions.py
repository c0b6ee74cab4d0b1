"""A receiver after the cases of webmention.rocks: valid ones, three kinds of invalid ones, updates and removals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedcomments.api import Author, CommentKind, CommentState, Link, OutboundForbidden
from embedcomments_pingback import incoming

ORIGIN = "https://blog.example"
TARGET = f"{ORIGIN}/post"
SOURCE = "https://other.example/entry?p=1"
PAGE = f'<title>An entry</title><p>Have you seen <a href="{TARGET}">this</a>?'


def entry(what: str = "", said: str = "I think so", name: str = "Ani") -> str:
    """An h-entry that does ``what`` (a class) to the page."""
    return f"""<!doctype html><title>The page</title><div class="h-entry">
        <p class="p-author h-card"><a class="u-url p-name" href="/about">{name}</a>
        <img class="u-photo" src="/x.png"></p>
        <a class="{what}" href="{TARGET}">the post</a> <div class="e-content"><p>{said}</p></div></div>"""


def test_a_mention_is_taken_and_checked_later(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    answer = blog.app.post("/p/pingback/default/webmention", data={"source": SOURCE, "target": TARGET})
    assert (answer.status_code, answer.text) == (202, "Thank you. The link will be checked and may then be shown.\n")
    assert blog.fetched() == []
    blog.work()
    (comment,) = blog.stored()
    assert (comment.kind, comment.link, comment.author, comment.source, comment.depth) == (
        CommentKind.WEBMENTION, Link(url=SOURCE, title="An entry"), Author(name="other.example"),
        "Have you seen this?", 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"source": SOURCE},
        {"target": TARGET},
        {"source": [SOURCE, SOURCE], "target": TARGET},
        {"source": SOURCE, "target": SOURCE},
        {"source": TARGET, "target": TARGET},
        {"source": f"{TARGET}#a", "target": f"{TARGET}#b"},
        {"source": "ftp://other.example/", "target": TARGET},
        {"source": "other", "target": TARGET},
        {"source": SOURCE, "target": "/post"},
        {"source": SOURCE, "target": "mailto:a@blog.example"},
    ],
)
def test_what_cannot_be_right_is_400(blog: Any, form: dict[str, Any]) -> None:
    assert blog.app.post("/p/pingback/default/webmention", data=form).status_code == 400
    assert blog.work() == 0


def test_json_is_no_webmention(blog: Any) -> None:
    answer = blog.app.post("/p/pingback/default/webmention", json={"source": SOURCE, "target": TARGET})
    assert answer.status_code == 400


def test_a_person_who_opens_the_endpoint_is_told_what_it_is(blog: Any) -> None:
    answer = blog.app.get("/p/pingback/default/webmention")
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")


def test_sites_that_take_none_and_closed_pages_are_403(blog: Any) -> None:
    blog.app.comment("First", key=TARGET)
    blog.app.instance.parts.moderating.set_closed(blog.app.site, TARGET, True, actor="test")
    assert (blog.mention(), blog.mention(target=f"{ORIGIN}/other")) == (403, 202)
    blog.configure(webmention=False)
    assert blog.mention(target=f"{ORIGIN}/third") == 403


def test_a_page_that_is_closed_for_its_age_takes_none(blog: Any) -> None:
    blog.app.comment("First", key=TARGET)
    sites = blog.app.instance.parts.sites
    sites.save_settings(blog.app.site, replace(blog.app.site.settings, close_after_days=1))
    assert blog.mention() == 202
    blog.clock.advance(days=2)
    blog.work()  # what was told before is refused as well, and no dead letter tells of it
    assert [row.state for row in incoming.newest(blog.ctx, 10)] == ["refused"]
    assert blog.mention(f"{SOURCE}&other") == 403


def test_on_a_closed_page_a_link_may_still_go_but_not_change(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    blog.app.instance.parts.moderating.set_closed(blog.app.site, TARGET, True, actor="test")
    blog.network.answer(SOURCE, PAGE.replace("Have you", "Nobody has"))
    again(blog)
    (item,) = blog.app.thread(TARGET)["comments"]
    assert item["html"] == "<p>Have you seen this?</p>"
    blog.network.answer(SOURCE, "", status=410)
    again(blog)
    assert blog.app.thread(TARGET)["comments"] == []
    assert blog.mention() == 403


@pytest.mark.parametrize(
    "source, status",
    [
        ("/api/v1/sites/default/thread.html?key={target}", 400),
        ("/api/v1/sites/default/thread.html?key={target}&x=1#y", 400),
        ("/", 400),
        ("", 400),
        ("/p/pingback/default/said?comment=x", 202),
    ],
)
def test_pages_of_this_server_tell_of_nothing(blog: Any, source: str, status: int) -> None:
    own = blog.ctx.public_url.rstrip("/")
    assert blog.mention(own + source.format(target=TARGET)) == status


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(f"<p>{TARGET}</p>", id="the address without a link"),
        pytest.param(f"<!-- <a href='{TARGET}'>x</a> -->", id="a link in a comment"),
        pytest.param(f"<script>'<a href=\"{TARGET}\">x</a>'</script>", id="a link in a script"),
        pytest.param(f"<p>&lt;a href='{TARGET}'&gt;x&lt;/a&gt;</p>", id="a link in escaped HTML"),
        pytest.param(f"<a href='{TARGET}/more'>x</a><a href='{TARGET}s'>x</a>", id="a link to another page"),
    ],
)
def test_a_page_without_a_real_link_is_not_shown(blog: Any, page: str) -> None:
    blog.network.answer(SOURCE, page)
    assert blog.mention() == 202
    blog.work()
    assert (blog.fetched(), blog.stored()) == ([SOURCE], [])


def again(blog: Any) -> None:
    blog.clock.advance(minutes=1)
    assert blog.mention() == 202
    blog.work()


def test_a_repeat_brings_up_to_date(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    (first,) = blog.stored()
    blog.network.answer(SOURCE, PAGE.replace("An entry", "Better").replace("seen", "read"))
    again(blog)
    (second,) = blog.stored()
    assert (second.id, second.source, second.link.title) == (first.id, "Have you read this?", "Better")


@pytest.mark.parametrize(
    "answer",
    [
        {"body": "<p>no more"},
        {"body": PAGE, "status": 404},
        {"body": PAGE, "status": 410},
        {"body": PAGE, "at": TARGET},
    ],
    ids=["link gone", "404", "410", "redirects here"],
)
def test_what_is_gone_there_goes_here_and_comes_back_with_the_link(blog: Any, answer: dict[str, Any]) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    assert len(blog.app.thread(TARGET)["comments"]) == 1
    blog.network.answer(SOURCE, **answer)
    again(blog)
    (gone,) = blog.stored()
    assert (gone.state, gone.source, gone.html, blog.app.thread(TARGET)["comments"]) == (
        CommentState.DELETED, "", "", [],
    )  # fmt: skip
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    (back,) = blog.stored()
    assert (back.id, back.state, back.source) == (gone.id, CommentState.PUBLISHED, "Have you seen this?")


def test_trouble_of_its_server_takes_nothing_off(blog: Any) -> None:
    blog.app.strict = False
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    for trouble in ({"status": 500}, {"status": 403}):
        blog.network.answer(SOURCE, PAGE, **trouble)
        again(blog)
    blog.network.fail(SOURCE, OutboundForbidden("Inside now."))
    again(blog)
    assert [comment.state for comment in blog.stored()] == [CommentState.PUBLISHED]


def test_what_a_moderator_deleted_stays_so(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    (comment,) = blog.stored()
    blog.ctx.comments.set_state(comment.id, CommentState.DELETED)
    again(blog)
    assert blog.stored()[0].state is CommentState.DELETED


def test_what_a_moderator_erased_does_not_come_back(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    (comment,) = blog.stored()
    blog.ctx.comments.erase(comment.id)
    again(blog)
    (erased,) = blog.stored()
    assert (erased.id, erased.source, erased.link) == (comment.id, "", None)


def test_a_like_stays_one_when_its_thread_moves_to_another_page(blog: Any) -> None:
    blog.network.answer(SOURCE, entry("u-like-of"))
    again(blog)
    blog.ctx.comments.move_thread(TARGET, f"{TARGET}-moved")
    assert len(blog.app.thread(f"{TARGET}-moved")["extensions"]["pingback"]["thread"]["faces"]) == 1
    again(blog)  # told by the former address
    assert len(blog.stored()) == 1


def test_a_pair_is_fetched_once_in_thirty_seconds(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    assert blog.mention() == 202
    blog.work()
    blog.clock.advance(seconds=10)
    assert [blog.mention() for _ in range(5)] == [202] * 5
    blog.work()
    assert blog.fetched() == [SOURCE]
    blog.clock.advance(seconds=20)
    blog.work()
    assert blog.fetched() == [SOURCE] * 2


def test_one_address_may_tell_so_much_a_minute(blog: Any) -> None:
    answers = [blog.mention(f"https://h{at}.example/") for at in range(40)]
    assert answers == [202] * 30 + [429] * 10
    assert blog.mention("https://other.example/", environ_base={"REMOTE_ADDR": "198.51.100.7"}) == 202


def test_a_host_that_tells_much_is_told_when_to_come_back(blog: Any) -> None:
    blog.configure(per_host_per_hour=1)
    assert blog.mention() == 202
    answer = blog.app.post("/p/pingback/default/webmention", data={"source": f"{SOURCE}2", "target": TARGET})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")


def test_a_flood_is_spread_out_and_ends_somewhere(blog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedcomments_pingback.reception.MAX_WAITING", 12)
    answers = []
    for at in range(14):
        blog.network.answer(f"https://h{at}.example/", "<p>nothing")
        sender = {"REMOTE_ADDR": f"198.51.100.{at}"}
        answers.append(blog.mention(f"https://h{at}.example/", environ_base=sender))
    assert answers == [202] * 12 + [429] * 2
    assert blog.work() == 5
    blog.clock.advance(seconds=15)
    assert blog.work() == 1
    blog.clock.advance(seconds=15 * 6)
    assert blog.work() == 6
    assert blog.mention("https://late.example/") == 202


@pytest.mark.parametrize(
    "what, said, text, apart",
    [
        ("u-in-reply-to", "I think so", "I think so", False),
        ("u-like-of", "", "the post", True),
        ("u-repost-of", "Words", "the post", True),
        ("u-bookmark-of", "Kept", "the post", False),
        ("", "Words", "the post", False),
    ],
)
def test_microformats_tell_the_author_and_what_is_done(blog: Any, what: str, said: str, text: str, apart: bool) -> None:
    blog.network.answer(SOURCE, entry(what, said))
    again(blog)
    (comment,) = blog.stored()
    assert (comment.author, comment.is_apart) == (Author(name="Ani", url="https://other.example/about"), apart)
    assert comment.source == text
    thread = blog.app.thread(TARGET)
    kind = what.removeprefix("u-").removesuffix("-of").replace("in-reply-to", "reply") or "mention"
    if apart:
        assert thread["comments"] == []
        assert thread["extensions"]["pingback"]["thread"] == {
            "faces": [{"type": kind, "name": "Ani", "url": SOURCE}], "mentions": [], "more": False,
        }  # fmt: skip
    else:
        assert [item["extensions"]["pingback"] for item in thread["comments"]] == [{"type": kind}]


def test_a_note_without_a_title_has_its_author_s_name(blog: Any) -> None:
    note = entry("u-in-reply-to").replace("<title>The page</title>", "")
    blog.network.answer(SOURCE, note)
    again(blog)
    assert [item["link"]["title"] for item in blog.app.thread(TARGET)["comments"]] == ["Ani"]
    blog.network.answer(SOURCE, note.replace("Ani", ""))
    again(blog)
    assert [item["link"]["title"] for item in blog.app.thread(TARGET)["comments"]] == ["other.example"]


def test_pages_without_scripts_name_the_author_beside_the_title(blog: Any) -> None:
    def html() -> str:
        answer = blog.app.get("/api/v1/sites/default/thread.html", query_string={"key": TARGET})
        return str(answer.text)

    blog.network.answer(SOURCE, entry("u-in-reply-to"))
    again(blog)
    assert '<bdi class="p-name" itemprop="name">The page</bdi></a> <span class="p-author h-card"' in html()
    assert '<bdi itemprop="name">Ani</bdi></a></span>' in html()
    # Nothing is said twice, and a host is no author.
    blog.network.answer(SOURCE, entry("u-in-reply-to").replace("<title>The page</title>", ""))
    again(blog)
    assert (html().count("Ani"), "p-author" in html()) == (1, False)
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    assert "p-author" not in html()


def test_only_pages_with_faces_load_the_script(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    assert blog.app.thread(TARGET)["modules"] == []
    blog.network.answer(SOURCE, entry("u-like-of"))
    again(blog)
    assert [(item["plugin"], item["when"]) for item in blog.app.thread(TARGET)["modules"]] == [("pingback", "thread")]


def test_a_site_may_have_all_links_apart(blog: Any) -> None:
    blog.configure(place="apart")
    blog.network.answer(SOURCE, entry("u-in-reply-to", "I <b>think</b> so"))
    again(blog)
    thread = blog.app.thread(TARGET)
    assert thread["comments"] == []
    assert thread["extensions"]["pingback"]["thread"]["mentions"] == [
        {
            "kind": "webmention", "name": "Ani", "url": SOURCE, "title": "The page", "text": "I think so",
            "at": "2026-11-24T09:31:00Z",
        }
    ]  # fmt: skip


def test_a_page_without_scripts_has_them_too(blog: Any) -> None:
    def page(**query: str) -> str:
        return str(blog.app.get("/api/v1/sites/default/thread.html", query_string={"key": TARGET, **query}).text)

    assert "Elsewhere" not in page()
    blog.network.answer(SOURCE, entry("u-like-of", name="Ani &lt;b&gt;"))
    again(blog)
    assert f'<a class="u-url" href="{SOURCE}" rel="external nofollow ugc noopener">' in page()
    assert '<bdi class="p-author when">Ani &lt;b&gt;</bdi>' in page()


def test_held_links_are_not_shown_until_a_moderator_says_so(blog: Any, embedcomments_app: Any) -> None:
    app = embedcomments_app("pingback", "moderation")
    app.instance.parts.sites.add_origin(app.site, ORIGIN)
    blog.app = app
    blog.network.answer(SOURCE, entry("u-like-of"))
    again(blog)
    (comment,) = blog.stored()
    assert (comment.state, "pingback" in app.thread(TARGET)["extensions"]) == (CommentState.HELD, False)
    app.context("pingback").comments.set_state(comment.id, CommentState.PUBLISHED)
    assert len(app.thread(TARGET)["extensions"]["pingback"]["thread"]["faces"]) == 1


def test_a_long_row_of_faces_is_cut(blog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedcomments_pingback.showing.MAX_APART", 2)
    for at in range(3):
        source = f"https://h{at}.example/"
        blog.network.answer(source, entry("u-like-of", name=f"N{at}"))
        assert blog.mention(source) == 202
    blog.work()
    told = blog.app.thread(TARGET)["extensions"]["pingback"]["thread"]
    assert ([face["name"] for face in told["faces"]], told["more"]) == (["N0", "N1"], True)


def test_a_discussion_does_not_count_them_unless_its_site_says_so(blog: Any) -> None:
    blog.app.comment("First", key=TARGET)
    blog.network.answer(SOURCE, PAGE)
    again(blog)
    assert blog.app.thread(TARGET)["thread"]["count"] == 1


def test_trackbacks_are_off_and_say_nothing_of_themselves(blog: Any) -> None:
    def trackback(page: str = TARGET) -> str:
        form = {"url": SOURCE, "title": "Buy <b>this</b>", "excerpt": "Cheap", "blog_name": "Shop"}
        answer = blog.app.post("/p/pingback/default/trackback", query_string={"page": page}, data=form)
        assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
        return str(answer.text)

    assert "<error>1</error>" in trackback()
    blog.configure(trackback=True)
    assert "<error>1</error>\n<message>The target is not a page of this site.</message>" in trackback(
        "https://x.example/"
    )
    assert "<error>0</error>" in trackback()
    blog.network.answer(SOURCE, "<p>no link")
    blog.work()
    assert blog.stored() == []
    blog.clock.advance(minutes=1)
    blog.network.answer(SOURCE, PAGE)
    assert "<error>0</error>" in trackback()
    blog.work()
    (comment,) = blog.stored()
    assert (comment.kind, comment.link.title, comment.source) == (
        CommentKind.TRACKBACK, "An entry", "Have you seen this?",
    )  # fmt: skip
    assert "<message>This link is registered already.</message>" in trackback()
