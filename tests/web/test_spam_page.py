"""The page on which the spam plugin shows what it learned."""

from __future__ import annotations

import re
from collections.abc import Callable

from site_client import SiteClient

import embedcomments_spam
from embedcomments.domain.comments import CommentState

PAGE = "/admin/default/spam/"


def test_the_desk_shows_what_weighs_and_how_right_the_filter_is(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(embedcomments_spam)
    desk = client.sign_in()
    assert "Nothing was learned yet" in desk.get(PAGE).text

    for number in range(3):
        for text, state in (("Order pills <now>", CommentState.SPAM), ("A kind thought", CommentState.PUBLISHED)):
            comment = client.write(f"{text} {number}")["comment"]["id"]
            for step in (CommentState.HELD, state):
                client.set_state(comment, step)
        client.instance.jobs.run_due()
    html = desk.get(PAGE).text

    assert "3 spam, 3 other" in html
    assert "the last 6 decisions" in html
    assert re.search(r"<h2>What it may do</h2>.*Nothing yet", html)
    speaks_for, speaks_against = html.split("What speaks against it")
    assert re.search(r"<bdi>pills</bdi></td><td class=\"number\">\+0\.\d\d", speaks_for)
    assert re.search(r"<bdi>thought</bdi></td><td class=\"number\">-0\.\d\d", speaks_against)
    assert "<now>" not in html
    assert re.search(r'href="[^"]*/spam/"[^>]*>\s*Spam filter', html)


def test_no_reader_sees_the_page(new_client: Callable[..., SiteClient]) -> None:
    assert new_client(embedcomments_spam).get(PAGE).status_code in (302, 303, 401, 403)
