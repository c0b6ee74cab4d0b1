"""Hints within one process."""

from __future__ import annotations

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hub import Hub


class LocalHints:
    """Hands hints to the hub of this process. Enough for one worker on SQLite."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def publish(self, hint: Hint) -> None:
        """Tell the hub."""
        self._hub.publish(hint)

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""
