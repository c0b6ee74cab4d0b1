"""Answers that are built once and kept."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from embedcomments.services.snapshots import POPULAR, Kept, Snapshot, encode_snapshot, refine_snapshot

LONG = b'{"comments": []}' * 50


def test_each_encoding_holds_the_same_body_under_an_etag_of_its_own() -> None:
    snapshot = encode_snapshot(LONG, "application/json")
    assert snapshot.bodies["identity"] == LONG
    assert brotli.decompress(snapshot.bodies["br"]) == LONG
    assert gzip.decompress(snapshot.bodies["gzip"]) == LONG
    assert len(set(snapshot.etags.values())) == 3
    assert all(etag.startswith('"') and etag.endswith('"') and len(etag) > 20 for etag in snapshot.etags.values())


def test_the_same_body_is_the_same_snapshot_in_every_process() -> None:
    assert encode_snapshot(LONG, "application/json") == encode_snapshot(LONG, "application/json")
    assert encode_snapshot(LONG, "x").etags != encode_snapshot(LONG + b" ", "x").etags


def test_a_short_body_is_not_compressed() -> None:
    assert set(encode_snapshot(b"{}", "application/json").bodies) == {"identity"}


def _snapshot(size: int = 10) -> Snapshot:
    return Snapshot("text/plain", {"identity": b"x" * size}, {"identity": '"x"'})


def _builder(built: list[Any], name: Any, size: int = 10) -> Callable[[], Snapshot]:
    def build() -> Snapshot:
        built.append(name)
        return _snapshot(size)

    return build


def test_what_is_kept_is_built_again_only_under_another_mark() -> None:
    kept: Kept[str] = Kept()
    built: list[Any] = []
    for mark in (1, 1, 2, 2, 1):
        kept.get("k", mark, _builder(built, mark))
    assert built == [1, 2, 1]


def test_many_readers_at_once_share_one_build(wait_for: Callable[..., Any]) -> None:
    kept: Kept[str] = Kept()
    gate, built = threading.Event(), []
    answers: list[Snapshot] = []

    def build() -> Snapshot:
        built.append(1)
        gate.wait(10)
        return _snapshot()

    readers = [threading.Thread(target=lambda: answers.append(kept.get("k", 1, build))) for _ in range(16)]
    for reader in readers:
        reader.start()
    wait_for(lambda: built)
    gate.set()
    for reader in readers:
        reader.join()
    assert built == [1]
    assert len({id(answer) for answer in answers}) == 1
    assert len(answers) == 16


def test_different_keys_do_not_wait_for_one_another() -> None:
    kept: Kept[str] = Kept()

    def build() -> Snapshot:
        done = threading.Thread(target=kept.get, args=("other", 1, _snapshot))
        done.start()
        done.join(10)
        assert not done.is_alive()
        return _snapshot()

    kept.get("k", 1, build)


def test_a_build_that_fails_leaves_nothing_and_the_next_one_works() -> None:
    kept: Kept[str] = Kept()

    def fail() -> Snapshot:
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            kept.get("k", 1, fail)
    assert kept._building == {}
    assert kept.get("k", 1, _snapshot) == _snapshot()
    assert kept._building == {}


def test_the_least_recently_used_go_first_by_number() -> None:
    kept: Kept[str] = Kept(max_entries=2)
    built: list[Any] = []
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key, 1, _builder(built, key))
    assert built == ["a", "b", "c", "b"]


def test_and_by_bytes_and_the_last_one_always_stays() -> None:
    kept: Kept[str] = Kept(max_bytes=100)
    built: list[Any] = []
    for key, size in (("a", 60), ("a", 60), ("b", 60), ("b", 60), ("a", 60), ("huge", 500), ("huge", 500), ("a", 10)):
        kept.get(key, 1, _builder(built, key, size))
    assert built == ["a", "b", "a", "huge", "a"]
    assert kept._bytes == 10


WORDS = " ".join(f"word{n * n % 97} said {n * 7919 % 1009}" for n in range(2000)).encode()


def test_a_refined_snapshot_is_smaller_under_another_etag_and_known_by_the_one_before() -> None:
    plain = encode_snapshot(WORDS, "text/plain")
    fine = refine_snapshot(plain)
    assert brotli.decompress(fine.bodies["br"]) == WORDS
    assert len(fine.bodies["br"]) < len(plain.bodies["br"])
    assert fine.etags["br"] != plain.etags["br"]
    assert set(plain.etags.values()) < set(fine.etags.values())
    assert {name: fine.bodies[name] for name in ("identity", "gzip")} == {
        name: plain.bodies[name] for name in ("identity", "gzip")
    }


def test_what_many_ask_for_is_compressed_harder_once(wait_for: Callable[..., Any]) -> None:
    kept: Kept[str] = Kept()
    plain = encode_snapshot(WORDS, "text/plain")
    for _ in range(POPULAR):
        assert kept.get("k", 1, lambda: plain) is plain
    assert kept._refiner is None
    kept.get("k", 1, lambda: plain)
    fine = wait_for(lambda: (found := kept.get("k", 1, lambda: plain)) is not plain and found)
    assert brotli.decompress(fine.bodies["br"]) == WORDS
    assert kept._bytes == sum(map(len, fine.bodies.values()))
    assert kept.get("k", 1, lambda: plain) is fine
    assert kept._popular.empty()


def test_what_was_replaced_meanwhile_is_left_alone() -> None:
    kept: Kept[str] = Kept()
    newer = encode_snapshot(WORDS + b" more", "text/plain")
    kept.get("k", 1, lambda: encode_snapshot(WORDS, "text/plain"))
    kept.get("k", 2, lambda: newer)
    kept.refine("k", 1)
    kept.refine("gone", 1)
    assert kept.get("k", 2, lambda: newer) is newer
