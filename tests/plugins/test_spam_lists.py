"""Lists of senders from files, as StopForumSpam publishes them."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from site_client import SiteClient
from sqlalchemy import func, select

import embedcomments_spam as plugin
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.testing import make_draft
from embedcomments_spam import commands, importing, listing
from embedcomments_spam.importing import list_name, read_file
from embedcomments_spam.listing import network_in
from embedcomments_spam.tables import listed
from embedcomments_spam.tables import listing as listings

RULES = {"min_seconds": 0, "under_attack": "off", "max_repeats": 0, "max_near_repeats": 0, "max_from_address": 0}
IPS = "198.51.100.7\n203.0.113.200\n# a comment\n2001:db8:1:2::9\n"
CSV = '"198.51.100.7","120","2026-11-29 10:00:00"\n"203.0.113.200","12","2026-11-28 10:00:00"\n192.0.2.5,1,2026-01-01\n'


@dataclass
class Lists:
    client: SiteClient
    folder: Path
    clock: Any

    @property
    def ctx(self) -> Any:
        site = self.client.parts.sites.get("default")
        return self.client.parts.contexts.of(self.client.parts.choices.find(site, "spam"), site)

    def run(self, command: Any, *arguments: str) -> Any:
        done = CliRunner().invoke(command, list(arguments), obj=lambda _: self.ctx)
        self.clock.advance(seconds=6)
        return done

    def block(self, content: str | bytes, file: str = "list.txt", *more: str) -> Any:
        path = self.folder / file
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run(commands.block, str(path), *more)

    def write(self, text: str = "A kind thought about bridges", *, address: str = "192.0.2.99", **how: Any) -> Comment:
        made = self.client.write(text, headers={"X-Forwarded-For": address}, **how)
        return self.client.row(made["comment"]["id"])

    def entries(self) -> int:
        with self.ctx.tables.read() as connection:
            return int(connection.execute(select(func.count()).select_from(listed)).scalar_one())


@pytest.fixture
def lists(
    new_client: Callable[..., SiteClient], choose: Callable[..., None], tmp_path: Path, clock: Any
) -> Lists:  # fmt: skip
    client = new_client(plugin, trusted_proxies=1)
    choose(client, "spam", **RULES)
    return Lists(client=client, folder=tmp_path, clock=clock)


def test_listed_address_is_held_with_how_often_it_was_reported(lists: Lists) -> None:
    assert lists.write(address="198.51.100.7").state is CommentState.PUBLISHED
    assert lists.block(CSV, "listed_ip_30.txt").output == (
        "Read 3 lines; the list listed_ip_30 (ip) has 3 entries now.\n"
    )
    held = lists.write(address="198.51.100.7")
    reason = "spam: The Internet address is on the list listed_ip_30, with 120 reports."
    assert (held.state, held.reason) == (CommentState.HELD, reason)
    scores = [
        lists.ctx.comments.verdicts([lists.write(address=address).id]).popitem()[1][0].score
        for address in ("198.51.100.7", "203.0.113.200", "192.0.2.5")
    ]
    assert scores == [0.9, 0.7, 0.5]
    assert lists.write(address="198.51.100.8").state is CommentState.PUBLISHED


def test_an_address_of_ipv6_is_known_by_its_network(lists: Lists) -> None:
    lists.block(IPS)
    assert lists.write(address="2001:db8:1:2:ffff::1").state is CommentState.HELD
    assert lists.write(address="2001:db8:1:3::9").state is CommentState.PUBLISHED
    assert lists.write(address="::ffff:198.51.100.7").state is CommentState.HELD


def test_networks_are_blocked_and_named(lists: Lists) -> None:
    said = lists.block("198.51.100.0/24\n203.0.113.64/26\n10.0.0.0/7\n2001:db8:a::/48\n", "toxic_ip_cidr.txt")
    assert "Passed over line 3: no Internet address or network." in said.output
    held = lists.write(address="203.0.113.65")
    assert held.reason == "spam: The network 203.0.113.64/26 of the Internet address is on the list toxic_ip_cidr."
    for address, state in (
        ("198.51.100.250", CommentState.HELD),
        ("203.0.113.1", CommentState.PUBLISHED),
        ("2001:db8:a:9::1", CommentState.HELD),
        ("2001:db8:b::1", CommentState.PUBLISHED),
    ):
        assert lists.write(address=address).state is state, address


def test_an_edit_is_judged_by_the_sender_that_is_kept(lists: Lists) -> None:
    made = lists.client.write("A fine day", headers={"X-Forwarded-For": "198.51.100.7"})
    lists.block("198.51.100.0/24\n", "nets.txt")
    path = f"/api/v1/comments/{made['comment']['id']}"
    lists.client.call("PATCH", path, json={"text": "A finer day"}, token=made["edit_token"])
    assert lists.client.row(made["comment"]["id"]).reason == (
        "spam: The network of the Internet address is on the list nets."
    )


def test_email_addresses_names_and_domains_are_recognised(lists: Lists) -> None:
    assert (
        "the list mails (email) has 2 entries"
        in lists.block("Bad@Example.net,3,x\nother@mail.example\n", "mails.txt").output
    )
    assert "(name) has 1 entries" in lists.block("XRumer  test\n", "names.csv", "--kind", "name").output
    assert (
        "(domain) has 2 entries"
        in lists.block("toxic.example\nbad.test\nno domain\n", "d.txt", "--kind", "domain").output
    )

    def said(**author: str) -> tuple[CommentState, str | None]:
        made = lists.write(author={"name": "Ani", **author})
        return made.state, made.reason

    assert said(email="bad@example.NET")[1] == "spam: The e-mail address is on the list mails, with 3 reports."
    assert said(email="a@mail.toxic.example")[1] == "spam: The e-mail’s domain toxic.example is on the list d."
    assert said(name="xrumer TEST")[1] == "spam: The name “xrumer TEST” is on the list names."
    assert said(url="https://www.bad.test/x") == (
        CommentState.SPAM,
        "spam: It links to bad.test, which is on the list d.",
    )
    assert lists.write("See https://toxic.example/ for it, I think").state is CommentState.SPAM
    assert said(email="good@example.net") == (CommentState.PUBLISHED, None)


def test_the_same_list_again_replaces_the_earlier_one(lists: Lists) -> None:
    lists.block(IPS, "listed_ip_7.txt")
    lists.block("192.0.2.44\n", "toxic.txt")
    assert lists.entries() == 4
    lists.block("203.0.113.9\n", "listed_ip_7.txt.gz")
    assert lists.entries() == 2
    assert lists.write(address="198.51.100.7").state is CommentState.PUBLISHED
    assert lists.write(address="203.0.113.9").state is CommentState.HELD
    assert lists.write(address="192.0.2.44").state is CommentState.HELD
    shown = [line.split("\t")[:3] for line in lists.run(commands.lists).output.splitlines()]
    assert shown == [["listed_ip_7", "ip", "1"], ["toxic", "ip", "1"]]
    assert lists.run(commands.unblock, "--list", "toxic").output == "The list toxic is gone.\n"
    assert lists.run(commands.unblock, "--list", "toxic").exit_code == 1
    assert lists.write(address="192.0.2.44").state is CommentState.PUBLISHED
    assert lists.entries() == 1


def test_packed_files_are_read(lists: Lists) -> None:
    lists.block(gzip.compress(IPS.encode()), "a.gz")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.md", "no")
        archive.writestr("listed_ip_1.txt", IPS)
    lists.block(packed.getvalue(), "b.zip")
    assert [(item.name, item.entries) for item in listing.listings_of(lists.ctx)] == [("a", 3), ("b", 3)]


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (gzip.compress(IPS.encode())[:-9], (), "The file cannot be unpacked: it is damaged, or of another form"),
        (b"PK\x03\x04nonsense", (), "The file cannot be unpacked"),
        (b"no address\n", ("--kind", "ip"), "There is nothing in the file that is of the kind ip."),
        (gzip.compress(b"\0" * 3_000_000), ("--kind", "ip"), "The file is longer than 2 megabytes."),
        (b"1.2.3.4\n" * 10, (), "The file has more than 9 lines."),
    ],
    ids=["cut", "no zip", "nothing", "a bomb", "too many"],
)
def test_bad_file_changes_nothing(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, content: bytes, more: tuple[str, ...], said: str
) -> None:
    lists.block("198.51.100.7\n", "a.txt")
    monkeypatch.setattr(
        importing.read_file, "__kwdefaults__", {"name": "", "kind": "", "max_lines": 9, "max_bytes": 2_000_000}
    )
    done = lists.block(content, "a.gz", *more)
    assert done.exit_code == 1
    assert said in done.output
    assert lists.entries() == 1
    assert lists.write(address="198.51.100.7").state is CommentState.HELD


def test_an_import_that_was_killed_halfway_says_nothing_and_is_tidied_up(lists: Lists) -> None:
    ctx = lists.ctx
    mark = listing.mark_of(ctx, listing.Kind.IP, "198.51.100.7/32")
    list_id = ctx.tables.write(lambda c: importing._begin(c, ctx.site.id, "a", listing.Kind.IP, ctx.now()))
    importing._write(ctx, list_id, {mark: 1})
    assert lists.write(address="198.51.100.7").state is CommentState.PUBLISHED
    plugin.learning.purge(ctx, {})
    assert lists.entries() == 1, "it may still be going on"
    lists.clock.advance(days=2)
    plugin.learning.purge(ctx, {})
    assert lists.entries() == 0


def test_many_lines_need_little_memory(lists: Lists, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_SORTED_AT_ONCE", 2_000)
    lines = (b"%d.%d.%d.7,3,2026-11-01\n" % (10 + n // 65_536, n // 256 % 256, n % 256) for n in range(12_000))
    file = lists.folder / "many.txt"
    with file.open("wb") as stream:
        stream.writelines(lines)
    ctx = lists.ctx
    tracemalloc.start()
    with file.open("rb") as stream:
        done = read_file(ctx, stream, name="many.txt")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.kind, done.lines, done.entries) == ("ip", 12_000, 12_000)
    assert peak < 10_000_000
    lists.clock.advance(seconds=6)
    assert lists.write(address="10.41.2.7").state is CommentState.HELD


def test_nothing_readable_is_kept(lists: Lists) -> None:
    lists.block("bad@example.net\n")
    with lists.ctx.tables.read() as connection:
        kept = repr([*connection.execute(select(listed)), *connection.execute(select(listings))])
    assert "bad" not in kept
    plugin.site_deleted(lists.ctx)
    assert lists.entries() == 0


def test_a_post_asks_the_tables_once_for_however_many_lists(lists: Lists) -> None:
    for number in range(5):
        lists.block(f"198.51.100.{number}\n203.0.113.0/{20 + number}\n", f"n{number}.txt")
    ctx = lists.ctx
    listing.listings_of(ctx)
    asked: list[int] = []
    tables = ctx.tables

    class Counting:
        def read(self) -> Any:
            asked.append(1)
            return tables.read()

    draft = make_draft(address="203.0.113.9", submitted_at=ctx.now())
    listing._kept[counting := Counting()] = listing._kept[tables]  # type: ignore[index]
    found = listing.found_in_lists(replace(ctx, tables=counting), draft)
    assert len(found) == 1
    assert asked == [1]


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("1.2.3.4", "1.2.3.4/32"), ("1.2.3.4/24", "1.2.3.0/24"), ("::1", "::/64"), ("2001:db8::1/128", "2001:db8::/64"),
        ("0.0.0.0/0", None), ("1.2.3.4/33", None), ("1.2.3", None), ("", None), ("::ffff:1.2.3.4", "1.2.3.4/32"),
        ("2000::/12", None),
    ],
)  # fmt: skip
def test_networks_are_read(text: str, network: str | None) -> None:
    assert network_in(text) == network


def test_a_list_is_called_as_its_file() -> None:
    assert list_name("C:\\x\\listed_ip_30.txt.gz") == "listed_ip_30"
    assert list_name("../../Listed IPs!.CSV") == "Listed-IPs"
    assert list_name("-") == ""
