"""The desk's record, and a comment's own page: every action by a form, and the whole history told."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from queries import statements_to
from site_client import Desk, SiteClient, notice_of

import embedcomments
from embedcomments.domain.audit import AuditFilter, Subject
from embedcomments.domain.comments import CommentState
from embedcomments.domain.identities import SYSTEM
from embedcomments.domain.permissions import Role
from embedcomments.web.admin.differences import MAX_PIECES, Part, differences
from embedcomments.web.admin.told import words_of

RECORD = "/admin/default/record"
PUBLISHED, HELD, SPAM, DELETED = CommentState


@pytest.fixture
def client(new_client: Callable[..., SiteClient]) -> SiteClient:
    return new_client()


@pytest.fixture
def desk(client: SiteClient) -> Desk:
    return client.sign_in(name="Vera")


def page_of(comment_id: str) -> str:
    return f"/admin/default/comments/{comment_id}"


def told(html: str) -> list[str]:
    """The lines of the record, or of a history, as one reads them."""
    items = re.findall(r'<li class="row line">(.*?)</li>\s*(?=<li class="row line">|</ol>)', html, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", item)).split()) for item in items]


def history(html: str) -> list[str]:
    """What happened, as one reads it."""
    (part,) = re.findall(r'<ol class="history">(.*?)</ol>', html, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", item)).split()) for item in part.split("</li>")[:-1]]


def buttons(html: str) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', html)


def act(desk: Desk, comment_id: str, action: str, **more: str) -> str:
    """Press a button of the comment's page; the notice afterwards."""
    answer = desk.submit(page_of(comment_id), {"action": action, **more})
    assert answer.status_code == 303, answer.text
    return unescape(notice_of(desk.get(answer.headers["Location"]).text))


def test_every_action_works_by_a_form(client: SiteClient, desk: Desk) -> None:
    comment_id = client.write("First words")["comment"]["id"]
    row = lambda: client.row(comment_id)  # noqa: E731
    for action, state in (("hold", HELD), ("publish", PUBLISHED), ("spam", SPAM), ("restore", PUBLISHED),
                          ("delete", DELETED), ("restore", PUBLISHED)):  # fmt: skip
        assert action in buttons(desk.get(page_of(comment_id)).text)
        act(desk, comment_id, action, reason="why")
        assert row().state is state
    for action, field, value in (("pin", "pinned", True), ("unpin", "pinned", False), ("close", "closed", True),
                                 ("open", "closed", False)):  # fmt: skip
        assert action in buttons(desk.get(page_of(comment_id)).text)
        act(desk, comment_id, action)
        assert getattr(row(), field) is value
    act(desk, comment_id, "edit", text="Other\r\nwords")
    assert (row().source, row().html) == ("Other\nwords", "<p>Other<br>\nwords</p>")
    for action, closed, hidden in (("thread_close", True, False), ("thread_open", False, False),
                                   ("thread_hide", False, True), ("thread_show", False, False)):  # fmt: skip
        assert action in buttons(desk.get(page_of(comment_id)).text)
        act(desk, comment_id, action)
        thread = client.parts.reading.thread_of(row())
        assert (thread.closed, thread.hidden) == (closed, hidden)
    act(desk, comment_id, "thread_move", key="https://a.example/new?utm_source=x")
    assert client.thread("https://a.example/new")["comments"][0]["id"] == comment_id
    other = client.write("There", key="other")["comment"]["id"]
    taken = act(desk, comment_id, "thread_move", key="other")
    assert taken == "There is a thread with that key already. Merge the two instead."
    act(desk, comment_id, "thread_merge", key="other")
    assert {item["id"] for item in client.thread("page")["comments"]} == {comment_id, other}
    act(desk, comment_id, "erase")
    assert row().is_erased
    assert set(buttons(desk.get(page_of(comment_id)).text)) & {"publish", "restore", "edit", "erase"} == set()
    site_id = client.parts.sites.get("default").id
    lines = client.parts.auditing.list(AuditFilter(site_id=site_id), 500)
    assert {line.actor for line in lines} == {"Vera"}
    assert len(lines) == 6 + 4 + 1 + 4 + 2 + 1


