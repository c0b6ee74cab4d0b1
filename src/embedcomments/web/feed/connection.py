"""One socket of the feed: what waits to be written, what was heard, how fast it talks. The loop's thread only."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embedcomments.services.feed.subscriber import Audience, Subscriber
from embedcomments.web.feed.frames import FrameReader, Received, close_frame

RECEIVE_BYTES = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLimits:
    """What the feed allows. ``queue_*``: what may wait for one slow reader before it is cut off (4408).

    ``messages_per_s`` with ``messages_burst`` at once: more is answered with an error, twice as much ends in 4400.
    """

    max_sockets: int = 20_000
    max_sockets_per_address: int = 100
    heartbeat_s: float = 25.0
    silence_s: float = 35.0
    write_deadline_s: float = 10.0
    linger_s: float = 3.0
    queue_frames: int = 256
    queue_bytes: int = 256 * 1024
    messages_per_s: float = 10.0
    messages_burst: float = 30.0


class QueueFull(Exception):
    """The reader is too slow."""


class Connection(Subscriber):
    """A subscriber's socket, non-blocking. Times are of the loop's monotonic clock.

    Memory counts here: the queue and the reader exist only while they are needed.
    ``stalled_at``: when the last byte went out while more was waiting. ``ends_at``: None, or when
    a connection that is closing is cut off. ``is_write_watched`` is the loop's note on its selector.
    ``audience`` None: it is the hub's.
    """

    __slots__ = (
        "_is_head_cut",
        "_queue",
        "_queued_bytes",
        "_reader",
        "_tokens",
        "_tokens_at",
        "address",
        "audience",
        "ends_at",
        "ends_when_flushed",
        "heard_at",
        "is_write_watched",
        "ping_at",
        "sock",
        "stalled_at",
    )

    def __init__(self, sock: socket.socket, *, address: str, origin: str | None, now: float, burst: float) -> None:
        super().__init__(origin)
        self.sock = sock
        self.address = address
        self.audience: Audience | None = None
        self.heard_at = now
        self.ping_at = now
        self.stalled_at = now
        self.ends_at: float | None = None
        self.ends_when_flushed = False
        self.is_write_watched = False
        self._reader: FrameReader | None = None
        self._queue: deque[bytes] | None = None
        self._queued_bytes = 0
        self._is_head_cut = False
        self._tokens = burst
        self._tokens_at = now

    @property
    def is_closing(self) -> bool:
        """Whether the close frame is on its way: nothing else is sent any more."""
        return self.ends_at is not None

    @property
    def is_flushed(self) -> bool:
        """Whether nothing waits to be written."""
        return self._queue is None

    def send(self, frames: Sequence[bytes], joined: bytes, limits: FeedLimits, now: float) -> None:
        """Write ``joined``, which is ``frames`` one after another, or queue what does not fit.

        Raises QueueFull, and OSError when the connection is gone.
        """
        if self._queue is None:
            sent = self._write(joined)
            if sent == len(joined):
                return
            self.stalled_at = now
            self._queue = deque()
            for frame in frames:
                if sent >= len(frame):
                    sent -= len(frame)
                    continue
                self._queue.append(frame[sent:])
                self._queued_bytes += len(frame) - sent
                self._is_head_cut = self._is_head_cut or sent > 0
                sent = 0
        else:
            self._queue.extend(frames)
            self._queued_bytes += len(joined)
        if len(self._queue) > limits.queue_frames or self._queued_bytes > limits.queue_bytes:
            raise QueueFull

    def flush(self, now: float) -> None:
        """Write what fits. Raises OSError when the connection is gone."""
        while self._queue:
            head = self._queue[0]
            sent = self._write(head)
            if not sent:
                return
            self.stalled_at = now
            self._queued_bytes -= sent
            if sent < len(head):
                self._queue[0] = head[sent:]
                self._is_head_cut = True
                return
            self._queue.popleft()
            self._is_head_cut = False
        self._queue = None

    def begin_close(self, code: int, now: float, linger_s: float, *, discard: bool = False) -> None:
        """Send the close frame after what is queued, or after the frame begun when ``discard`` is true.

        Raises OSError when the connection is gone.
        """
        if self.ends_at is not None:
            return
        self.ends_at = now + linger_s
        if self._queue is None:
            self._queue = deque()
        elif discard:
            kept = [self._queue[0]] if self._is_head_cut else []
            self._queue = deque(kept)
            self._queued_bytes = sum(map(len, kept))
        frame = close_frame(code)
        self._queue.append(frame)
        self._queued_bytes += len(frame)
        self.flush(now)

    def receive(self, data: bytes) -> Iterator[Received]:
        """What ``data`` completes. Raises Nonsense."""
        reader = self._reader or FrameReader()
        yield from reader.receive(data)
        self._reader = reader if reader.is_amid else None

    def take_token(self, limits: FeedLimits, now: float) -> float:
        """Count a message; what is left of the allowance, negative when there were too many."""
        gained = (now - self._tokens_at) * limits.messages_per_s
        self._tokens = min(limits.messages_burst, self._tokens + gained) - 1
        self._tokens_at = now
        return self._tokens

    def _write(self, data: bytes) -> int:
        try:
            return self.sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
