"""WordPress exports are read whole, whatever their version, and refused when they are broken or hostile."""

import io
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from embedcomments.domain.comments import Author, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.errors import ImportFailed
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.services.importing.wordpress import read_wordpress

DATA = Path(__file__).parents[4] / "shared" / "data" / "import"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><wp:wxr_version>1.2</wp:wxr_version>\n'
)
FOOT = "</channel></rss>"


def comment(**fields: str) -> str:
    """A ``wp:comment`` with ``comment_*`` fields; what is not given is as WordPress writes it for a plain comment."""
    defaults = {"id": "1", "author": "Ann", "date_gmt": "2026-11-01 10:00:00", "content": "Hello", "approved": "1"}
    inner = "".join(f"<wp:comment_{n}><![CDATA[{v}]]></wp:comment_{n}>" for n, v in (defaults | fields).items())
    return f"<wp:comment>{inner}</wp:comment>"


def item(*comments: str, link: str = "https://news.example/a/", status: str = "open", more: str = "") -> str:
    return (
        f"<item><title>A</title><link>{link}</link><wp:comment_status>{status}</wp:comment_status>"
        f"{more}{''.join(comments)}</item>"
    )


def read(*items: str, head: str = HEAD) -> list[ImportedThread]:
    return read_wordpress(io.BytesIO((head + "".join(items) + FOOT).encode()))


def only(threads: list[ImportedThread]) -> ImportedComment:
    [thread] = threads
    [found] = thread.comments
    return found


def deepest(thread: ImportedThread) -> int:
    parents = {found.external_id: found.parent_external_id for found in thread.comments}

    def depth(external_id: str) -> int:
        parent = parents[external_id]
        return 1 if parent is None else 1 + depth(parent)

    return max(map(depth, parents), default=0)


@pytest.fixture
def theme_unit_test() -> list[ImportedThread]:
    file = DATA / "wordpress-theme-unit-test.xml"
    with file.open("rb") as stream:
        return read_wordpress(stream)


@pytest.mark.shared_data
def test_real_export_loses_no_comment(theme_unit_test: list[ImportedThread]) -> None:
    comments = [found for thread in theme_unit_test for found in thread.comments]
    assert Counter((found.kind.value, found.state.value) for found in comments) == {
        ("comment", "published"): 25,
        ("comment", "held"): 3,
        ("pingback", "published"): 2,
        ("trackback", "published"): 2,
    }
    assert len({found.external_id for found in comments}) == 32
    assert {thread.key.removeprefix("https://wpthemetestdata.wordpress.com"): len(thread.comments)
            for thread in theme_unit_test if thread.comments} == {
        "/about/page-with-comments/": 4,
        "/blog/": 1,
        "/2012/01/03/template-comments/": 20,
        "/2012/01/01/template-pingbacks-an-trackbacks/": 5,
        "/2012/01/04/template-password-protected/": 1,
        "/2009/08/06/edge-case-no-content/": 1,
    }  # fmt: skip


@pytest.mark.shared_data
def test_real_export_keeps_its_branches(theme_unit_test: list[ImportedThread]) -> None:
    by_id = {found.external_id: found.parent_external_id for thread in theme_unit_test for found in thread.comments}
    assert {child: parent for child, parent in by_id.items() if parent} == {
        "1017": "168",
        "905": "904",
        "906": "905",
        "907": "906",
        "910": "907",
        "911": "910",
        "912": "911",
        "913": "912",
        "914": "913",
        "915": "914",
    }
    assert max(deepest(thread) for thread in theme_unit_test) == 10


@pytest.mark.shared_data
def test_real_export_keeps_what_is_closed(theme_unit_test: list[ImportedThread]) -> None:
    assert Counter((thread.closed, bool(thread.comments)) for thread in theme_unit_test) == {
        (True, True): 3,
        (True, False): 46,
        (False, True): 3,
    }


@pytest.mark.shared_data
def test_real_export_has_titles_and_linkbacks_as_people_read_them(theme_unit_test: list[ImportedThread]) -> None:
    linkbacks = [
        (found.kind, found.link)
        for thread in theme_unit_test
        for found in thread.comments
        if found.kind is CommentKind.PINGBACK
    ]
    assert linkbacks == [
        (CommentKind.PINGBACK, Link(url=f"http://tellyworth.wordpress.com/2007/11/21/ping-{number}/", title=title))
        for number, title in ((4, "Ping 4 « What’s a tellyworth?"), (3, "Ping 3 « What’s a tellyworth?"))
    ]
    assert "Markup: Title With Markup" in {thread.title for thread in theme_unit_test}