def test_all_of_a_writer_are_deleted_and_put_back_by_the_record(client: SiteClient, desk: Desk) -> None:
    first = client.write("One")
    more = [client.write(f"More {n}", token=first["edit_token"])["comment"]["id"] for n in range(2)]
    assert act(desk, first["comment"]["id"], "delete_all") == "3 deleted. The record can put them back."
    assert client.thread()["comments"] == []
    html = desk.get(RECORD).text
    (url,) = set(re.findall(r'href="(/admin/default/record\?batch=\w+)"', html))
    listed = desk.get(url).text
    assert len(told(listed)) == 3
    client.parts.moderating.set_state(more[0], PUBLISHED, actor="Ani")
    answer = desk.submit(url, {"action": "undo", "batch": url.partition("=")[2]})
    notice = notice_of(desk.get(answer.headers["Location"]).text)
    assert notice == "2 comments put back. 1 comment left as they are, for they were changed since."
    assert len(client.thread()["comments"]) == 3


def test_a_form_without_the_token_changes_nothing(client: SiteClient, desk: Desk) -> None:
    comment_id = client.write("Words")["comment"]["id"]
    for path in (page_of(comment_id), RECORD):
        assert desk.send(path, {"action": "delete", "batch": "0" * 24}).status_code == 403
        stranger = Desk(client)
        assert stranger.get(path).status_code == 401
        assert stranger.send(path, {"action": "delete"}).status_code == 401
    assert client.row(comment_id).state is PUBLISHED


def test_comments_of_another_site_are_not_there(client: SiteClient) -> None:
    client.parts.sites.add("other")
    comment_id = client.write("Words")["comment"]["id"]
    desk = client.sign_in(site="other", name="Ani")
    assert desk.get(f"/admin/other/comments/{comment_id}").status_code == 404
    answer = desk.submit("/admin/other/record", {"action": "undo", "batch": "0" * 24})
    assert answer.status_code == 303
    token = re.findall(r'name="csrf_token" value="([^"]+)"', desk.get("/admin/other/record").text)[0]
    assert desk.send(f"/admin/other/comments/{comment_id}", {"action": "delete"}, csrf=token).status_code == 404
    assert desk.get(page_of(comment_id)).status_code == 401
    assert client.row(comment_id).state is PUBLISHED
    client.parts.moderating.set_state(comment_id, HELD, actor="Vera")
    came, line = told(desk.get("/admin/other/record").text)
    assert came == "Signed in Ani Ani just now"
    assert line == "Site added site other name → other title system just now"


@pytest.mark.parametrize("sent", [{}, {"action": "nonsense"}, {"action": "thread_merge", "key": ""},
                                  {"action": "thread_merge", "key": "page"}, {"action": "thread_move", "key": "\0"},
                                  {"action": "pin"}])  # fmt: skip
def test_nonsense_is_told_and_changes_nothing(client: SiteClient, desk: Desk, sent: dict[str, str]) -> None:
    root = client.write("Words")["comment"]["id"]
    answer_id = client.write("Answer", parent_id=root)["comment"]["id"]
    before = client.row(answer_id)
    assert act(desk, answer_id, **{"action": "", **sent})
    assert client.row(answer_id) == before
    assert desk.get(f"{page_of('nothing')}").status_code == 404


def test_a_text_that_is_refused_is_not_lost(client: SiteClient, desk: Desk) -> None:
    comment_id = client.write("Words")["comment"]["id"]
    answer = desk.submit(page_of(comment_id), {"action": "edit", "text": "y" * 100_001})
    assert answer.status_code == 422
    assert "y" * 100_001 in answer.text
    assert '<details class="card fold" open>' in answer.text


