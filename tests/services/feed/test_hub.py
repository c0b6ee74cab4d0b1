"""What watchers are told."""

from __future__ import annotations

import json
import threading
import time

import pytest

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hub import MAX_WATCHES
from embedcomments.services.feed.serving import MAX_CATCH_UP_EVENTS
from embedcomments.services.feed.source import Topic


def test_first_subscription_is_told_where_the_thread_stands(world):
    world.source.append()
    reader = world.reader()
    assert reader.frames == [{"site": "s", "key": "k", "op": "ok", "resumed": False, "cursor": "1.e.1", "watching": 1}]


def test_event_reaches_watchers_with_their_spelling_and_the_cursor(world):
    plain, anchored = world.reader("k"), world.reader("k#top")
    world.append()
    event = {"op": "new", "seq": 1, "text": "", "cursor": "1.e.1"}
    assert plain.frames[1:] == [{"site": "s", "key": "k", **event}]
    assert anchored.frames[1:] == [{"site": "s", "key": "k#top", **event}]


def test_same_bytes_go_to_everybody_in_one_call_after_one_reading(world):
    everybody = [world.reader() for _ in range(30)]
    world.calls.clear()
    world.source.readings.clear()
    world.append()
    assert world.calls == [(30, 1)]
    assert [what for what, _ in world.source.readings] == ["position", "items"]
    assert len({id(reader.raw[-1]) for reader in everybody}) == 1


def test_many_who_come_back_together_cost_one_reading(world, readers):
    for _ in range(3):
        world.source.append()
    everybody = [readers() for _ in range(30)]
    for reader in everybody:
        world.hub.sub(reader, "s", "k", "1.e.1", None)
    world.hub.run_pending()
    assert [what for what, _ in world.source.readings] == ["position", "items"]
    assert all(reader.news == [("ok", None), ("new", 2), ("new", 3)] for reader in everybody)
    assert everybody[0].frames[0]["resumed"] is True
    assert everybody[0].frames[0]["cursor"] == "1.e.1"


@pytest.mark.parametrize("cursor", ["1.other.0", "1.e.2", "2.e.0", "", "1.e.-1", "1.e.x", "1.e." + "9" * 40])
def test_useless_cursor_means_reset_and_no_watching(world, cursor):
    world.source.append()
    reader = world.reader(cursor=cursor)
    world.append()
    assert reader.frames == [{"site": "s", "key": "k", "op": "reset"}]
    assert reader.watches == {}
    assert world.hub.rooms == 0


def test_long_way_back_means_reset(world):
    for _ in range(MAX_CATCH_UP_EVENTS + 1):
        world.source.append()
    assert world.reader(cursor="1.e.0").news == [("reset", None)]
    assert len(world.reader(cursor="1.e.1").news) == 1 + MAX_CATCH_UP_EVENTS


def test_heavy_way_back_means_reset(world):
    for _ in range(30):
        world.source.append(size=10_000)
    assert world.reader(cursor="1.e.0").news == [("reset", None)]


def test_great_leap_resets_those_who_watch(world):
    reader = world.reader()
    for _ in range(MAX_CATCH_UP_EVENTS + 1):
        world.source.append()
    world.append()
    assert reader.news == [("ok", None), ("reset", None)]
    world.append()
    assert reader.news == [("ok", None), ("reset", None)]


def test_restored_database_resets_those_who_watch(world):
    reader = world.reader()
    world.append()
    world.source.epoch = "f"
    world.append()
    assert reader.news == [("ok", None), ("new", 1), ("reset", None)]


def test_log_that_was_cut_resets_those_who_need_it(world):
    world.append()
    world.append()
    world.source.logs[Topic(site_id=1, key="k")][0:1] = []
    current, behind = world.reader(cursor="1.e.1"), world.reader(cursor="1.e.0")
    assert current.news == [("ok", None)]
    assert behind.news == [("reset", None)]


def test_held_comment_is_shown_to_its_author_and_skipped_for_others(world):
    ann, ben, anybody = world.reader(token="ann"), world.reader(token="ben"), world.reader()
    world.append(author="ann")
    world.append(author="ben")
    world.append()
    assert ann.news == [("ok", None), ("new", 1), ("skip", 2), ("new", 3)]
    assert ben.news == [("ok", None), ("skip", 1), ("new", 2), ("new", 3)]
    assert anybody.news == [("ok", None), ("skip", 1), ("skip", 2), ("new", 3)]
    again = world.reader(cursor="1.e.0", token="ann")
    assert again.news == ann.news


def test_second_subscription_starts_over(world):
    reader = world.reader()
    world.append()
    world.hub.sub(reader, "s", "k", "1.e.0", "ann")
    world.hub.run_pending()
    world.append(author="ann")
    assert reader.news == [("ok", None), ("new", 1), ("ok", None), ("new", 1), ("new", 2)]


def test_nothing_comes_after_unsub_or_the_end_of_the_socket(world):
    leaving, gone = world.reader(), world.reader()
    world.hub.unsub(leaving, "s", "k")
    world.hub.unsub(leaving, "s", "unknown")
    world.hub.drop(gone)
    world.append()
    assert leaving.news == gone.news == [("ok", None)]
    assert world.hub.rooms == 0


def test_subscription_that_ends_before_it_began_leaves_nothing(world, readers):
    reader = readers()
    world.hub.sub(reader, "s", "k", None, None)
    world.hub.run_pending(1)
    world.hub.drop(reader)
    world.hub.run_pending()
    assert reader.raw == []
    assert world.hub.rooms == 0


