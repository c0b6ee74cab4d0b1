"""Rooms: the threads that are watched now, and by whom. Plain data; the hub's lock guards it."""

from __future__ import annotations

from collections.abc import Iterator

from embedcomments.services.feed.messages import thread_prefix
from embedcomments.services.feed.source import Topic
from embedcomments.services.feed.subscriber import Subscriber

TYPING_S = 6.0
TYPING_PAUSE_S = 3.0


class Watch:
    """One subscriber's wish to follow one thread, from the ``sub`` to its end.

    ``cursor`` and ``token`` are as sent; ``identity_id`` is whom the token proves.
    ``room`` is None until a worker has found the thread.
    """

    __slots__ = ("cursor", "identity_id", "is_over", "name", "room", "spelling", "subscriber", "token")

    def __init__(self, subscriber: Subscriber, name: tuple[str, str], cursor: str | None, token: str | None) -> None:
        self.subscriber = subscriber
        self.name = name
        self.cursor = cursor
        self.token = token
        self.identity_id: str | None = None
        self.room: Room | None = None
        self.spelling: Spelling | None = None
        self.is_over = False


class Spelling:
    """One way in which subscribers name a room: they share the bytes of each frame."""

    __slots__ = ("name", "prefix", "watches")

    def __init__(self, name: tuple[str, str]) -> None:
        self.name = name
        self.prefix = thread_prefix(*name)
        self.watches: set[Watch] = set()


class Room:
    """A thread with its watchers.

    ``last`` is the seq up to which every live watcher was served, of history ``epoch`` ("" before the
    first reading). Watchers in ``joining`` wait for a worker. ``is_scheduled`` holds while a worker
    has the room or it is queued for one, so that no two workers serve it at once.
    """

    __slots__ = (
        "epoch",
        "failures",
        "is_due",
        "is_scheduled",
        "joining",
        "last",
        "next_presence_at",
        "retry_at",
        "size",
        "spellings",
        "told",
        "topic",
        "typing",
        "wanted",
    )

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.epoch = ""
        self.last = 0
        self.spellings: dict[tuple[str, str], Spelling] = {}
        self.size = 0
        self.joining: list[Watch] = []
        self.is_due = False
        self.is_scheduled = False
        self.wanted = 0
        self.failures = 0
        self.retry_at = 0.0
        self.typing: dict[Subscriber, float] = {}
        self.told = (0, 0)
        self.next_presence_at = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether nobody is here or on the way in, and no worker holds it."""
        return not self.size and not self.joining and not self.is_scheduled

    def spelling(self, name: tuple[str, str]) -> Spelling:
        """The group of those who use ``name``."""
        found = self.spellings.get(name)
        if found is None:
            found = self.spellings[name] = Spelling(name)
        return found

    def live(self) -> Iterator[tuple[Spelling, Watch]]:
        """All who are up to ``last``."""
        for spelling in self.spellings.values():
            for watch in spelling.watches:
                yield spelling, watch

    def admit(self, watch: Watch) -> None:
        """Count ``watch`` among the live; its spelling is known."""
        assert watch.spelling is not None
        # The spelling may have been dropped with its last watcher meanwhile.
        watch.spelling = self.spellings.setdefault(watch.spelling.name, watch.spelling)
        watch.spelling.watches.add(watch)
        self.size += 1

    def remove(self, watch: Watch) -> None:
        """Forget ``watch``, live or joining."""
        self.typing.pop(watch.subscriber, None)
        spelling = watch.spelling
        if spelling is not None and watch in spelling.watches:
            spelling.watches.remove(watch)
            self.size -= 1
        if spelling is not None and not spelling.watches and self.spellings.get(spelling.name) is spelling:
            del self.spellings[spelling.name]

    def type(self, subscriber: Subscriber, now: float) -> bool:
        """Note that ``subscriber`` is writing; False when they said so less than 3 s ago."""
        until = self.typing.get(subscriber)
        if until is not None and until - TYPING_S + TYPING_PAUSE_S > now:
            return False
        self.typing[subscriber] = now + TYPING_S
        return True

    def presence(self, now: float) -> tuple[int, int]:
        """How many watch, and how many of them are writing now."""
        for subscriber in [subscriber for subscriber, until in self.typing.items() if until <= now]:
            del self.typing[subscriber]
        return self.size, len(self.typing)
