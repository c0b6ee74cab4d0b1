"""The queue's page: what it shows, and what its forms do, in an app with the plugin."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from embedcomments.api import Comment, CommentState, Role
from embedcomments.testing import App, Desk
from embedcomments_moderation import actions, bulk, listing
from embedcomments_moderation.reports import Reporter, count_reported, file_report, list_reported

QUEUE = "/admin/default/moderation/"
FRAGMENT = {"Embedcomments-Fragment": "1"}
HELD, SPAM, PUBLISHED, DELETED = CommentState.HELD, CommentState.SPAM, CommentState.PUBLISHED, CommentState.DELETED


@pytest.fixture
def app(embedcomments_app: Callable[..., App]) -> App:
    """The plugin alone, which holds everything."""
    made = embedcomments_app("moderation")
    made.configure(hold="everybody")
    return made


@pytest.fixture
def desk(app: App) -> Desk:
    return app.desk()


def shown(html: str) -> list[str]:
    """Ids of the comments on a page, in its order."""
    return re.findall(r'<li class="item" id="c-([^"]+)"', html)


def notice(html: str) -> str:
    found = re.search(r'<p class="notice[^>]*>(.*?)</p>', html)
    return unescape(found[1]) if found else ""


def pages(desk: Desk, query: str = "") -> list[list[str]]:
    """The comments of each page, following its link to the next."""
    found, path = [], QUEUE + query
    while path:
        html = desk.get(path).text
        found.append(shown(html))
        link = re.search(r'data-next href="([^"]+)"', html)
        path = unescape(link[1]) if link else ""
    return found


def states(app: App, *comments: Comment) -> list[str]:
    return [app.stored(comment).state.value for comment in comments]


# What it shows


def test_page_shows_who_wrote_what_where_and_why_it_waits(app: App, desk: Desk) -> None:
    app.comment("Hello **there**", name="<Nshan>", key="https://example.com/a?x=<y>")
    html = desk.get(QUEUE).text
    assert "&lt;Nshan&gt;" in html
    assert "<p>Hello <strong>there</strong></p>" in html
    assert "https://example.com/a?x=%3Cy%3E" in html
    assert ">moderation: hold</span>" in html
    assert "Every comment waits for a moderator" in html
    assert "<Nshan>" not in html
    assert "New here" in html


def test_page_has_no_inline_script_or_style(app: App, desk: Desk) -> None:
    app.comment()
    html = desk.get(QUEUE).text
    assert not re.search(r"<script>|<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert re.findall(r'src="/embed/[0-9a-f]+/moderation-queue\.js"', html)


def test_links_that_could_run_code_are_not_made(app: App, desk: Desk) -> None:
    app.comment(name="x")
    app.mention("javascript:alert(1)", title="x")
    assert "javascript:" not in desk.get(QUEUE).text


def test_list_item_of_a_text_ends_no_row(app: App, desk: Desk) -> None:
    comment = app.comment()
    for path in (QUEUE, f"{QUEUE}context?id={comment.id}"):
        # No div between the row and the text: through one, a parser would close the row at an <li> of the text.
        assert re.search(r"<section class=\"said[^>]*><p>Hello</p>", desk.get(path).text), path


def test_tab_shows_its_state_only(app: App, desk: Desk) -> None:
    made = {}
    for state in CommentState:
        made[state] = app.comment(f"It is {state.value}")
        app.context().comments.set_state(made[state].id, state)
    for state, comment in made.items():
        assert pages(desk, f"?state={state.value}") == [[comment.id]]
    for nonsense in ("nonsense", "all", "all&author=<x>", "all&page=x"):
        assert pages(desk, f"?state={nonsense}") == [[made[HELD].id]]


def test_tabs_tell_how_many_wait_and_no_more_than_anybody_counts(
    app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedcomments_moderation.queue.COUNTED", 3)
    for number in range(4):
        comment = app.comment(f"Text {number}")
    app.context().comments.set_state(comment.id, SPAM)
    numbers = dict(re.findall(r'data-count="(\w+)">([^<]*)<', desk.get(QUEUE).text))
    assert numbers == {"held": "2+", "reported": "", "spam": "1"}


def test_pages_reach_every_comment_once(app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)
    made = [app.comment(f"Text {number}").id for number in range(8)]
    assert pages(desk) == [made[:4:-1], made[4:1:-1], made[1::-1]]


def test_search_is_over_text_name_and_page(app: App, desk: Desk) -> None:
    text = app.comment("There is a Nadel here")
    name = app.comment("Hay", name="Nadel")
    page = app.comment("Hay", key="https://example.com/nadel")
    app.comment("Hay")
    assert pages(desk, "?q=nadel") == [[page.id, name.id, text.id]]
    assert "Nothing matches" in desk.get(QUEUE + "?q=nowhere").text


def test_search_says_how_far_it_came_and_goes_on_there(app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedcomments.services.queue.SCAN", 3)
    old = app.comment("A needle")
    for number in range(5):
        app.comment(f"Hay {number}")
    first = desk.get(QUEUE + "?q=needle").text
    assert "Nothing so far" in first
    assert "Searched back to" in first
    assert "Search further back" in first
    assert pages(desk, "?q=needle") == [[], [old.id]]


def test_filters_narrow_what_is_shown(app: App, desk: Desk) -> None:
    plain = app.comment("Plain", name="A")
    link = app.comment("See https://example.org/", name="B", key="https://example.com/b")
    mention = app.mention("https://blog.example/post")
    for query, expected in (
        ("?kind=mentions", [mention]),
        ("?kind=comments", [link, plain]),
        ("?state=elsewhere", [mention]),
        (f"?state=elsewhere&page={link.thread_id}", []),
        ("?links=with", [link]),
        ("?plugin=moderation", [mention, link, plain]),
        ("?plugin=spam", []),
        (f"?page={link.thread_id}", [link]),
        (f"?author={plain.identity_id}", [plain]),
        (f"?state=all&author={plain.identity_id}", [plain]),
        ("?kind=nonsense&links=nonsense&page=nonsense&author=<x>&plugin=%25", [mention, link, plain]),
        (f"?page={'9' * 5000}", [mention, link, plain]),
    ):
        assert pages(desk, query) == [[comment.id for comment in expected]], query


def test_filters_stay_while_one_goes_from_tab_to_tab(app: App, desk: Desk) -> None:
    comment = app.comment()
    html = desk.get(f"{QUEUE}?q=hello&page={comment.thread_id}").text
    tab = re.search(r'href="([^"]+)">Spam', html)
    assert tab is not None
    query = parse_qs(urlsplit(unescape(tab[1])).query)
    assert query == {"state": ["spam"], "q": ["hello"], "page": [str(comment.thread_id)]}


def test_context_shows_the_conversation_and_the_author_s_other_comments(app: App, desk: Desk) -> None:
    app.configure(hold="nobody")
    top = app.comment("The question", name="Ani")
    app.configure(hold="everybody")
    answer = app.comment("An answer", name="Nshan", parent=top)
    whole = desk.get(f"{QUEUE}context?id={answer.id}").text
    fragment = desk.get(f"{QUEUE}context?id={answer.id}", headers=FRAGMENT).text
    for html in (whole, fragment):
        assert re.findall(r"The question|An answer", html.split('<section class="context')[1]) == [
            "The question",
            "An answer",
        ]
    assert shown(whole) == [answer.id]
    assert shown(fragment) == []
    assert notice(desk.submit(QUEUE, {}).text) == ""
    assert desk.get(f"{QUEUE}context?id=gone").headers["Location"] == QUEUE


def test_each_comment_leads_to_its_page_its_context_and_its_author_s_ban_and_badge(app: App, desk: Desk) -> None:
    comment = app.comment(key="https://example.com/a")
    links = re.findall(r'<a class="btn quiet[^"]*" href="([^"]+)"', desk.get(QUEUE).text.split('class="more"')[1])
    paths = [urljoin(QUEUE, unescape(link)) for link in links[:5]]
    assert paths == [
        f"{QUEUE}context?id={comment.id}",
        f"/admin/default/comments/{comment.id}",
        f"{QUEUE}bans?back=%3F&comment={comment.id}",
        f"{QUEUE}writers?back=%3F&comment={comment.id}",
        "https://example.com/a",
    ]
    assert [desk.get(path).status_code for path in paths[:4]] == [200] * 4


def test_empty_tab_says_so(app: App, desk: Desk) -> None:
    for tab, words in (
        ("held", "Nobody is waiting"), ("reported", "Nothing was reported"), ("spam", "No spam"),
        ("published", "No comments yet"), ("deleted", "Nothing was deleted"),
    ):  # fmt: skip
        assert words in desk.get(f"{QUEUE}?state={tab}").text


# What its forms do


@pytest.mark.parametrize(
    "action, state", [("publish", PUBLISHED), ("keep", PUBLISHED), ("spam", SPAM), ("reject", DELETED)]
)
def test_form_changes_the_chosen_comments_and_returns_to_the_same_view(
    app: App, desk: Desk, action: str, state: CommentState
) -> None:
    first, second, third = [app.comment(f"Text {number}") for number in range(3)]
    answer = desk.submit(QUEUE + "?q=Text", {"action": action, "id": [first.id, second.id, first.id]})
    assert states(app, first, second, third) == [state.value, state.value, "held"]
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == QUEUE
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["q"] == ["Text"]
    assert notice(desk.get(answer.headers["Location"]).text).startswith("2 comments ")
    lines = app.context().audit.list()
    assert {line.actor for line in lines if line.subject.id in (first.id, second.id)} >= {"Anahit"}


def test_comment_that_is_gone_does_not_stop_the_others(app: App, desk: Desk) -> None:
    comment = app.comment()
    told = desk.submit(QUEUE, {"action": "publish", "id": ["gone", comment.id]}, follow=True).text
    assert notice(told) == "1 comment published. 1 comment could not be changed."


@pytest.mark.parametrize("form", [{}, {"action": "drop"}, {"action": "publish"}, {"action": "undo"}])
def test_form_that_asks_for_nothing_changes_nothing(app: App, desk: Desk, form: dict[str, str]) -> None:
    comment = app.comment()
    told = desk.submit(QUEUE, {**form, **({"id": comment.id} if form.get("action") == "drop" else {})}, follow=True)
    assert notice(told.text)
    assert states(app, comment) == ["held"]


def test_what_was_done_is_taken_back_without_a_script(app: App, desk: Desk) -> None:
    comments = [app.comment(f"Text {number}") for number in range(2)]
    done = desk.submit(QUEUE, {"action": "reject", "id": [each.id for each in comments]}, follow=True).text
    token = re.search(r'name="undo" value="([^"]+)"', done)
    assert token is not None
    assert states(app, *comments) == ["deleted", "deleted"]
    back = desk.submit(QUEUE, {"action": "undo", "undo": unescape(token[1])}, follow=True).text
    assert notice(back) == "Taken back: 2 comments."
    assert states(app, *comments) == ["held", "held"]
    again = desk.submit(QUEUE, {"action": "undo", "undo": unescape(token[1])}, follow=True).text
    assert notice(again) == "There was nothing left to take back."


def test_what_somebody_else_changed_since_is_not_taken_back(app: App, desk: Desk) -> None:
    first, second = app.comment("One"), app.comment("Two")
    done = app_json(desk, {"action": "reject", "id": [first.id, second.id]})
    app.desk(name="Other").submit(QUEUE, {"action": "spam", "id": first.id})
    told = app_json(desk, {"action": "undo", "undo": done["undo"]})
    assert states(app, first, second) == ["spam", "held"]
    assert told["notice"] == "Taken back: 1 comment. 1 comment changed since and stay as they are."


def app_json(desk: Desk, form: dict[str, Any], query: str = "") -> Any:
    """The answer to the page's script."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', desk.get(QUEUE).text)
    assert token is not None
    answer = desk.http.post(QUEUE + query, data={**form, "csrf_token": token[1]}, headers=FRAGMENT)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_token_of_another_site_or_of_long_ago_takes_nothing_back(
    app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = app.comment()
    done = app_json(desk, {"action": "reject", "id": comment.id})
    press = app.add_site("press")
    http = app.desk(site=press)
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/admin/press/moderation/").text)
    assert token is not None
    form = {"action": "undo", "undo": done["undo"], "csrf_token": token[1]}
    other = http.http.post("/admin/press/moderation/", data=form, headers=FRAGMENT)
    assert other.json == {
        "notice": "That can no longer be taken back.",
        "undo": "",
        "refused": [],
        "counts": {"held": "0", "spam": "0", "reported": "0"},
    }
    monkeypatch.setattr(actions, "UNDO_WITHIN_S", -1)
    assert app_json(desk, {"action": "undo", "undo": done["undo"]})["notice"] == "That can no longer be taken back."
    assert states(app, comment) == ["deleted"]


def test_script_is_told_what_was_done_and_how_many_are_left(app: App, desk: Desk) -> None:
    first, second = app.comment("One"), app.comment("Two")
    told = app_json(desk, {"action": "spam", "id": [first.id, "gone"]})
    assert told.pop("undo")
    assert told == {
        "notice": "1 comment marked as spam. 1 comment could not be changed.",
        "refused": ["gone"],
        "counts": {"held": "1", "spam": "1", "reported": "0"},
    }
    assert states(app, first, second) == ["spam", "held"]


def test_what_its_author_took_back_has_no_buttons(app: App, desk: Desk) -> None:
    gone = app.comment("Gone")
    app.context().comments.erase(gone.id)
    html = desk.get(QUEUE + "?state=deleted").text
    assert "No text is left." in html
    assert 'class="actions decisions"' not in html


# All that match


def test_decision_about_all_that_match_spares_what_came_since_and_what_does_not_match(app: App, desk: Desk) -> None:
    made = [app.comment(f"Junk {number}") for number in range(30)]
    other = app.comment("Worth reading")
    newer = app.comment("Junk that came later")
    form = {"action": "spam", "scope": "matching", "newest": made[-1].id}
    told = app_json(desk, form, "?q=junk")
    assert told["notice"] == "30 comments marked as spam."
    assert set(states(app, *made)) == {"spam"}
    assert states(app, other, newer) == ["held", "held"]
    app_json(desk, {"action": "undo", "undo": told["undo"]})
    assert set(states(app, *made)) == {"held"}


def test_many_are_decided_by_a_job_in_as_many_runs_as_it_needs(
    app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_AT_ONCE", 4)
    monkeypatch.setattr(bulk, "RUN_S", -1.0)
    made = [app.comment(f"Junk {number}") for number in range(21)]
    told = app_json(desk, {"action": "reject", "scope": "matching", "newest": made[-1].id})
    assert told["notice"] == "All comments that match are being rejected; that goes on while you work."
    assert set(states(app, *made)) == {"held"}
    assert app.run_jobs() > 2
    assert set(states(app, *made)) == {"deleted"}
    assert app_json(desk, {"action": "undo", "undo": told["undo"]})["notice"] == "It is being taken back."
    app.run_jobs()
    assert set(states(app, *made)) == {"held"}


def test_job_that_is_taken_back_before_it_ended_stops(app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_AT_ONCE", 4)
    made = [app.comment(f"Junk {number}") for number in range(9)]
    told = app_json(desk, {"action": "reject", "scope": "matching", "newest": made[-1].id})
    found = actions.read_undo(app.context(), told["undo"])
    assert found is not None
    bulk.run_undo(app.context(), {"batch": found[0], "actor": "Anahit"})
    app.run_jobs()
    assert set(states(app, *made)) == {"held"}


@pytest.mark.parametrize("newest", ["", "gone"])
def test_all_that_match_begins_at_a_comment_of_the_page(app: App, desk: Desk, newest: str) -> None:
    comment = app.comment()
    app_json(desk, {"action": "reject", "scope": "matching", "newest": newest})
    assert states(app, comment) == ["held"]


# Reports by readers


def report(app: App, comment: Comment, words: str = "Look <here>") -> None:
    file_report(app.context(), comment, Reporter(mark=f"mark {words}"), "abuse", words)


def test_reported_tab_shows_what_readers_said(app: App, desk: Desk) -> None:
    comment = app.comment()
    app.comment("Another")
    report(app, comment)
    html = desk.get(QUEUE + "?state=reported").text
    assert shown(html) == [comment.id]
    assert "Insult or harassment" in html
    assert "Look &lt;here&gt;" in html
    assert ">Keep<" in html


@pytest.mark.parametrize(
    "query, found",
    [
        ("", "ABC"), ("&q=վարդան", "A"), ("&q=OTHER-PAGE", "B"), ("&q=nothing", ""), ("&links=with", "C"),
        ("&links=without", "AB"), ("&kind=mentions", ""), ("&kind=comments", "ABC"), ("&plugin=moderation", "ABC"),
        ("&plugin=spam", ""),
    ],
)  # fmt: skip
def test_reported_comments_are_searched_and_filtered_like_others(app: App, desk: Desk, query: str, found: str) -> None:
    comments = {
        "A": app.comment("One", name="Վարդան"),
        "B": app.comment("Two", key="https://example.com/other-page"),
        "C": app.comment("See https://example.com/three"),
    }
    for comment in comments.values():
        report(app, comment)
    html = desk.get(f"{QUEUE}?state=reported{query}").text
    assert set(shown(html)) == {comments[letter].id for letter in found}


def test_reported_comments_come_in_pages_and_a_search_says_how_far_it_went(
    app: App, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    monkeypatch.setattr(listing, "REPORTED_AT_ONCE", 2)
    monkeypatch.setattr(listing, "MOST_LOOKED_AT", 4)
    comments = [app.comment(f"Number {number}, {'odd' if number % 2 else 'even'}") for number in range(7)]
    for comment in comments:
        report(app, comment)
    newest = [comment.id for comment in reversed(comments)]
    assert pages(desk, "?state=reported") == [newest[:2], newest[2:4], newest[4:6], newest[6:]]
    assert pages(desk, "?state=reported&q=number 0") == [[], newest[6:]]
    assert "Searched back to" in desk.get(QUEUE + "?state=reported&q=number 0").text
    assert [found for page in pages(desk, "?state=reported&q=odd") for found in page] == newest[1::2]


@pytest.mark.parametrize("action, state", [("keep", "published"), ("reject", "deleted"), ("spam", "spam")])
def test_decision_settles_the_reports_and_undo_opens_them_again(app: App, desk: Desk, action: str, state: str) -> None:
    comment = app.comment()
    app.context().comments.set_state(comment.id, PUBLISHED)
    report(app, comment)
    told = app_json(desk, {"action": action, "id": comment.id}, "?state=reported")
    assert states(app, comment) == [state]
    assert count_reported(app.context()) == 0
    app_json(desk, {"action": "undo", "undo": told["undo"]})
    assert states(app, comment) == ["published"]
    assert list_reported(app.context()) == [comment.id]


def test_holding_a_reported_comment_leaves_its_reports_open(app: App, desk: Desk) -> None:
    comment = app.comment()
    app.context().comments.set_state(comment.id, PUBLISHED)
    report(app, comment)
    app_json(desk, {"action": "hold", "id": comment.id})
    assert (states(app, comment), count_reported(app.context())) == (["held"], 1)


def test_navigation_shows_how_many_wait(app: App, desk: Desk) -> None:
    for number in range(3):
        app.comment(f"Text {number}")
    assert re.search(r'Queue <span class="badge">3</span>', desk.get("/admin/default/site").text)


def test_author_s_name_is_isolated_whatever_it_is(app: App, desk: Desk) -> None:
    app.comment("مرحبا", name="\u202eevil")
    html = desk.get(QUEUE).text
    assert re.search(r'<bdi class="name"[^>]*>[^<]*evil</bdi>', html)


# Roles


def test_reviewer_decides_what_waits_and_nothing_else(app: App) -> None:
    held, spam = app.comment("Held"), app.comment("Spam")
    app.context().comments.set_state(spam.id, SPAM)
    reviewer = app.desk(name="Bo", role=Role.REVIEWER)
    html = reviewer.get(QUEUE).text
    assert re.findall(r'<button class="btn[^"]*" name="action" value="(\w+)"', html) == ["publish", "publish"]
    assert "data-ban" not in html
    assert 'name="action"' not in reviewer.get(QUEUE + "?state=spam").text
    told = app_json(reviewer, {"action": "publish", "id": held.id})
    assert states(app, held) == ["published"]
    app_json(reviewer, {"action": "undo", "undo": told["undo"]})
    assert states(app, held) == ["held"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token is not None
    for form in ({"action": "reject", "id": held.id}, {"action": "publish", "id": spam.id}):
        refused = reviewer.http.post(QUEUE, data={**form, "csrf_token": token[1]}, headers=FRAGMENT)
        assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")
    told = app_json(reviewer, {"action": "publish", "scope": "matching", "newest": held.id})
    assert told["notice"] == "Your role on this site does not allow that."
    assert states(app, held, spam) == ["held", "spam"]
