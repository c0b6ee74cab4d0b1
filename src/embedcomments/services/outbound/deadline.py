"""The one moment at which everything about a request must be over."""

from __future__ import annotations

import time


class Deadline:
    """Counts down ``timeout_s`` seconds from its making, on the monotonic clock."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s

    def remaining_s(self) -> float:
        """Seconds left, always above 0. Raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"It took longer than {self.timeout_s:g} seconds.")
        return left