def test_the_history_tells_everything_with_what_changed_in_the_words(
    new_client: Callable[..., SiteClient], holder: ModuleType
) -> None:
    client = new_client(holder)
    desk = client.sign_in(name="Vera")
    made = client.write("HOLD the <b>old</b> words")
    comment_id = made["comment"]["id"]
    act(desk, comment_id, "publish")
    client.call("PATCH", f"/api/v1/comments/{comment_id}", token=made["edit_token"], json={"text": "the new words"})
    act(desk, comment_id, "edit", text="the new words here", reason="<i>why</i>")
    client.parts.moderating.refresh(comment_id, SYSTEM)
    html = desk.get(page_of(comment_id)).text
    assert history(html) == [
        "Written by reader just now",
        "Published by Vera just now state: held → published",
        "Edited by author reader just now HOLD the <b>old</b> new words",
        "Edited by Vera just now <i>why</i> the new words here",
    ]
    assert "<ins> here</ins>" in html
    assert "<del>" in html
    assert "<i>why" not in html
    act(desk, comment_id, "erase")
    told_now = history(desk.get(page_of(comment_id)).text)
    assert [line.split(" just")[0] for line in told_now] == [
        "Written by reader",
        "Published by Vera",
        "Edited by author reader",
        "Edited by Vera",
        "Erased for good by Vera",
    ]
    assert "words" not in " ".join(told_now)


def test_verdicts_stand_on_the_page_and_in_no_answer_to_readers(
    new_client: Callable[..., SiteClient], holder: ModuleType
) -> None:
    client = new_client(holder)
    made = client.write("HOLD this")
    html = client.sign_in().get(page_of(made["comment"]["id"])).text
    assert "holder: hold" in html
    assert "It says HOLD." in html
    assert "It says" not in str(made)


def test_filters_leave_what_was_asked_for(client: SiteClient, desk: Desk, clock: Any) -> None:
    comment_id = client.write("Words")["comment"]["id"]
    client.parts.moderating.set_state(comment_id, HELD, actor="Ani")
    clock.advance(days=2)
    act(desk, comment_id, "publish")
    act(desk, comment_id, "thread_close")
    ani, publish, close = "Held", "Published", "Thread closed"

    def shown(query: str) -> list[str]:
        known = (ani, publish, close)
        lines = [line for line in told(desk.get(f"{RECORD}?{query}").text) if not line.startswith("Signed in")]
        return [next(name for name in known if line.startswith(name)) for line in lines]

    assert shown("") == [close, publish, ani]
    assert shown("actor=Ani") == [ani]
    assert shown("action=thread.") == [close]
    assert shown("action=comment.publish") == [publish]
    assert shown(f"subject=comment:{comment_id}") == [publish, ani]
    assert shown("since=2026-11-25") == [close, publish]
    assert shown("until=2026-11-24") == [ani]
    assert shown("since=nonsense&until=0000-00-00&before=x") == [close, publish, ani]
    rows = [orjson.loads(line) for line in desk.get(f"{RECORD}.jsonl?actor=Ani").data.splitlines()]
    assert [(row["site"], row["action"], row["before"], row["after"]) for row in rows] == [
        ("default", "comment.hold", {"state": "published"}, {"state": "held"})
    ]


def test_owners_see_who_came_and_went_and_moderators_do_not(client: SiteClient, desk: Desk) -> None:
    client.parts.sites.add("press")
    for name, site, role in (
        ("Owen", "default", Role.OWNER),
        ("Mod", "default", Role.MODERATOR),
        ("Other", "press", Role.OWNER),
    ):
        client.parts.signing_in.one_time_token(name=name, site_id=client.parts.sites.get(site).id, role=role)
    owen, mod = client.sign_in(site="default", name="Owen"), client.sign_in(site="default", name="Mod")
    client.sign_in(site="press", name="Other")

    def seen(by: Desk, query: str = "action=account.sign_in") -> list[str]:
        return [line.split(" just now")[0] for line in told(by.get(f"{RECORD}?{query}").text)]

    everybody = ["Signed in Other Other", "Signed in Mod Mod", "Signed in Owen Owen", "Signed in Vera Vera"]
    assert seen(desk) == everybody, "who owns all sites sees all of them"
    assert seen(owen) == everybody[1:], "who owns one sees those who reach it"
    assert seen(mod) == []
    assert 'value="account."' not in mod.get(RECORD).text
    rows = [orjson.loads(line) for line in owen.get(f"{RECORD}.jsonl?action=account.").data.splitlines()]
    assert [(row["site"], row["actor"]) for row in rows] == [(None, "Vera"), (None, "Owen"), (None, "Mod")]
    assert mod.get(f"{RECORD}.jsonl?action=account.").data == b""


