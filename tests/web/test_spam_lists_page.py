"""The desk's page on which owners import lists of senders, domains and words."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
from site_client import Desk, SiteClient, csrf_of

import embedcomments_spam
from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.permissions import Role
from embedcomments.web.admin import session

PAGE = "/admin/default/spam/lists"


@pytest.fixture
def client(new_client: Callable[..., SiteClient]) -> SiteClient:
    return new_client(embedcomments_spam)


def send(desk: Desk, content: bytes, name: str = "list.txt", **more: str) -> Any:
    form = {"file": (io.BytesIO(content), name), "kind": "", "name": "", **more}
    return desk.submit(PAGE, form, content_type="multipart/form-data")


def test_an_owner_imports_a_file_and_removes_it(client: SiteClient) -> None:
    desk = client.sign_in()
    assert "No list was imported yet" in desk.get(PAGE).text
    assert send(desk, gzip.compress(b"192.0.2.1\n192.0.2.2,12,x\n"), "listed_ip_7.txt.gz").status_code == 303
    html = desk.get(PAGE).text
    assert "Read 2 lines; the list listed_ip_7 has 2 entries now." in html
    assert "<bdi>listed_ip_7</bdi>" in html
    assert "Internet addresses and networks, imported" in html
    assert send(desk, b"pills.example\ncheap pills\n").status_code == 303
    assert "Read 2 entries; 2 domains and words are blocked now." in desk.get(PAGE).text
    send(desk, b"192.0.2.1\n", name="listed_ip_7")
    for name, said in (("listed_ip_7", "The list listed_ip_7 is gone."), ("", "imported domains and words are gone")):
        assert desk.submit(PAGE, {"remove": name}).status_code == 303
        assert said in desk.get(PAGE).text
    assert "No list was imported yet" in desk.get(PAGE).text
    found = AuditFilter(site_id=client.parts.sites.get("default").id, action="spam.")
    lines = [
        (line.action, line.actor, dict(line.after or line.before or {})) for line in client.parts.auditing.list(found)
    ]
    assert lines[-1] == ("spam.import-list", "Anahit", {"list": "listed_ip_7", "kind": "ip", "lines": 2})
    assert lines[0] == ("spam.remove-list", "Anahit", {"list": "words"})


def test_lines_that_are_nothing_are_named_by_their_numbers(client: SiteClient) -> None:
    answer = send(client.sign_in(), b"192.0.2.1\nnobody\n192.0.2.3\n192.0.2.4\n192.0.2.5/99\n")
    assert answer.status_code == 200
    assert "Read 3 lines; the list list has 3 entries now." in answer.text
    assert "Passed over line 2, 5: no Internet address or network." in answer.text


@pytest.mark.parametrize(
    ("content", "name", "more", "status", "said"),
    [
        (b"", "", {}, 422, "Choose a file."),
        (b"", "list.txt", {"kind": "ip"}, 422, "There is nothing in the file that is of the kind ip."),
        (b"\x1f\x8bnonsense", "list.gz", {}, 422, "The file cannot be unpacked"),
        (b"1.2.3.4\n", "list.txt", {"kind": "<b>"}, 422, "That is no kind of list."),
        (
            b"1.2.3.4\n" * 2_000,
            "large.txt",
            {},
            413,
            "What was sent is longer than the 10,000 bytes that the desk takes.",
        ),
        (b"\x1f\x8b", "many.gz", {}, 422, "The file has more than 50,000 lines."),
    ],
    ids=["no file", "empty", "damaged", "kind", "large", "many"],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    client: SiteClient,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    name: str,
    more: dict[str, str],
    status: int,
    said: str,
) -> None:
    if name == "large.txt":
        monkeypatch.setattr(session, "MAX_BODY_BYTES", 10_000)
    if name == "many.gz":
        content = gzip.compress(b"1.2.3.4\n" * 50_001)
    desk = client.sign_in()
    answer = send(desk, content, name, **more)
    assert answer.status_code == status
    assert said in answer.text
    assert "<b>" not in answer.text.split("<main", 1)[1]
    assert "No list was imported yet" in desk.get(PAGE).text


def test_hostile_names_are_shown_as_words(client: SiteClient) -> None:
    desk = client.sign_in()
    send(desk, b"192.0.2.1\n", "../../<img src=x onerror=alert(1)>.txt")
    html = desk.get(PAGE).text
    assert "<bdi>img-src-x-onerror-alert-1</bdi>" in html


def test_moderators_have_no_such_page_and_forms_need_their_token(client: SiteClient) -> None:
    token = client.parts.signing_in.one_time_token(name="Nshan", site_id=None, role=Role.MODERATOR)
    moderator = Desk(client)
    page = moderator.get(f"/admin/sign-in?token={token}").text
    moderator.send("/admin/sign-in", {"token": token}, csrf=csrf_of(page))
    assert moderator.get(PAGE).status_code == 403
    assert f'href="{PAGE}"' not in moderator.get("/admin/default/spam/").text
    owner = client.sign_in()
    form = {"file": (io.BytesIO(b"192.0.2.1\n"), "list.txt")}
    assert owner.send(PAGE, form, csrf="x", content_type="multipart/form-data").status_code == 403
    assert "No list was imported yet" in owner.get(PAGE).text
