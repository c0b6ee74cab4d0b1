"""A writer verifies an e-mail address: the note, the mail, the page behind its link, and the comment that appears."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe import AXE, findings
from host_pages import HostPages
from mail_server import MailServer, mail_server
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["profanity", "pingback", "spam"]
smtp_url = "{smtp}"
mail_from = "comments@example.com"
[plugins.moderation]
hold = "nobody"
hold_unverified_email = true
language = "{language}"
"""


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def link_in(message: Any) -> str:
    return str(re.findall(r"http://\S+", message.get_body(("plain",)).get_content())[0])


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize(
    "language, width, scheme, yes, done",
    [
        ("en", 1200, "light", "Yes, the comment is mine", "your comment is published"),
        ("fa", 390, "dark", "بله، دیدگاه از من است", "دیدگاه شما منتشر شد"),
    ],
)
def test_a_comment_appears_once_its_writer_pressed_the_button(
    start_server: Callable[..., QuickServer],
    mail: MailServer,
    host: HostPages,
    new_reader: Readers,
    language: str,
    width: int,
    scheme: str,
    yes: str,
    done: str,
) -> None:
    server = start_server(CONFIG.format(smtp=mail.url, language=language))
    before = len(mail.taken)
    url = host.embed(server.url, f"verify {language}")
    author, other = new_reader(), new_reader()
    for reader in (author, other):
        reader.open(url)
    answer = author.post("Here I am", name="Vera", email="vera@mail.example")
    assert answer["comment"]["state"] == "held"
    note = author.comment("Here I am").get_by_text("We sent a link to your e-mail address.")
    expect(note).to_be_visible()
    author.page.reload()
    author.is_ready()
    expect(note).to_be_visible()
    assert other.texts() == []

    author.wait_for(lambda: len(mail.taken) > before, "the mail")
    mailbox = new_reader(color_scheme=scheme, viewport={"width": width, "height": 700})
    mailbox.page.goto(link_in(mail.taken[-1][1]))
    assert findings(mailbox.page) == []
    assert mailbox.page.evaluate("() => document.documentElement.scrollWidth") == width
    mailbox.page.get_by_role("button", name=yes).click()
    expect(mailbox.page.get_by_role("status")).to_contain_text(done)
    assert findings(mailbox.page) == []

    other.show_arrivals(1)
    expect(author.comment("Here I am").locator(".note")).to_have_count(0)
    expect(note).to_have_count(0)
    assert author.post("And again", name="Vera", email="vera@mail.example")["comment"]["state"] == "published"
