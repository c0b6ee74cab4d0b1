"""The queue's page: what it shows, and what its forms do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import embedcomments_moderation as plugin
from embedcomments.api import Author, CommentKind, CommentState, Link, Moderator, Page, PluginRequest, Redirect
from embedcomments_moderation.queue import PAGE_SIZE, queue_page

TEMPLATES = Path(plugin.__file__).parent / "templates"


def request(method: str = "GET", *, ids: tuple[str, ...] = (), action: str = "", **query: str) -> PluginRequest:
    return PluginRequest(
        method=method, path="", url="", query=query, headers={}, body=b"", address="",
        form={"action": action}, form_lists={"id": ids}, moderator=Moderator(id=1, name="Anahit", site_id=None),
    )  # fmt: skip


def html_of(page: Page | Redirect) -> str:
    """The page as the host would render it."""
    assert isinstance(page, Page)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(page.template).render(
        **page.values,
        csrf_field=Markup('<input type="hidden" name="csrf_token" value="t">'),
        plugin_url=lambda path, **query: f"/{path}?{urlencode(query)}",
        localtime=lambda at: Markup(f"<time>{at:%H:%M}</time>"),
    )


def test_the_page_shows_who_wrote_what_where_and_why_it_waits(
    make_ctx: Callable[..., Any], comment: Callable[..., Any]
) -> None:
    item = comment(
        1, author=Author(name="<Nshan>"), reason="spam: The text has 3 links.\nmoderation: New here.\nby hand"
    )

    html = html_of(queue_page(make_ctx([item]), request()))

    assert "&lt;Nshan&gt;" in html
    assert "<p>Text 1</p>" in html
    assert 'href="https://example.com/a"' in html
    assert [part in html for part in (">spam<", "The text has 3 links.", ">moderation<", "by hand")] == [True] * 4
    assert html.count("csrf_token") == html.count('method="post"') == 2


def test_the_page_needs_no_script_and_no_inline_style(
    make_ctx: Callable[..., Any], comment: Callable[..., Any]
) -> None:
    html = html_of(queue_page(make_ctx([comment(1)]), request()))

    assert not any(forbidden in html for forbidden in ("<script", "style=", "onclick", "javascript:"))


def test_links_that_could_run_code_are_not_made(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    item = comment(1, author=Author(name="x", url="javascript:alert(1)"))
    mention = comment(2, kind=CommentKind.PINGBACK, link=Link(url="javascript:alert(1)", title="x"))

    assert "javascript:" not in html_of(queue_page(make_ctx([item, mention]), request()))


@pytest.mark.parametrize("state", list(CommentState))
def test_a_tab_shows_its_state_only(
    make_ctx: Callable[..., Any], comment: Callable[..., Any], state: CommentState
) -> None:
    items = [comment(number, state=each) for number, each in enumerate(CommentState)]

    page = queue_page(make_ctx(items), request(state=state.value))

    assert isinstance(page, Page)
    assert [item.comment.state for item in page.values["items"]] == [state]


def test_nonsense_in_the_query_shows_what_is_held(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    page = queue_page(make_ctx([comment(1)]), request(state="nonsense"))

    assert isinstance(page, Page)
    assert page.values["view"].state is CommentState.HELD


def test_pages_reach_every_comment_once(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    ctx = make_ctx([comment(number) for number in range(2 * PAGE_SIZE + 3)])
    seen: list[str] = []
    query: dict[str, str] | None = {}
    while query is not None:
        page = queue_page(ctx, request(**query))
        assert isinstance(page, Page)
        seen += [item.comment.id for item in page.values["items"]]
        query = page.values["next_query"]

    assert seen == sorted(ctx.comments.by_id, reverse=True)


def test_a_thread_is_asked_for_once_a_page(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    ctx = make_ctx([comment(number) for number in range(20)])

    queue_page(ctx, request())

    assert ctx.comments.thread_calls == 1


@pytest.mark.parametrize(
    "action, state",
    [("publish", "published"), ("hold", "held"), ("spam", "spam"), ("reject", "deleted")],
)
def test_a_form_changes_the_chosen_comments_and_returns_to_the_same_view(
    make_ctx: Callable[..., Any], comment: Callable[..., Any], action: str, state: str
) -> None:
    ctx = make_ctx([comment(number) for number in range(3)])
    first, second, third = ctx.comments.by_id

    answer = queue_page(ctx, request("POST", action=action, ids=(first, second, first), state="spam", q="Text"))

    assert [ctx.comments.by_id[each].state.value for each in (first, second, third)] == [state, state, "held"]
    assert ctx.comments.actors == ["Anahit", "Anahit"]
    assert isinstance(answer, Redirect)
    assert answer.path == "?state=spam&q=Text"
    assert answer.notice.startswith("2 comments ")


def test_a_comment_that_is_gone_does_not_stop_the_others(
    make_ctx: Callable[..., Any], comment: Callable[..., Any]
) -> None:
    ctx = make_ctx([comment(1)])

    answer = queue_page(ctx, request("POST", action="publish", ids=("gone", comment(1).id)))

    assert isinstance(answer, Redirect)
    assert answer.notice == "1 comment published. 1 comment could not be changed."


@pytest.mark.parametrize("action, ids", [("", ("1",)), ("drop", ("1",)), ("publish", ())])
def test_a_form_that_asks_for_nothing_changes_nothing(
    make_ctx: Callable[..., Any], action: str, ids: tuple[str, ...]
) -> None:
    ctx = make_ctx()

    answer = queue_page(ctx, request("POST", action=action, ids=ids))

    assert isinstance(answer, Redirect)
    assert answer.notice.startswith("Nothing was done")
    assert ctx.comments.actors == []


def test_the_navigation_shows_how_many_wait(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    (page,) = plugin.register_admin_pages()
    ctx = make_ctx([comment(1), comment(2), comment(3, state=CommentState.SPAM)])

    assert page.title == "Queue"
    assert page.badge is not None
    assert page.badge(ctx) == 2


@pytest.mark.parametrize("state", list(CommentState))
def test_an_empty_tab_says_so(make_ctx: Callable[..., Any], state: CommentState) -> None:
    assert "<h2>" in html_of(queue_page(make_ctx(), request(state=state.value)))


def test_what_its_author_took_back_has_no_buttons(make_ctx: Callable[..., Any], comment: Callable[..., Any]) -> None:
    gone = comment(1, state=CommentState.DELETED, source="", html="", author=Author())
    rejected = comment(2, state=CommentState.DELETED)

    html = html_of(queue_page(make_ctx([gone, rejected]), request(state="deleted")))

    assert "No text is left." in html
    assert html.count('role="group"') == 1
