"""What the hub knows of whoever listens, and how it reaches them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from embedcomments.services.feed.rooms import Watch


class Subscriber:
    """One connection: the origin of its page (None: not a browser) and what it watches.

    ``watches`` belongs to the hub, by (site name, key) as the client spells them.
    """

    __slots__ = ("origin", "watches")

    def __init__(self, origin: str | None) -> None:
        self.origin = origin
        self.watches: dict[tuple[str, str], Watch] = {}


class Audience(Protocol):
    """Whom a connection belongs to that only listens, such as a page of the desk. Called on the loop's thread."""

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        ...


class Outlet(Protocol):
    """Carries frames to subscribers. Any thread may call; nothing blocks or raises.

    What is sent to one subscriber arrives in the order of the calls.
    """

    def send(self, to: Iterable[Subscriber], payloads: Sequence[bytes]) -> None:
        """Send all ``payloads`` (JSON texts) in order to each of ``to``, which nobody changes afterwards."""
        ...

    def close(self, subscriber: Subscriber, code: int) -> None:
        """Close the connection with ``code`` once what was sent before is out."""
        ...
