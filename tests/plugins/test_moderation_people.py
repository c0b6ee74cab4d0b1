"""The desk's pages of bans and of writers, by forms alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from queries import statements_to
from site_client import Desk, SiteClient, notice_of

import embedcomments_moderation as plugin
from embedcomments.api import PluginContext
from embedcomments.domain.comments import CommentState
from embedcomments_moderation.ban_pages import AT_ONCE, delete_all_job
from embedcomments_moderation.bans import list_bans

BANS, WRITERS = "/admin/default/moderation/bans", "/admin/default/moderation/writers"


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "moderation", hold="nobody")
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    return client.parts.contexts.of(item, site)


@pytest.fixture
def desk(client: SiteClient) -> Desk:
    return client.sign_in()


def submit(desk: Desk, page: str, form: dict[str, Any]) -> str:
    """The notice that follows."""
    answer = desk.submit(page, form)
    assert answer.status_code == 303, answer.text
    return notice_of(desk.get(answer.headers["Location"]).text)


def ban(desk: Desk, comment_id: str, **form: Any) -> str:
    values = {"action": "ban", "comment": comment_id, "kind": "identity", "term": "week", **form}
    return submit(desk, f"{BANS}?comment={comment_id}", values)


@pytest.mark.parametrize("page, action", [(BANS, "ban"), (WRITERS, "mark")])
@pytest.mark.parametrize(
    "back, place",
    [
        ("", None),
        ("?", ""),
        ("?state=spam&q=a+b%26c", "?state=spam&q=a+b%26c"),
        ("?state=elsewhere&author=x&before=y", "?state=elsewhere&author=x&before=y"),
        ("?state=nonsense&page=nonsense&done=token&select=all", ""),
        ("//evil.example", None),
        ("https://evil.example/?", None),
        ("?//evil.example\r\nX: y", ""),
    ],
)
def test_who_came_from_the_queue_goes_back_to_that_comment_in_it(
    client: SiteClient, desk: Desk, page: str, action: str, back: str, place: str | None
) -> None:
    comment_id = client.write("Hello", author={"name": "Ani"})["comment"]["id"]
    query = urlencode({"comment": comment_id, "back": back})
    answer = desk.submit(
        f"{page}?{query}",
        {"action": action, "comment": comment_id, "kind": "identity", "term": "week", "badge": "staff", "back": back},
    )
    queue = "/admin/default/moderation/"
    expected = page if place is None else f"{queue}{place}#c-{comment_id}"
    assert (answer.status_code, urlsplit(answer.headers["Location"])) == (303, urlsplit(expected))
    cancel = re.search(r'href="([^"]*)">Cancel', desk.get(f"{page}?{query}").text)
    assert cancel is not None
    assert unescape(cancel[1]) == (queue if place is None else expected)


def test_a_writer_is_banned_from_their_comment_and_the_ban_is_lifted(
    client: SiteClient, ctx: PluginContext, desk: Desk
) -> None:
    written = client.write("<b>Rude</b>", author={"name": "<Troll>", "email": "t@m.example"})
    comment_id = written["comment"]["id"]
    form = desk.get(f"{BANS}?comment={comment_id}").text
    assert [f'value="{kind}"' in form for kind in ("identity", "email", "address", "network")] == [True] * 4
    assert "&lt;Troll&gt;" in form
    assert "<Troll>" not in form
    assert ban(desk, comment_id, kind=["identity", "email"], reason="Be kind.") == "&lt;Troll&gt; is banned."
    assert {(one.kind, one.reason, one.created_by) for one in list_bans(ctx)} == {
        ("identity", "Be kind.", "Anahit"), ("email", "Be kind.", "Anahit"),
    }  # fmt: skip
    assert "Already banned" in desk.get(f"{BANS}?comment={comment_id}").text
    assert client.submit("Again", token=written["edit_token"]).status_code == 422
    for found in list_bans(ctx):
        assert submit(desk, BANS, {"action": "lift", "ban": found.id}) == "&lt;Troll&gt; may comment again."
    assert client.submit("Again", token=written["edit_token"]).status_code == 201
    assert [line.action for line in ctx.audit.list(action="moderation.")] == [
        "moderation.unban", "moderation.unban", "moderation.ban", "moderation.ban",
    ]  # fmt: skip


def test_all_that_a_banned_writer_wrote_may_be_deleted_with_it(
    client: SiteClient, ctx: PluginContext, desk: Desk
) -> None:
    first = client.write("One")
    client.write("Two", token=first["edit_token"])
    other = client.write("Of another")["comment"]["id"]
    assert "Delete all 2 comments" in desk.get(f"{BANS}?comment={first['comment']['id']}").text
    notice = ban(desk, first["comment"]["id"], delete_all="yes")
    assert notice == "Anonymous is banned. 2 comments deleted."
    assert [row.id for row in client.stored() if row.state is CommentState.PUBLISHED] == [other]


def test_very_many_comments_are_deleted_by_a_job(
    client: SiteClient, ctx: PluginContext, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedcomments_moderation.ban_pages.AT_ONCE", 1)
    assert AT_ONCE == 200
    first = client.write("One")
    client.write("Two", token=first["edit_token"])
    assert ban(desk, first["comment"]["id"], delete_all="yes").endswith("Their comments are being deleted.")
    identity = client.row(first["comment"]["id"]).identity_id
    delete_all_job(ctx, {"identity": identity, "actor": "Anahit", "reason": ""})
    assert {row.state for row in client.stored()} == {CommentState.DELETED}


@pytest.mark.parametrize(
    "typed, wrong",
    [("", "no Internet address"), ("half the world", "no Internet address"), ("0.0.0.0/0", "too wide")],
)
def test_what_is_typed_in_wrong_is_told_beside_the_field(desk: Desk, typed: str, wrong: str) -> None:
    answer = desk.submit(BANS, {"action": "ban_typed", "who": typed, "term": "day"})
    assert answer.status_code == 422
    assert wrong in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_what_is_typed_in_is_banned_and_not_shown_again(client: SiteClient, ctx: PluginContext, desk: Desk) -> None:
    for typed in ("198.51.100.0/24", "Troll@mail.example"):
        assert submit(desk, BANS, {"action": "ban_typed", "who": typed, "term": "good"}) == f"{typed} is banned."
    assert [(one.kind, one.ends_at) for one in list_bans(ctx)] == [("email", None), ("network", None)]
    page = desk.get(BANS).text
    assert [text in page for text in ("198.51", "mail.example", "For good")] == [False, False, True]


@pytest.mark.parametrize(
    "form",
    [
        {"action": "ban", "comment": "nonsense", "kind": "identity", "term": "week"},
        {"action": "lift", "ban": "99"},
        {"action": "lift", "ban": "²"},
        {"action": "something"},
        {},
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(ctx: PluginContext, desk: Desk, form: dict[str, Any]) -> None:
    assert submit(desk, BANS, form)
    assert list_bans(ctx) == []


@pytest.mark.parametrize("kinds, term", [([], "week"), (["identity"], "century"), (["king"], "week")])
def test_a_ban_of_nobody_or_for_no_time_is_none(
    client: SiteClient, ctx: PluginContext, desk: Desk, kinds: list[str], term: str
) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    assert ban(desk, comment_id, kind=kinds, term=term).startswith("Nothing was done")
    assert list_bans(ctx) == []


def test_a_comment_of_another_site_is_not_there(client: SiteClient, desk: Desk) -> None:
    client.parts.sites.add("other")
    comment_id = client.write("Hello", site="other")["comment"]["id"]
    for page in (BANS, WRITERS):
        answer = desk.get(f"{page}?comment={comment_id}")
        assert (answer.status_code, answer.headers["Location"].endswith(page)) == (303, True)


def test_a_writer_gets_a_badge_and_their_name_is_kept_for_them(
    client: SiteClient, ctx: PluginContext, desk: Desk
) -> None:
    hers = client.write("I wrote the article", author={"name": "Anahit"})
    row = client.row(hers["comment"]["id"])
    # It is the moderator's own name, so it waits; by marking its writer they may go on.
    assert (row.state, "protected" in (row.reason or "")) == (CommentState.HELD, True)
    form = {"action": "mark", "comment": row.id, "badge": "author", "own_name": "yes"}
    notice = submit(desk, f"{WRITERS}?comment={row.id}", form)
    assert notice == "Anahit is marked as author of the article, and the name is theirs."
    client.set_state(row.id, CommentState.PUBLISHED)
    client.write("And this too", author={"name": "Anahit"}, token=hers["edit_token"])
    assert [one["author"] for one in client.thread()["comments"]] == [
        {"name": "Anahit", "url": None, "avatar": None, "badge": "author"}
    ] * 2
    impostor = client.write("I am she", author={"name": "Аnаhit"})
    assert impostor["comment"]["state"] == "held"
    assert "Author of the article" in desk.get(WRITERS).text
    forget = {"action": "forget", "identity": row.identity_id}
    assert submit(desk, WRITERS, forget) == "Anahit has no mark any more."
    assert [one["author"]["badge"] for one in client.thread()["comments"]] == [None, None]
    assert submit(desk, WRITERS, forget) == "That writer was not known any more."
    assert [line.action for line in ctx.audit.list(action="moderation.")] == ["moderation.unmark", "moderation.mark"]


def test_a_mark_of_nothing_is_none(client: SiteClient, desk: Desk) -> None:
    comment_id = client.write("Hello", author={"name": "Vera"})["comment"]["id"]
    page = f"{WRITERS}?comment={comment_id}"
    assert submit(desk, page, {"action": "mark", "comment": comment_id, "badge": ""}) == "Vera has no badge."
    assert "Nobody is marked" in desk.get(WRITERS).text
    nonsense = {"action": "mark", "comment": comment_id, "badge": "king"}
    assert submit(desk, page, nonsense).startswith("Nothing was done")


@pytest.mark.parametrize("page", [BANS, WRITERS])
def test_a_list_asks_as_often_for_thirty_as_for_one(
    client: SiteClient, ctx: PluginContext, desk: Desk, page: str
) -> None:
    def people(count: int) -> None:
        for number in range(count):
            row = client.row(client.write(f"Comment {number}", author={"name": f"Writer {number}"})["comment"]["id"])
            ban(desk, row.id)
            mark = {"action": "mark", "comment": row.id, "badge": "staff", "own_name": "yes"}
            submit(desk, f"{WRITERS}?comment={row.id}", mark)

    def queries() -> int:
        with statements_to(client.parts.database.engine) as asked:
            assert desk.get(page).status_code == 200
        return len(asked)

    people(1)
    queries()
    few = queries()
    people(6)
    queries()
    assert queries() == few


def test_an_erased_person_is_forgotten_here_too(client: SiteClient, ctx: PluginContext, desk: Desk) -> None:
    row = client.row(client.write("Hello", author={"name": "Vera"})["comment"]["id"])
    ban(desk, row.id, kind=["identity", "address"])
    submit(
        desk, f"{WRITERS}?comment={row.id}", {"action": "mark", "comment": row.id, "badge": "staff", "own_name": "yes"}
    )
    site = client.parts.sites.get("default")
    told = client.instance.privacy.export(site, identity_id=row.identity_id)["plugins"][row.identity_id]["moderation"]
    assert (told["name"], [one["hidden"] for one in told["bans"]]) == ("Vera", [False])
    client.instance.privacy.erase(site, identity_id=row.identity_id)
    assert [one.kind for one in list_bans(ctx)] == ["address"]
    assert "Nobody is marked" in desk.get(WRITERS).text


def test_a_link_from_a_page_leads_to_the_comment_in_the_queue(client: SiteClient, desk: Desk) -> None:
    for text in ("One", "Two", "Three"):
        client.write(text)
    wanted = next(row for row in client.stored() if row.source == "Two")
    client.set_state(wanted.id, CommentState.SPAM)
    answer = desk.get(f"/admin/default/moderation/at?comment={wanted.id}")
    assert answer.status_code == 303, answer.text
    where = answer.headers["Location"]
    assert (answer.status_code, where.split("#")[1]) == (303, f"c-{wanted.id}")
    page = desk.get(where).text
    assert page.count('class="item"') == 1
    assert f'id="c-{wanted.id}"' in page
    gone = desk.get(f"/admin/default/moderation/at?comment={'0' * 24}")
    assert notice_of(desk.get(gone.headers["Location"]).text) == "That comment is not there any more."
    stranger = client.get(f"/admin/default/moderation/at?comment={wanted.id}")
    assert (stranger.status_code, "Location" in stranger.headers) == (401, False)


def test_pages_are_opened_with_and_without_the_links(client: SiteClient, desk: Desk) -> None:
    for key in ("https://a.example/one?x=1", "javascript:alert(1)", "not a page"):
        client.write("Hello", key=key)
    html = desk.get("/admin/default/moderation/in-place").text
    assert 'href="https://a.example/one?x=1#embedcomments-moderation"' in html
    assert 'href="https://a.example/one?x=1#embedcomments-moderation-off"' in html
    assert "javascript:" not in html