def test_filters_by_kind_find_what_is_written_under_them(client: SiteClient, desk: Desk) -> None:
    people = client.parts.people
    people.invite(by=SYSTEM, site_id=client.parts.sites.get("default").id, role=Role.REVIEWER)
    html = desk.get(RECORD).text
    kinds = re.findall(r'<option value="([a-z]+\.)"', html)
    assert {"people.", "account."} <= set(kinds)
    assert [line.split(" ")[0] for line in told(desk.get(f"{RECORD}?action=people.").text)] == ["Invitation"]
    # Every name under which the core writes begins as one of the kinds that there are to choose from, and has words.
    source = "".join(path.read_text("utf-8") for path in Path(embedcomments.__file__).parent.rglob("*.py"))
    written = set(re.findall(r'"((?:comment|thread|plugin|settings|origin|site|job|people|account)\.[a-z_]+)"', source))
    written -= {name for name in written if name.endswith((".html", ".css", ".js", ".json", ".id"))}
    assert {"account.sign_in", "people.role", "comment.publish"} <= written
    assert [name for name in sorted(written) if words_of(name).lower().startswith(name.partition(".")[0] + ":")] == []
    assert {name.partition(".")[0] + "." for name in written} <= set(kinds)


def test_a_spreadsheet_runs_nothing_of_what_stands_in_the_record(client: SiteClient, desk: Desk) -> None:
    comment_id = client.write("Words")["comment"]["id"]
    act(desk, comment_id, "hold", reason='=HYPERLINK("https://evil.example")')
    answer = desk.get(f"{RECORD}.csv?action=comment.")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="record-default.csv"'
    head, row = csv.reader(io.StringIO(answer.text))
    assert dict(zip(head, row, strict=True)) | {"id": "", "at": ""} == {
        "id": "", "at": "", "site": "default", "actor_kind": "moderator", "actor": "Vera", "action": "comment.hold",
        "subject": f"comment:{comment_id}", "before": '{"state":"published"}', "after": '{"state":"held"}',
        "reason": '\'=HYPERLINK("https://evil.example")', "batch": "",
    }  # fmt: skip


def test_pages_of_the_record_follow_one_another(client: SiteClient, desk: Desk) -> None:
    site_id = client.parts.sites.get("default").id
    subject = Subject(kind="plugin", id="x")
    for number in range(120):
        client.parts.auditing.record(
            site_id=site_id, actor=SYSTEM, action="x.done", subject=subject, reason=f"number {number}"
        )
    seen, url = [], f"{RECORD}?action=x."
    while url:
        html = desk.get(url).text
        seen += [int(number) for number in re.findall(r"number (\d+)", html)]
        url = next(iter(re.findall(r'href="([^"]+)">Older', html)), "").replace("&amp;", "&")
    assert seen == list(range(119, -1, -1))


def test_pages_take_the_same_queries_however_much_there_is(client: SiteClient, desk: Desk) -> None:
    def count(path: str) -> int:
        with statements_to(client.parts.database.engine) as seen:
            assert desk.get(path).status_code == 200
        return len(seen)

    made = [client.write(f"Words {n}")["comment"]["id"] for n in range(20)]
    client.parts.moderating.set_state(made[0], HELD, actor="Ani")
    counts = [(count(RECORD), count(page_of(made[0])))]
    for comment_id in made:
        for state in (SPAM, PUBLISHED):
            client.parts.moderating.set_state(comment_id, state, actor="Ani")
    counts.append((count(RECORD), count(page_of(made[0]))))
    assert counts[0] == counts[1]


def test_differences_are_told_by_words_and_make_both_texts() -> None:
    assert differences("the old words", "the new words") == [
        Part("same", "the "), Part("gone", "old"), Part("new", "new"), Part("same", " words"),
    ]  # fmt: skip
    assert differences("", "new") == [Part("new", "new")]
    assert differences("completely other", "xyz") == [Part("gone", "completely other"), Part("new", "xyz")]
    long = "a " * MAX_PIECES
    assert differences(long, long + "b") == [Part("gone", long), Part("new", long + "b")]
    before, after = "Über die Brücke, und zurück.\n\nWeiter", "Über die neue Brücke und zurück.\n\nNicht weiter"
    parts = differences(before, after)
    assert "".join(part.text for part in parts if part.kind != "new") == before
    assert "".join(part.text for part in parts if part.kind != "gone") == after
