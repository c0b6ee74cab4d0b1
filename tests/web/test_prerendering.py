"""A thread as a part of a page that is built ahead, and what machines read in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import orjson
import pytest
from microdata import Microdata
from queries import statements_to
from site_client import SiteClient

from embedcomments.web.assets import STATIC
from embedcomments.web.prerendering import prerender
from embedcomments.web.words import words_for

KEY = "https://example.com/a"
PAGE = f"/api/v1/sites/default/thread.html?key={KEY}"
PART = f"{PAGE}&part=1"
ANSWERS = "http://localhost:8080/api/v1/sites/default/thread.html?key=https%3A%2F%2Fexample.com%2Fa"


@pytest.fixture
def client(new_client: Callable[..., SiteClient]) -> SiteClient:
    """An instance whose client writes under the address of a page."""
    made = new_client()
    made.key = KEY
    return made


def texts(client: SiteClient, part: str = PART) -> list[str]:
    """Those of all comments of the part, from the top."""
    return re.findall(r'itemprop="text" dir="auto"><p>(.*?)</p>', client.get(part).text)


@pytest.mark.parametrize("address", [PAGE, PART])
def test_search_engine_reads_the_page_and_its_comments_within_one_another(client: SiteClient, address: str) -> None:
    one = client.write("one", author={"name": "Ann", "url": "https://ann.example/"})["comment"]
    two = client.write("two", parent_id=one["id"])
    three = client.write("three", parent_id=two["comment"]["id"])["comment"]
    client.call("DELETE", f"/api/v1/comments/{two['comment']['id']}", token=two["edit_token"])

    def item(comment: Any, name: str, **more: Any) -> dict[str, Any]:
        return {
            "type": "Comment",
            "author": [{"type": "Person", "name": [name]} | more],
            "url": [f"#comment-{comment['id']}"],
            "datePublished": ["2026-11-24T09:30:00.000Z"],
            "text": [f"{comment['html'][3:-4]}"],
        }

    assert Microdata(client.get(address).text).items == [
        {
            "type": "WebPage",
            "id": KEY,
            "url": [KEY],
            "name": [KEY],
            "commentCount": ["2"],
            # What was removed is no comment; the answer to it is one to what stands above.
            "comment": [item(one, "Ann", url=["https://ann.example/"]) | {"comment": [item(three, "Anonymous")]}],
        }
    ]


@pytest.mark.parametrize("address", [PAGE, PART])
def test_mention_is_an_item_of_the_page_that_it_comes_from(
    client: SiteClient, mention: Callable[..., Any], address: str
) -> None:
    mention(client, "https://other.example/post", "A post")
    (page,) = Microdata(client.get(address).text).items
    (found,) = page["comment"]
    assert (found["url"], found["name"], found["text"]) == (["https://other.example/post"], ["A post"], ["An excerpt."])


def test_part_is_one_element_with_names_of_its_own_and_brings_nothing_along(client: SiteClient) -> None:
    client.write("one")
    html = client.get(PART).text
    assert html.startswith('<section class="ec-prerendered h-entry" lang="en" dir="ltr" itemscope ')
    assert html.endswith("</section>\n")
    names = {name for group in re.findall(r'class="(.*?)"', html) for name in group.split()}
    assert {name for name in names if not name.startswith(("ec-", "h-", "p-", "u-", "e-", "dt-"))} == set()
    assert not re.search(r"<(?:script|style|link rel|img|iframe|form)|style=|\son\w+=", html)


def test_part_holds_more_than_a_page_and_the_rest_of_long_branches(client: SiteClient) -> None:
    client.fill([f"t{number}" for number in range(120)])
    client.fill(["root", *(f"a{number}" for number in range(140))], below="root")
    found = texts(client)
    assert sorted(found) == sorted([*(f"t{n}" for n in range(120)), "root", *(f"a{n}" for n in range(140))])
    top = found.index("root")
    assert {text[0] for text in found[top + 1 : top + 141]} == {"a"}
    assert 'rel="next"' not in client.get(PART).text


def test_beyond_the_most_links_of_the_server_lead_on(client: SiteClient) -> None:
    client.fill(["root", *(f"a{number}" for number in range(140))], below="root")
    client.fill([f"t{number}" for number in range(220)])
    own = client.parts
    with client.app.app_context():
        html = prerender(own, own.sites.get("default"), KEY, most=130).html
    found = re.findall(r'<a href="(.*?)" rel="next">(.*?)</a>', html)
    assert [(href.split("&amp;after")[0].split("&amp;branch")[0], words) for href, words in found] == [
        (ANSWERS, "More answers"),
        (ANSWERS, "More comments"),
    ]
    seen = re.findall(r'itemprop="text" dir="auto"><p>(.*?)</p>', html)
    assert 130 <= len(seen) <= 230
    for href, _ in found:
        seen += texts(client, href.replace("&amp;", "&").removeprefix("http://localhost:8080"))
    assert len(seen) == len(set(seen)) > 300


def test_number_of_queries_grows_with_pages_not_with_comments(client: SiteClient) -> None:
    own, seen = client.parts, {}
    for number in (1, 30):
        client.fill([f"{number}-{n}" for n in range(number)])
        site = own.sites.get("default")
        with client.app.app_context(), statements_to(own.database.engine) as statements:
            prerender(own, site, KEY)
        seen[number] = len(statements)
    assert seen[1] == seen[30] <= 12


def test_part_follows_what_is_written(client: SiteClient) -> None:
    client.write("one")
    assert texts(client) == ["one"]
    client.write("two")
    assert texts(client) == ["one", "two"]


def test_thread_that_nobody_wrote_in_and_a_hidden_one_have_no_comments(client: SiteClient) -> None:
    assert "Nobody has written here yet." in client.get(PART).text
    client.write("one")
    client.parts.threads.set_hidden(client.parts.sites.get("default"), KEY, True, actor="test")
    html = client.get(PART).text
    assert "one" not in re.sub(r"<.*?>", "", html)
    assert "This discussion is closed." in html
    assert "Nobody has written" not in html


def test_held_comments_are_absent(new_client: Callable[..., SiteClient], holder: ModuleType) -> None:
    client = new_client(holder)
    client.key = KEY
    client.write("HOLD it")
    client.write("one")
    assert texts(client) == ["one"]


def test_words_stand_in_the_language_that_is_asked_for(client: SiteClient) -> None:
    one = client.write("one")
    two = client.write("two", parent_id=one["comment"]["id"])
    client.call("DELETE", f"/api/v1/comments/{two['comment']['id']}", token=two["edit_token"])
    german = client.get(f"{PART}&lang=de-AT").text
    assert 'lang="de" dir="ltr"' in german
    assert ">Kommentare (1)</h2>" in german
    assert ">Anonym</bdi>" in german
    assert ">2026-11-24 09:30</time>" in german
    page = client.get(f"{PAGE}&lang=ar").text
    assert '<html lang="ar" dir="rtl">' in page
    assert client.get(f"{PART}&lang=tlh").text == client.get(PART).text


def test_links_of_a_page_keep_its_language(client: SiteClient) -> None:
    client.fill([f"t{number}" for number in range(120)])
    assert "&amp;lang=de&amp;after=" in client.get(f"{PAGE}&lang=de").text


@pytest.mark.parametrize(
    "tag, lang",
    [("de-AT", "de"), ("zh-TW", "zh-Hant"), ("zh", "zh-Hans"), ("nn", "nb"), ("pt_BR", "pt"), ("", "en"), ("<", "en")],
)
def test_language_is_chosen_as_the_widget_chooses(tag: str, lang: str) -> None:
    assert words_for(tag).lang == lang


def test_every_language_has_every_word_with_its_place_for_a_name() -> None:
    known = orjson.loads((STATIC / "words.json").read_bytes())
    assert len(known) == 34
    for lang, said in known.items():
        words = words_for(lang)
        assert set(said) == set(known["en"])
        assert all(said.values())
        assert "<bdi>A&lt;</bdi>" in words.in_reply_to("A<"), lang


def test_answer_too_deep_says_whom_it_answers(client: SiteClient) -> None:
    above = None
    for number in range(7):
        above = client.write(f"c{number}", author={"name": f"N{number}"}, parent_id=above)["comment"]["id"]
    html = client.get(PART).text
    assert "in reply to <bdi>N4</bdi>" in html
