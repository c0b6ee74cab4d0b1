"""What every carrier of hints can do."""

from __future__ import annotations

from typing import Protocol

from embedcomments.domain.protocols import Publisher


class HintCarrier(Publisher, Protocol):
    """Publishes without being started; ``start`` begins to listen to other processes."""

    def start(self) -> None:
        """Listen. Once for a process, not before a fork."""
        ...

    def stop(self) -> None:
        """Send what waits and end all threads."""
        ...
