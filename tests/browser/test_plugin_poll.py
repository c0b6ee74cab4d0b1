"""The example of a poll, as readers meet it: above the thread, on another origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from host_pages import HostPages
from playwright.sync_api import expect
from poll_server import QUESTION, serving_poll
from readers import NO_CHANCE, Reader
from running_server import RunningServer

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "async () => (await axe.run('embed-comments')).violations.map(({ id }) => id)"
Readers = Callable[..., Reader]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with serving_poll(tmp_path) as running:
        yield running


def test_reader_votes_above_the_thread_and_sees_the_results(
    server: RunningServer, host: HostPages, new_reader: Readers
) -> None:
    url = host.embed(server.url, "page")
    reader = new_reader()
    reader.open(url)
    poll = reader.thread.get_by_role("group", name=QUESTION)
    yes = poll.get_by_role("button", name="Yes")
    expect(yes).to_have_text("Yes0")
    yes.focus()
    reader.page.keyboard.press("Enter")
    expect(poll.get_by_role("status")).to_have_text("Your vote is counted.")
    expect(yes).to_have_text("Yes1")
    expect(yes).to_have_attribute("aria-pressed", "true")
    assert poll.locator(".share").first.evaluate("element => element.style.inlineSize") == "100%"

    # The thread changes and the poll stays as it is, with the focus in it.
    yes.evaluate("element => { element.mark = 'mine'; }")
    assert server.comment("Somebody writes").status == 201
    expect(reader.thread.locator(".bar button")).to_be_visible()
    reader.page.evaluate("document.querySelector('embed-comments').shadowRoot.querySelector('.bar button').click()")
    expect(reader.comment("Somebody writes")).to_be_visible()
    assert yes.evaluate("element => element.mark") == "mine"

    other = new_reader(script=NO_CHANCE, color_scheme="dark", forced_colors="active")
    other.open(url)
    poll = other.thread.get_by_role("group", name=QUESTION)
    no = poll.get_by_role("button", name="No")
    expect(poll.get_by_role("button", name="Yes")).to_have_text("Yes1")
    no.click()
    expect(poll.get_by_role("status")).to_have_text("A vote from your address was counted before.")
    expect(no).to_have_text("No0")
    expect(no).to_have_attribute("aria-pressed", "false")


def test_lost_vote_can_be_sent_again(server: RunningServer, host: HostPages, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(host.embed(server.url, "page"))
    reader.page.route("**/p/poll/default/vote", lambda route: route.abort(), times=1)
    poll = reader.thread.get_by_role("group", name=QUESTION)
    poll.get_by_role("button", name="No").click()
    expect(poll.get_by_role("status")).to_have_text("Your vote was not counted. Please try again.")
    poll.get_by_role("button", name="No").click()
    expect(poll.get_by_role("button", name="No")).to_have_text("No1")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_poll_has_no_findings_of_axe(scheme: str, server: RunningServer, host: HostPages, new_reader: Readers) -> None:
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    head = f"<style>:root {{ color-scheme: light dark; {colours} }}</style>"
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(server.url, "page", head=head))
    poll = reader.thread.get_by_role("group", name=QUESTION)
    poll.get_by_role("button", name="Yes").click()
    expect(poll.get_by_role("status")).to_have_text("Your vote is counted.")
    reader.page.evaluate(f"() => {{ {AXE.read_text('utf-8')} }}")
    assert reader.page.evaluate(RUN_AXE) == []
