"""What one reader writes the other sees without reloading: everything, in order, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from databases import new_postgres
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader, is_post

Readers = Callable[..., Reader]


def test_a_comment_reaches_the_other_reader_without_reloading(page_url: str, new_reader: Readers) -> None:
    writer, other = new_reader(), new_reader()
    for reader in (writer, other):
        reader.open(page_url)
    writer.post("Hello there", name="Anahit")
    other.show_arrivals(1)
    assert other.texts() == writer.texts() == ["Hello there"]
    expect(other.thread.locator("h2")).to_have_text("1 comment")
    expect(other.comment("Hello there").locator(".name")).to_have_text("Anahit")


def test_a_conversation_of_comments_and_replies_ends_the_same_for_both(page_url: str, new_reader: Readers) -> None:
    one, two = new_reader(), new_reader()
    for reader in (one, two):
        reader.open(page_url)
    one.post("First")
    one.post("Second")
    two.show_arrivals(2)
    two.post("To the first", to="First")
    one.show_arrivals(1)
    one.post("And back", to="To the first")
    one.post("Third")
    two.show_arrivals(2)
    two.post("To the second", to="Second")
    one.show_arrivals(1)
    assert one.texts() == two.texts() == ["First", "To the first", "And back", "Second", "To the second", "Third"]
    two.page.reload()
    two.is_ready()
    assert two.texts() == one.texts()


def test_an_edit_and_a_removal_show_in_place(page_url: str, new_reader: Readers) -> None:
    writer, other = new_reader(), new_reader()
    writer.open(page_url)
    writer.post("Befor")
    writer.post("Regretted")
    other.open(page_url)
    comment = writer.comment("Befor")
    comment.locator(".edit-own").click()
    area = writer.thread.locator("form.edit textarea")
    expect(area).to_have_value("Befor")
    area.fill("Before")
    writer.thread.locator("form.edit button.post").click()
    expect(other.comment("Before")).to_be_visible()
    expect(other.comment("Before").locator(".when").last).to_have_text("edited")
    writer.comment("Regretted").locator(".delete-own").click()
    writer.comment("Regretted").locator(".really").click()
    expect(other.comment("Regretted")).to_have_count(0)
    assert other.texts() == writer.texts() == ["Before"]
    expect(other.thread.locator("h2")).to_have_text("1 comment")


def test_a_kill_loses_and_doubles_nothing_that_readers_see(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server()
    url = host.embed(server.url, "kill")
    writer, other = new_reader(), new_reader()
    for reader in (writer, other):
        reader.open(url)
    writer.post("Before", name="Anahit")
    writer.requests.clear()
    server.kill()
    form = writer.write("During")
    form.locator("button.post").click()
    expect(writer.comment("During").locator(".note")).to_contain_text("Not sent yet")
    server.start()
    with writer.page.expect_response(is_post) as answer:
        writer.thread.get_by_role("button", name="Send now").click()
    assert answer.value.status == 201
    keys = [request.headers["idempotency-key"] for request in writer.requests if request.method == "POST"]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    writer.post("After")
    other.show_arrivals(3)
    assert other.texts() == writer.texts() == ["Before", "During", "After"]
    other.page.reload()
    other.is_ready()
    assert other.texts() == ["Before", "During", "After"]


def test_a_comment_whose_answer_was_lost_is_there_once_after_trying_again(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    writer, other = new_reader(), new_reader()
    for reader in (writer, other):
        reader.open(page_url)

    def lose(route: Any) -> None:
        if route.request.method == "POST":
            assert route.fetch().status == 201
            route.abort()
        else:
            route.continue_()

    writer.page.route("**/comments", lose)
    form = writer.write("Once")
    form.locator("button.post").click()
    expect(writer.comment("Once").locator(".note")).to_contain_text("Not sent yet")
    writer.page.unroute("**/comments")
    with writer.page.expect_response(is_post) as answer:
        writer.thread.get_by_role("button", name="Send now").click()
    assert answer.value.status == 201
    other.show_arrivals(1)
    expect(writer.thread.locator("article")).to_have_count(1)
    expect(writer.thread.locator(".bar")).to_have_count(0)
    assert other.texts() == writer.texts() == ["Once"]
    expect(writer.thread.locator("h2")).to_have_text("1 comment")
    assert open_server.get(f"/api/v1/sites/default/thread?key={key}").json["thread"]["count"] == 1


@pytest.fixture(params=["sqlite", "postgresql", "postgresql and redis"])
def two_workers(request: pytest.FixtureRequest, start_server: Callable[..., QuickServer]) -> Iterator[QuickServer]:
    """A server of two processes."""
    environment = {}
    if "postgresql" in request.param:
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    if "redis" in request.param:
        environment["EMBEDCOMMENTS_REDIS_URL"] = request.getfixturevalue("redis_url")
    server = start_server(environment=environment, options=("--workers", "2"))
    yield server
    server.stop()


@pytest.mark.slow
def test_readers_of_two_processes_see_each_other(
    two_workers: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    url = host.embed(two_workers.url, "two workers")
    # With four of them it is likely that both processes hold sockets and that both take posts.
    readers = [new_reader() for _ in range(4)]
    for reader in readers:
        reader.open(url)
    wanted = []
    for number, reader in enumerate(readers):
        wanted.append(f"By reader {number}")
        reader.post(wanted[-1])
        for other in readers:
            if other is not reader:
                other.show_arrivals(1)
    assert [reader.texts() for reader in readers] == [wanted] * 4