@pytest.mark.shared_data
def test_export_in_the_oldest_version_with_gaps_is_read() -> None:
    file = DATA / "wordpress-isso.xml"
    with file.open("rb") as stream:
        first, second = read_wordpress(stream)
    assert (first.key, first.title, len(first.comments)) == ("http://example.tld/2014/test/", "Hello, World…", 7)
    assert (second.key, second.title, len(second.comments)) == ("http://example.tld/?p=4", "...", 1)
    assert [(found.external_id, found.parent_external_id) for found in first.comments if found.parent_external_id] == [
        ("7", "6"),
        ("8", "7"),
        ("9", "7"),
    ]
    assert {found.author.email for found in first.comments} == {
        "test@example.org",
        "info@posativ.org",
        "multiline@example.org",
    }
    assert deepest(first) == 3


def test_whole_comment() -> None:
    text = comment(
        id="7",
        parent="3",
        author="O&#039;Neil &amp; Sons",
        author_email=" ann@example.org\n",
        author_url="https://ann.example/",
        author_IP="203.0.113.9",
        date="2026-11-01 14:00:00",
        content="One\n\ntwo",
    )
    assert read(item(text, link="https://News.example:443//a/?utm_source=x#c1")) == [
        ImportedThread(
            key="https://news.example/a/",
            url="https://News.example:443//a/?utm_source=x#c1",
            title="A",
            closed=False,
            comments=(
                ImportedComment(
                    external_id="7",
                    parent_external_id="3",
                    kind=CommentKind.COMMENT,
                    state=CommentState.PUBLISHED,
                    created_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
                    author=Author(name="O'Neil & Sons", email="ann@example.org", url="https://ann.example/"),
                    text="<p>One</p>\n<p>two</p>",
                    source_format=SourceFormat.HTML,
                ),
            ),
        )
    ]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_spelling_of_the_namespace_is_read(scheme: str, version: str) -> None:
    head = HEAD.replace("http://wordpress.org/export/1.2/", f"{scheme}://wordpress.org/export/{version}/")
    assert only(read(item(comment()), head=head)).text == "<p>Hello</p>"


@pytest.mark.parametrize(
    "approved, state",
    [
        ("1", CommentState.PUBLISHED),
        ("0", CommentState.HELD),
        ("spam", CommentState.SPAM),
        ("trash", CommentState.DELETED),
        ("post-trashed", CommentState.DELETED),
        ("a plugin's own", CommentState.HELD),
    ],
)
def test_approval_becomes_a_state(approved: str, state: CommentState) -> None:
    assert only(read(item(comment(approved=approved)))).state is state


@pytest.mark.parametrize(
    "wordpress, kind, has_link",
    [
        ("", CommentKind.COMMENT, False),
        ("comment", CommentKind.COMMENT, False),
        ("review", CommentKind.COMMENT, False),
        ("pingback", CommentKind.PINGBACK, True),
        ("trackback", CommentKind.TRACKBACK, True),
    ],
)
def test_type_becomes_a_kind(wordpress: str, kind: CommentKind, has_link: bool) -> None:
    found = only(read(item(comment(type=wordpress, author="Else &raquo; Where", author_url="http://else.example/1"))))
    assert found.kind is kind
    assert found.link == (Link(url="http://else.example/1", title="Else » Where") if has_link else None)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://", "www.example.com", "http://[::1", "http://a b.example", "//a.example"]
)
def test_useless_url_is_dropped_and_the_comment_kept(url: str) -> None:
    found = only(read(item(comment(author_url=url, type="pingback"))))
    assert (found.author, found.kind, found.link) == (Author(name="Ann"), CommentKind.PINGBACK, None)


