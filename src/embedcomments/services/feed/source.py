"""What the hub needs to know of threads, as a Protocol; ``log.py`` answers it from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """One thread that may be watched. ``key`` is normalised; there may be no row for it yet."""

    site_id: int
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where a thread's log stands: ``seq`` of its last event, 0 without a row. ``epoch`` names the
    database's history: after a restore it is another, and cursors of the old one are void."""

    epoch: str
    seq: int

    @property
    def cursor(self) -> str:
        """The opaque form that clients hold: ``1.EPOCH.SEQ``."""
        return f"1.{self.epoch}.{self.seq}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedItem:
    """One event as viewers get it, without ``site``, ``key`` and ``cursor``.

    ``public`` is the frame for everybody (``{"op": "new"|"edit"|"remove"|"thread"|"skip", "seq": …, …}``).
    The sockets whose token proves ``identity_id`` get ``private`` instead, when that is not None. ``more``: whoever is
    in it gets the frame with a ``count`` that is so much higher, for they see comments that nobody else does.
    """

    seq: int
    public: dict[str, Any]
    private: dict[str, Any] | None = None
    identity_id: str | None = None
    more: Mapping[str, int] = field(default_factory=dict)


class FeedSource(Protocol):
    """Answers from the database; called on worker threads, may take milliseconds, may raise EmbedCommentsError."""

    def topic(self, site: str, key: str, origin: str | None) -> Topic:
        """The topic for a site's name and a key as clients spell it.

        Raises SiteNotFound, OriginNotAllowed, InvalidRequest.
        """
        ...

    def identity(self, topic: Topic, token: str | None) -> str | None:
        """Whom an edit token proves on the topic's site; None for no token or a bad one."""
        ...

    def position(self, topic: Topic) -> Position:
        """Where the thread's log stands now."""
        ...

    def positions(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        """The last seq of many threads in few queries; one entry per topic, 0 without a row."""
        ...

    def items(self, topic: Topic, after: int, limit: int = 256) -> Sequence[FeedItem]:
        """The events after seq ``after`` in order, without gaps, at most ``limit``, rendered from the present rows."""
        ...

    def accepts_origin(self, origin: str) -> bool:
        """Whether any site accepts pages of that origin: asked before the handshake."""
        ...