def test_foreign_origin_and_unknown_site_are_told_and_closed(world, readers):
    stranger = world.reader(origin="https://stranger.example")
    lost = readers()
    world.hub.sub(lost, "elsewhere", "k", None, None)
    world.hub.run_pending()
    assert stranger.frames == [
        {"site": "s", "key": "k", "op": "error", "code": "origin_not_allowed", "detail": "Not you."}
    ]
    assert [frame["code"] for frame in lost.frames] == ["site_not_found"]
    assert (stranger.closed, lost.closed) == (4403, 4403)


def test_twenty_first_thread_is_refused(world):
    reader = world.reader(None)
    for number in range(MAX_WATCHES + 1):
        world.hub.sub(reader, "s", f"k{number}", None, None)
    world.hub.run_pending()
    assert [frame["op"] for frame in reader.frames].count("ok") == MAX_WATCHES
    refused = [frame for frame in reader.frames if frame["op"] == "error"]
    assert [(frame["key"], frame["code"]) for frame in refused] == [(f"k{MAX_WATCHES}", "too_many_threads")]
    assert reader.closed is None


def test_lost_hint_is_repaired_by_the_poll(world):
    reader = world.reader()
    world.pass_time(0)
    world.source.append()
    world.pass_time(3)
    assert reader.news == [("ok", None)]
    world.pass_time(4)
    assert reader.news == [("ok", None), ("new", 1)]


def test_poll_asks_once_for_all_threads(world):
    for number in range(30):
        world.reader(f"k{number}")
    world.pass_time(10)
    world.source.readings.clear()
    world.hub.check_all()
    world.hub.check_all()
    world.hub.run_pending()
    assert [(what, len(of)) for what, of in world.source.readings] == [("positions", 30)]


def test_hints_for_unwatched_or_known_events_cost_nothing(world):
    world.reader()
    world.append()
    world.source.readings.clear()
    world.hub.publish(Hint(site_id=1, key="k", seq=1))
    world.hub.publish(Hint(site_id=2, key="k", seq=9))
    assert world.hub.run_pending() == 0
    assert world.source.readings == []


def test_hint_that_comes_during_a_reading_leads_to_another(world):
    reader = world.reader()
    world.source.surprises.append(lambda: world.hub.publish(world.source.append()))
    world.append()
    assert reader.news == [("ok", None), ("new", 1), ("new", 2)]
    world.source.surprises += [lambda: None, lambda: world.hub.publish(world.source.append())]
    world.append()
    assert reader.news == [("ok", None), ("new", 1), ("new", 2), ("new", 3), ("new", 4)]


def test_event_between_the_two_readings_of_a_newcomer_is_not_lost(world, readers):
    world.append()
    world.source.surprises.append(lambda: world.source.append())
    assert world.reader(cursor="1.e.0").news == [("ok", None), ("new", 1), ("new", 2)]
    assert world.hub.rooms == 1


def test_newcomer_during_a_reading_is_served_by_the_next(world, readers):
    world.reader()
    late = readers()

    def come() -> None:
        world.hub.sub(late, "s", "k", "1.e.0", None)
        world.hub.run_pending(1)

    world.source.surprises.append(come)
    world.append()
    assert late.news == [("ok", None), ("new", 1)]


def test_failing_database_delays_and_loses_nothing(world, caplog):
    early = world.reader()
    world.source.failure = RuntimeError("disk on fire")
    late = world.reader(cursor="1.e.0")
    world.append()
    assert (early.news, late.news) == ([("ok", None)], [])
    world.source.failure = None
    world.pass_time(30)
    assert early.news == [("ok", None), ("new", 1)]
    assert late.news == [("ok", None), ("new", 1)]
    assert "disk on fire" in caplog.text


def test_presence_is_told_at_most_once_a_second_and_only_when_it_changed(world):
    first = world.reader()
    for _ in range(5):
        world.reader()
        world.hub.tick()
    world.pass_time(1)
    world.pass_time(1)
    assert [frame for frame in first.frames if frame["op"] == "presence"] == [
        {"site": "s", "key": "k", "op": "presence", "watching": 2, "typing": 0},
        {"site": "s", "key": "k", "op": "presence", "watching": 6, "typing": 0},
    ]


def test_typing_is_told_and_forgotten_after_six_seconds(world):
    reader, writer = world.reader(), world.reader()
    world.pass_time(1)
    world.hub.typing(writer, "s", "k")
    world.hub.typing(writer, "s", "k")
    world.hub.typing(writer, "s", "not watched")
    world.pass_time(1)
    world.pass_time(2.5)
    world.hub.typing(writer, "s", "k")
    world.pass_time(4)
    world.pass_time(3)
    told = [(frame["watching"], frame["typing"]) for frame in reader.frames if frame["op"] == "presence"]
    assert told == [(2, 0), (2, 1), (2, 0)]


def test_threads_serve_many_publishers_and_readers(worlds, readers):
    """The same over real threads: gapless, in order, once."""
    world = worlds()
    lock = threading.Lock()
    everybody = [readers() for _ in range(8)]
    world.hub.start()
    world.hub.start()
    try:

        def write() -> None:
            for _ in range(100):
                with lock:
                    hint = world.source.append()
                world.hub.publish(hint)

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        for reader in everybody:
            world.hub.sub(reader, "s", "k", "1.e.0", None)
        for writer in writers:
            writer.join()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if all(reader.raw and json.loads(reader.raw[-1]).get("seq") == 200 for reader in everybody):
                break
            time.sleep(0.01)
    finally:
        world.hub.stop()
    for reader in everybody:
        assert [frame["seq"] for frame in reader.frames if frame["op"] == "new"] == list(range(1, 201))