@pytest.mark.parametrize(
    "fields, more, expected",
    [
        ({"date": "2026-11-02 08:00:00"}, "", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        ({}, "<wp:post_date_gmt>2026-10-01 08:00:00</wp:post_date_gmt>", datetime(2026, 10, 1, 8, tzinfo=UTC)),
        ({}, "<pubDate>Thu, 01 Oct 2026 10:00:00 +0200</pubDate>", datetime(2026, 10, 1, 8, tzinfo=UTC)),
        ({}, "<pubDate>Thu, 01 Oct 2026 08:00:00 -0000</pubDate>", datetime(2026, 10, 1, 8, tzinfo=UTC)),
        ({}, "<pubDate>Mon, 30 Nov -0001 00:00:00 +0000</pubDate>", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_missing_date_is_taken_from_the_next_best(fields: dict[str, str], more: str, expected: datetime) -> None:
    found = only(read(item(comment(date_gmt="0000-00-00 00:00:00", **fields), more=more)))
    assert found.created_at == expected


def test_parent_zero_none_and_itself_are_no_parent() -> None:
    [thread] = read(item(comment(id="1", parent="0"), comment(id="2", parent=""), comment(id="3", parent="3")))
    assert [found.parent_external_id for found in thread.comments] == [None, None, None]


def test_pages_without_comments_make_a_thread_only_when_closed() -> None:
    threads = read(
        item(link="https://news.example/open"),
        item(link="https://news.example/closed", status="closed"),
        item(link="https://news.example/menu", status="closed", more="<wp:post_type>nav_menu_item</wp:post_type>"),
        item(link="", status="closed"),
    )
    assert [(thread.key, thread.closed, thread.comments) for thread in threads] == [
        ("https://news.example/closed", True, ())
    ]


def test_comments_of_a_page_without_address_are_kept_under_its_id() -> None:
    [one, two] = read(
        item(comment(), link="", more="<wp:post_id>18</wp:post_id>"), item(comment(), link="http://" + "a" * 1000)
    )
    assert [(thread.key, thread.url, len(thread.comments)) for thread in (one, two)] == [
        ("wordpress-18", None, 1),
        ("wordpress-item-2", None, 1),
    ]


def test_two_items_with_one_address_become_one_thread_without_doubles() -> None:
    [thread] = read(
        item(comment(id="1"), comment(id="2", content="First")),
        item(comment(id="1"), comment(id="2", content="Second"), comment(id="")),
    )
    assert [(found.external_id, found.text) for found in thread.comments] == [
        ("1", "<p>Hello</p>"),
        ("2", "<p>First</p>"),
        ("2#3", "<p>Second</p>"),
        ("unnamed#3", "<p>Hello</p>"),
    ]


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b" \n", b"x", b"\x00\x1b"])
def test_stray_characters_ahead_are_passed_over(lead: bytes) -> None:
    file = io.BytesIO(lead + (HEAD + item(comment()) + FOOT).encode())
    assert only(read_wordpress(file)).text == "<p>Hello</p>"


def test_control_characters_that_xml_forbids_are_left_out() -> None:
    assert only(read(item(comment(content="Hel\x08lo\x00 \x0bthere")))).text == "<p>Hello there</p>"


def test_utf16_is_read() -> None:
    export = (HEAD.replace("UTF-8", "UTF-16") + item(comment(content="Բարև")) + FOOT).encode("utf-16")
    assert only(read_wordpress(io.BytesIO(export))).text == "<p>Բարև</p>"


@pytest.mark.parametrize("lead", ["", "\n\n"])
def test_broken_xml_is_told_with_line_and_column(lead: str) -> None:
    with pytest.raises(ImportFailed) as caught:
        read_wordpress(io.BytesIO((lead + HEAD + "<item><title>A & B</title></item>" + FOOT).encode()))
    line = 3 + len(lead)
    assert caught.value.data == {"line": line, "column": 17}
    assert (
        caught.value.message
        == f"The file is not well-formed XML: not well-formed (invalid token), line {line}, column 17."
    )


@pytest.mark.parametrize(
    "export",
    [
        b"",
        b"no XML at all",
        b'{"threads": []}',
        (HEAD + item(comment())).encode(),
        (HEAD + item(comment()) + FOOT).encode().replace(b"Hello", b"\xff\xfe"),
        (HEAD.replace("UTF-8", "no-such-encoding") + FOOT).encode(),
        b"<html><body></body></html>",
        b'<rss version="2.0"><channel><item><title>A</title></item></channel></rss>',
    ],
    ids=["empty", "text", "json", "cut off", "not utf-8", "unknown encoding", "html", "plain feed"],
)
def test_what_is_no_export_is_refused(export: bytes) -> None:
    with pytest.raises(ImportFailed):
        read_wordpress(io.BytesIO(export))


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">',
    ],
)
def test_dtd_is_refused(dtd: str) -> None:
    with pytest.raises(ImportFailed, match="DTD"):
        read(item(comment()), head=HEAD.replace("<rss", dtd + "<rss"))


class Pipe(io.RawIOBase):
    """An export that is made while it is read, as long as a real one's posts are."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def test_memory_does_not_grow_with_the_posts() -> None:
    post = f"<content:encoded><![CDATA[{'lorem ipsum ' * 20_000}]]></content:encoded>"

    def pieces() -> Iterator[bytes]:
        yield HEAD.encode()
        for number in range(80):  # 240 KB each, 19 MB in all
            yield item(comment(), link=f"https://news.example/{number}", more=post).encode()
        yield FOOT.encode()

    tracemalloc.start()
    try:
        assert len(read_wordpress(Pipe(pieces()))) == 80  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
