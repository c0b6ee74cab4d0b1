"""The page on which a site's own words are tried out and saved."""

from __future__ import annotations

from collections.abc import Callable

from site_client import SiteClient

import embedcomments_profanity

PAGE = "/admin/default/profanity/words"


def test_words_are_tried_and_saved(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(embedcomments_profanity)
    client.write("My <b>widget</b> is shit")
    desk = client.sign_in()
    assert "Further words" in desk.get(PAGE).text

    tried = desk.submit(PAGE, {"action": "try", "extra_words": "wid*", "allowed_words": "shit"}).text
    assert "My &lt;b&gt;<mark>widget</mark>&lt;/b&gt; is" in tried
    assert "In one comment 1 word more would be found, and 1 no longer. Nothing was saved." in tried
    assert client.write("Another shit widget")["comment"]["html"] == "<p>Another s••• widget</p>"

    desk.submit(PAGE, {"action": "save", "extra_words": "wid*", "allowed_words": "shit"})
    assert client.write("A third shit widget")["comment"]["html"] == "<p>A third shit w•••••</p>"
    assert 'name="extra_words" rows="8"' in desk.get(PAGE).text


def test_no_reader_sees_the_page(new_client: Callable[..., SiteClient]) -> None:
    assert new_client(embedcomments_profanity).get(PAGE).status_code in (302, 303, 401, 403)
