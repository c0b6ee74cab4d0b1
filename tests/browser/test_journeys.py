"""What people do from beginning to end: a reader who writes, one who is new, a moderator, a robot."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader, is_post

Readers = Callable[..., Reader]
CAREFUL = """
disabled_plugins = ["pingback"]
[plugins.spam]
min_seconds = 0
"""


@pytest.fixture(scope="module")
def careful_server(start_server: Callable[..., QuickServer]) -> QuickServer:
    """As it comes: first-timers wait for a moderator, words are masked. Only the time trap is off."""
    return start_server(CAREFUL)


def open_desk(moderator: Reader, server: QuickServer) -> None:
    """Sign in by a link of the command line, and stand before the queue."""
    moderator.page.goto(server.run("moderator", "link").strip())
    moderator.page.get_by_role("button", name="Sign in").click()
    moderator.page.goto(f"{server.url}/admin/default/moderation/")
    expect(moderator.page.get_by_role("link", name=re.compile("^Held"))).to_have_attribute("aria-current", "page")


def test_reader_writes_previews_posts_edits_answers_and_deletes(page_url: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    thread = reader.thread
    expect(thread.get_by_text("Nobody has written yet.")).to_be_visible()
    form = reader.write("Some *words*", name="Anahit")
    form.get_by_role("button", name="Preview").click()
    expect(form.locator(".preview em")).to_have_text("words")
    form.get_by_role("button", name="Write").click()
    expect(form.locator("textarea")).to_have_value("Some *words*")
    form.get_by_label("Remember me on this device").check()
    form.locator("button.post").click()
    comment = reader.comment("Some words")
    expect(comment).to_be_visible()
    expect(comment.locator(".name")).to_have_text("Anahit")
    expect(comment.locator(".number")).to_have_text("1")
    expect(comment.locator("em")).to_have_text("words")
    expect(thread.get_by_text("Nobody has written yet.")).to_have_count(0)
    expect(thread.locator("form.new textarea")).to_have_value("")
    expect(thread.get_by_role("status")).to_have_text("Your comment is published.")

    comment.locator(".edit-own").click()
    area = thread.locator("form.edit textarea")
    expect(area).to_have_value("Some *words*")
    area.fill("Better words")
    thread.locator("form.edit button.post").click()
    expect(reader.comment("Better words").get_by_text("edited")).to_be_visible()

    reader.post("An answer", to="Better words")
    expect(thread.locator(".kids").get_by_text("An answer")).to_be_visible()
    assert reader.texts() == ["Better words", "An answer"]
    # Their name is remembered as they wished, and after a reload they still may change what is theirs.
    reader.page.reload()
    reader.is_ready()
    expect(reader.comment("An answer").locator(".name")).to_have_text("Anahit")
    expect(reader.comment("An answer").locator(".edit-own")).to_be_visible()

    reader.comment("Better words").locator(".delete-own").click()
    reader.comment("Better words").locator(".really").click()
    expect(thread.get_by_text("This comment was removed.")).to_be_visible()
    assert reader.texts() == ["An answer"]
    reader.comment("An answer").locator(".delete-own").click()
    reader.comment("An answer").locator(".really").click()
    expect(thread.get_by_text("Nobody has written yet.")).to_be_visible()
    expect(thread.locator("article")).to_have_count(0)


def test_first_timer_waits_until_a_moderator_publishes(
    careful_server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    url = host.embed(careful_server.url, "first-timer")
    author, other, moderator = new_reader(), new_reader(), new_reader()
    author.open(url)
    other.open(url)
    answer = author.post("My first words here", name="Newcomer")
    assert answer["comment"]["state"] == "held"
    waiting = "Only you can see this. It awaits a moderator."
    expect(author.comment("My first words here").locator(".note")).to_have_text(waiting)
    author.page.reload()
    author.is_ready()
    expect(author.comment("My first words here").locator(".note")).to_have_text(waiting)
    assert other.texts() == []
    expect(other.thread.locator(".bar")).to_have_count(0)
    other.page.reload()
    other.is_ready()
    assert other.texts() == []

    open_desk(moderator, careful_server)
    item = moderator.page.locator("li.item", has_text="My first words here")
    expect(item).to_contain_text("The writer has no published comment yet.")
    item.get_by_role("button", name="Approve").click()
    expect(moderator.page.get_by_text("1 comment published.")).to_be_visible()

    other.show_arrivals(1)
    assert other.texts() == ["My first words here"]
    expect(author.comment("My first words here").locator(".note")).to_have_count(0)
    expect(author.comment("My first words here").locator(".number")).to_have_text("1")
    # Now they are known.
    assert author.post("And my second")["comment"]["state"] == "published"
    other.show_arrivals(1)
    assert other.texts() == author.texts() == ["My first words here", "And my second"]

    moderator.page.goto(f"{careful_server.url}/admin/default/moderation/?state=published")
    moderator.page.locator("li.item", has_text="And my second").get_by_role("button", name="Reject").click()
    expect(other.comment("And my second")).to_have_count(0)
    expect(author.comment("And my second")).to_have_count(0)
    assert other.texts() == ["My first words here"]


def test_what_fills_the_hidden_field_waits_for_a_moderator(
    careful_server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    robot = new_reader()
    robot.open(host.embed(careful_server.url, "honeypot"))
    form = robot.write("Buy things")
    trap = form.locator("input[name=embedcomments-website]")
    expect(trap).to_have_count(1)
    expect(trap).to_be_hidden()
    trap.evaluate("(field) => { field.value = 'https://buy.example'; }")
    with robot.page.expect_response(is_post) as answer:
        form.locator("button.post").click()
    assert answer.value.json()["comment"]["state"] == "held"
    other = new_reader()
    other.open(host.embed(careful_server.url, "honeypot"))
    assert other.texts() == []


def test_who_sends_too_soon_is_asked_to_wait_and_keeps_the_text(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server('[plugins.moderation]\nhold = "nobody"\n[plugins.spam]\nmin_seconds = 4\n')
    hasty = new_reader()
    hasty.open(host.embed(server.url, "hasty"))
    form = hasty.write("Quick")
    with hasty.page.expect_response(is_post) as answer:
        form.locator("button.post").click()
    assert answer.value.status == 422
    expect(form.get_by_role("alert")).to_contain_text("That was quick!")
    expect(form.locator("textarea")).to_have_value("Quick")

    def is_taken() -> bool:
        with hasty.page.expect_response(is_post) as answer:
            form.locator("button.post").click()
        return answer.value.status == 201

    hasty.wait_for(is_taken, "the end of the wait")
    expect(hasty.comment("Quick")).to_be_visible()


def test_strong_words_are_masked_and_slurs_wait(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server('[plugins.moderation]\nhold = "nobody"\n[plugins.spam]\nmin_seconds = 0\n')
    reader, other = new_reader(), new_reader()
    for each in (reader, other):
        each.open(host.embed(server.url, "words"))
    reader.post("What the fuck is this")
    other.show_arrivals(1)
    assert other.texts() == reader.texts()
    assert other.texts() == ["What the f••• is this"]
    assert reader.post("You retard")["comment"]["state"] == "held"
    expect(reader.comment("You retard").locator(".note")).to_be_visible()
    other.page.reload()
    other.is_ready()
    assert len(other.texts()) == 1


def test_draft_survives_a_reload(page_url: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    reader.write("Half a thou")
    reader.wait_for(
        lambda: reader.page.evaluate("Object.keys(localStorage).some((name) => name.includes('draft:'))"), "the draft"
    )
    reader.page.reload()
    reader.is_ready()
    expect(reader.thread.locator("form.new textarea")).to_have_value("Half a thou")


def test_closed_thread_says_so_and_takes_nothing(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    reader, other = new_reader(), new_reader()
    for each in (reader, other):
        each.open(page_url)
    other.post("Early")
    form = reader.write("Late")
    open_server.run("thread", "close", key)
    expect(other.thread.get_by_text("This discussion is closed.")).to_be_visible()
    expect(other.thread.locator("form")).to_have_count(0)
    expect(other.comment("Early").get_by_role("button", name=re.compile("^Reply"))).to_have_count(0)
    # Words that stand there are nobody's to take away; they are refused.
    expect(reader.thread.get_by_text("This discussion is closed.")).to_be_visible()
    form.locator("button.post").click()
    expect(form.get_by_role("alert")).to_contain_text("closed")
    expect(form.locator("textarea")).to_have_value("Late")
    open_server.run("thread", "reopen", key)
    expect(other.thread.locator("form.new")).to_be_visible()
