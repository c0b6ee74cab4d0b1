"""The record and a comment's page in a browser: for everybody, on a phone, in the dark, without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Page, expect
from readers import Reader

Readers = Callable[..., Reader]
PHONE, SCREEN = {"width": 390, "height": 800}, {"width": 1200, "height": 800}


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server('[plugins.moderation]\nhold = "nobody"\n[plugins.spam]\nmin_seconds = 0\n')


@pytest.fixture(scope="module")
def comment_id(server: QuickServer) -> str:
    """An answer that several people had to do with."""
    top = server.comment("What is answered", key="record", author={"name": "Writer"}).json["comment"]["id"]
    made = server.comment("The first words of it", key="record", parent_id=top, author={"name": "Անահիտ"}).json
    path, token = f"/api/v1/comments/{made['comment']['id']}", {"Authorization": f"Bearer {made['edit_token']}"}
    server.call("PATCH", path, {"text": "The second words of it"}, token)
    server.run("thread", "pin", top)
    return str(made["comment"]["id"])


def enter(reader: Reader, server: QuickServer, path: str) -> Page:
    page = reader.page
    page.goto(server.run("moderator", "link", "--name", "Anahit").strip())
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".who")).to_contain_text("Anahit")
    page.goto(f"{server.url}/admin/default/{path}")
    return page


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [SCREEN, PHONE], ids=["screen", "phone"])
def test_axe_finds_nothing(
    viewport: dict[str, int], scheme: str, server: QuickServer, comment_id: str, new_reader: Readers
) -> None:
    page = enter(new_reader(viewport=viewport, color_scheme=scheme, reduced_motion="reduce"), server, "record")
    assert findings(page) == []
    page.goto(f"{server.url}/admin/default/record?subject=comment:{comment_id}")
    assert findings(page) == []
    page.goto(f"{server.url}/admin/default/comments/{comment_id}")
    page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true")
    assert findings(page) == []


def test_a_phone_without_script_edits_closes_and_reads_the_history(
    server: QuickServer, comment_id: str, new_reader: Readers
) -> None:
    reader = new_reader(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = enter(reader, server, f"comments/{comment_id}")
    page.get_by_text("Edit the text").click()
    page.get_by_label("Text").fill("The third words of it")
    form = page.locator("form", has=page.get_by_label("Text"))
    form.get_by_label("Reason").fill("A slip")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_contain_text("Saved.")
    expect(page.locator("article .said")).to_have_text("The third words of it")
    page.get_by_role("button", name="Close the branch").click()
    expect(page.locator("article .pill", has_text="Branch closed")).to_be_visible()
    last = page.locator(".history li").last
    expect(last).to_contain_text("Branch closed by Anahit")
    edit = page.locator(".history li", has_text="A slip")
    expect(edit.locator("del")).to_have_text("second")
    expect(edit.locator("ins")).to_have_text("third")
    assert page.locator("main").bounding_box()["width"] <= 320  # type: ignore[index]
    page.get_by_role("link", name="In the record").click()
    expect(page.locator(".line")).to_have_count(3)
    page.get_by_role("button", name="Open the branch").wait_for(state="detached")


def test_readers_see_what_is_pinned_and_no_way_to_answer_in_a_closed_branch(
    server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    key = "pinned and closed"
    first = server.comment("Stands first by time", key=key).json["comment"]["id"]
    below = server.comment("Stands below it", key=key, parent_id=first).json["comment"]["id"]
    pinned = server.comment("Stands first by choice", key=key).json["comment"]["id"]
    server.run("thread", "pin", pinned)
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    assert reader.texts() == ["Stands first by choice", "Stands first by time", "Stands below it"]
    expect(reader.comment("Stands first by choice").locator(".badge")).to_have_text("Pinned")
    assert reader.thread.locator(".badge").count() == 1
    expect(reader.thread.locator(".reply")).to_have_count(3)
    desk = enter(new_reader(viewport=SCREEN), server, f"comments/{first}")
    desk.get_by_role("button", name="Close the branch").click()
    expect(desk.locator(".notice")).to_contain_text("Nobody can answer here any more.")
    expect(reader.comment("Stands first by time").locator(".reply")).to_have_count(0)
    reader.open(host.embed(server.url, key))
    expect(reader.thread.locator(".reply")).to_have_count(1)
    expect(reader.comment("Stands first by choice").locator(".reply")).to_be_visible()
    assert server.comment("No", key=key, parent_id=below).json["code"] == "branch_closed"


def test_readers_of_both_pages_see_all_of_it_when_their_threads_are_merged(
    server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    for key in ("merged old", "merged new"):
        server.comment(f"Written under {key}", key=key)
    readers = {key: new_reader() for key in ("merged old", "merged new")}
    for key, reader in readers.items():
        reader.open(host.embed(server.url, key))
        assert reader.texts() == [f"Written under {key}"]
    before = {key: reader.subscribed for key, reader in readers.items()}
    server.run("thread", "merge", "merged old", "merged new")
    for key, reader in readers.items():
        reader.wait_for(lambda key=key: readers[key].subscribed > before[key], "the feed of the merged thread")
    server.comment("Written afterwards", key="merged old")
    everything = {"Written under merged old", "Written under merged new", "Written afterwards"}
    for reader in readers.values():
        reader.show_arrivals(2)
        assert set(reader.texts()) == everything
