"""The feed loop: one thread per process that owns all websockets."""

from __future__ import annotations

import logging
import math
import selectors
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from embedcomments.services.feed import messages
from embedcomments.services.feed.hub import Hub
from embedcomments.services.feed.subscriber import Audience, Outlet, Subscriber
from embedcomments.web.feed.connection import RECEIVE_BYTES, Connection, FeedLimits, QueueFull
from embedcomments.web.feed.frames import (
    CloseReceived,
    Nonsense,
    PingReceived,
    TextReceived,
    close_frame,
    pong_frame,
    text_frame,
)

log = logging.getLogger(__name__)

CLOSE_NORMAL: Final = 1000
CLOSE_GONE_SILENT: Final = 1001
CLOSE_RESTART: Final = 1012
CLOSE_TOO_MANY: Final = 1013
CLOSE_NONSENSE: Final = 4400
CLOSE_TOO_SLOW: Final = 4408
RETRY_AFTER_RESTART_S: Final = 5

_SWEEP_S: Final = 1.0
_GOODBYES_EVERY_S: Final = 0.1
_FEWEST_GOODBYES: Final = 100
_MOST_TURNED_AWAY: Final = 1000
_PING = text_frame(messages.PING)


class Companion(Protocol):
    """What runs beside the loop, such as a carrier of hints."""

    def start(self) -> None:
        """Start; twice is no error."""
        ...

    def stop(self) -> None:
        """Stop and wait for it."""
        ...


class FeedLoop(Outlet):
    """Owns the sockets; ``start`` makes its thread, and those of the hub and ``companions``, in this process.

    ``adopt``, ``send``, ``close``, ``start`` and ``stop`` may be called from any thread.
    """

    def __init__(self, hub: Hub, limits: FeedLimits | None = None, *, companions: Sequence[Companion] = ()) -> None:
        self._hub = hub
        self._limits = limits or FeedLimits()
        self._companions = tuple(companions)
        self._hello = text_frame(messages.hello(round(self._limits.heartbeat_s)))
        self._connections: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._inbox: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._is_woken = False
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_ending = False
        self._ends_at = math.inf
        self._goodbyes: deque[Connection] = deque()
        self._goodbyes_at_once = 0
        self._next_goodbyes_at = 0.0
        hub.attach(self)

    @property
    def sockets(self) -> int:
        """How many sockets are open."""
        return len(self._connections)

    def start(self) -> None:
        """Start the threads of this process, if they are not running. Not before a fork."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is not None:
                return
            self._selector = selectors.DefaultSelector()
            self._bell, self._clapper = socket.socketpair()
            self._bell.setblocking(False)
            self._clapper.setblocking(False)
            self._selector.register(self._bell, selectors.EVENT_READ, None)
            self._is_ending, self._ends_at, self._is_woken = False, math.inf, False
            self._hub.start()
            for companion in self._companions:
                companion.start()
            self._thread = threading.Thread(target=self._run, name="feed_loop", daemon=True)
            self._thread.start()

    def stop(self, deadline_s: float = 20.0) -> None:
        """Say ``bye`` to everybody, close with 1012 in batches, and end all threads.

        Takes as long as that needs, at most ``deadline_s`` and a little; a few hundred sockets leave in
        about a second, thousands are spread so that they do not all come back together.
        """
        with self._starting:
            thread = self._thread
            if thread is None:
                return
            self._call(self._begin_ending, deadline_s)
            thread.join(deadline_s + 5)
            for companion in reversed(self._companions):
                companion.stop()
            self._hub.stop()
            self._thread = None

    def adopt(
        self,
        sock: socket.socket,
        *,
        address: str,
        origin: str | None,
        early: bytes = b"",
        audience: Callable[[Subscriber], Audience] | None = None,
    ) -> None:
        """Take over a socket after its handshake. ``early`` arrived with it; ``address`` "" is not counted.

        ``audience`` is told of the subscriber once it was welcomed, and returns whom it belongs to: such a socket only
        listens. None: it belongs to the hub.
        """
        if self._thread is None or self._is_ending:
            _close_at_once(sock, CLOSE_RESTART)
        else:
            self._call(self._adopt, sock, address, origin, early, audience)

    def send(self, to: Iterable[Subscriber], payloads: Sequence[bytes]) -> None:
        """Send ``payloads`` to each of ``to``: framed once, the same bytes for all."""
        self._call(self._send, to, payloads)

    def close(self, subscriber: Subscriber, code: int) -> None:
        """Close the connection with ``code`` after what was sent before."""
        self._call(self._close, subscriber, code)

    def _call(self, method: Callable[..., None], *args: Any) -> None:
        self._inbox.append((method, args))
        if not self._is_woken:
            self._is_woken = True
            with suppress(OSError, AttributeError):  # full: it wakes anyway; gone: it ended
                self._clapper.send(b"\0")

    # From here on: the loop's thread

    def _run(self) -> None:
        next_sweep_at = time.monotonic()
        while not (self._is_ending and (not self._connections or time.monotonic() >= self._ends_at)):
            try:
                now = time.monotonic()
                if now >= next_sweep_at:
                    next_sweep_at = now + _SWEEP_S
                    self._sweep(now)
                if self._goodbyes and now >= self._next_goodbyes_at:
                    self._say_goodbyes(now)
                wake_at = min(next_sweep_at, self._next_goodbyes_at if self._goodbyes else math.inf)
                for key, mask in self._selector.select(max(0.0, wake_at - now)):
                    if key.data is None:
                        self._answer_bell()
                    else:
                        self._guarded(key.data, self._serve, key.data, mask)
            except Exception:
                log.exception("The feed loop stumbled")
        self._finish()

    def _answer_bell(self) -> None:
        with suppress(BlockingIOError):
            self._bell.recv(4096)
        self._is_woken = False
        while self._inbox:
            method, args = self._inbox.popleft()
            try:
                method(*args)
            except Exception:
                log.exception("The feed loop could not do what it was asked")

    def _guarded(self, connection: Connection, method: Callable[..., None], *args: Any) -> None:
        """Do something with one connection; whatever goes wrong ends that connection and nothing else."""
        try:
            method(*args)
            if connection in self._connections:
                self._watch(connection)
        except QueueFull:
            self._guarded(connection, self._cut_off, connection)
        except OSError:
            self._drop(connection)
        except Exception:
            log.exception("A socket of the feed failed")
            self._drop(connection)

    def _adopt(
        self,
        sock: socket.socket,
        address: str,
        origin: str | None,
        early: bytes,
        audience: Callable[[Subscriber], Audience] | None,
    ) -> None:
        limits = self._limits
        if self._is_ending:
            _close_at_once(sock, CLOSE_RESTART)
            return
        if len(self._connections) >= limits.max_sockets + _MOST_TURNED_AWAY:
            _close_at_once(sock, CLOSE_TOO_MANY)
            return
        is_crowded = bool(address) and self._by_address[address] >= limits.max_sockets_per_address
        is_welcome = not is_crowded and len(self._connections) < limits.max_sockets
        now = time.monotonic()
        connection = Connection(
            sock, address=address if is_welcome else "", origin=origin, now=now, burst=limits.messages_burst
        )
        connection.ping_at = now + limits.heartbeat_s
        self._connections.add(connection)
        self._by_address[connection.address] += 1
        if is_welcome:
            self._guarded(connection, self._welcome, connection, early, audience)
        else:
            self._guarded(connection, self._turn_away, connection)

    def _welcome(self, connection: Connection, early: bytes, audience: Callable[[Subscriber], Audience] | None) -> None:
        self._register(connection)
        self._write(connection, self._hello)
        if audience is not None:
            connection.audience = audience(connection)
        if early:
            self._read(connection, early)

    def _turn_away(self, connection: Connection) -> None:
        # Closing right away could reset the connection, and the code would be lost with it.
        self._register(connection)
        self._begin_close(connection, CLOSE_TOO_MANY)

    def _register(self, connection: Connection) -> None:
        connection.sock.setblocking(False)
        with suppress(OSError):  # a unix socket has no such option
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection.sock, selectors.EVENT_READ, connection)

    def _send(self, to: Iterable[Subscriber], payloads: Sequence[bytes]) -> None:
        frames = [text_frame(payload) for payload in payloads]
        joined = b"".join(frames)
        now = time.monotonic()
        for connection in to:
            if not isinstance(connection, Connection) or connection not in self._connections or connection.is_closing:
                continue
            try:
                connection.send(frames, joined, self._limits, now)
                if not connection.is_flushed:
                    self._watch(connection)
            except QueueFull:
                self._guarded(connection, self._cut_off, connection)
            except OSError:
                self._drop(connection)

    def _close(self, subscriber: Subscriber, code: int) -> None:
        if isinstance(subscriber, Connection) and subscriber in self._connections:
            self._guarded(subscriber, self._begin_close, subscriber, code)

    def _serve(self, connection: Connection, mask: int) -> None:
        now = time.monotonic()
        if mask & selectors.EVENT_WRITE:
            connection.flush(now)
            if connection.is_flushed and connection.ends_when_flushed:
                self._drop(connection)
                return
        if mask & selectors.EVENT_READ:
            try:
                data = connection.sock.recv(RECEIVE_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            if data:
                self._read(connection, data)
            else:
                self._drop(connection)

    def _read(self, connection: Connection, data: bytes) -> None:
        try:
            for received in connection.receive(data):
                now = connection.heard_at = time.monotonic()
                if isinstance(received, CloseReceived):
                    self._answer_close(connection, now)
                    return
                if connection.is_closing:
                    continue
                left = connection.take_token(self._limits, now)
                if left < -self._limits.messages_burst:
                    self._begin_close(connection, CLOSE_NONSENSE)
                elif left < 0:
                    self._say(connection, messages.error("rate_limited", "That is too many messages a second."))
                elif isinstance(received, TextReceived):
                    self._understand(connection, received.text)
                elif isinstance(received, PingReceived):
                    self._write(connection, pong_frame(received.payload))
        except Nonsense as error:
            if not connection.is_closing:
                self._say(connection, messages.error("malformed_request", str(error)))
                self._begin_close(connection, CLOSE_NONSENSE)

    def _understand(self, connection: Connection, text: str) -> None:
        try:
            message = messages.parse_message(text)
        except messages.Misunderstood as error:
            self._say(connection, messages.error("malformed_request", str(error)))
            return
        if connection.audience is not None and not isinstance(message, messages.Pong):
            self._say(connection, messages.error("not_allowed", "This socket only tells."))
            return
        match message:
            case messages.Sub(site, key, cursor, token):
                self._hub.sub(connection, site, key, cursor, token)
            case messages.Unsub(site, key):
                self._hub.unsub(connection, site, key)
            case messages.Typing(site, key):
                self._hub.typing(connection, site, key)

    def _answer_close(self, connection: Connection, now: float) -> None:
        connection.ends_when_flushed = True
        connection.begin_close(CLOSE_NORMAL, now, self._limits.linger_s)
        if connection.is_flushed:
            self._drop(connection)

    def _say(self, connection: Connection, payload: bytes) -> None:
        self._write(connection, text_frame(payload))

    def _write(self, connection: Connection, frame: bytes) -> None:
        connection.send((frame,), frame, self._limits, time.monotonic())

    def _begin_close(self, connection: Connection, code: int) -> None:
        (connection.audience or self._hub).drop(connection)
        connection.begin_close(code, time.monotonic(), self._limits.linger_s)

    def _cut_off(self, connection: Connection) -> None:
        self._hub.drop(connection)
        connection.begin_close(CLOSE_TOO_SLOW, time.monotonic(), self._limits.linger_s, discard=True)

    def _watch(self, connection: Connection) -> None:
        """Have the selector watch for room to write exactly while something waits for it."""
        is_needed = not connection.is_flushed
        if is_needed is not connection.is_write_watched:
            connection.is_write_watched = is_needed
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if is_needed else 0)
            self._selector.modify(connection.sock, events, connection)

    def _sweep(self, now: float) -> None:
        """Ping, and end those that are silent, stuck or have lingered."""
        limits = self._limits
        for connection in list(self._connections):
            if connection.ends_at is not None:
                if now >= connection.ends_at:
                    self._drop(connection)
            elif not connection.is_flushed and now - connection.stalled_at > limits.write_deadline_s:
                self._guarded(connection, self._cut_off, connection)
            elif now - connection.heard_at > limits.silence_s:
                self._guarded(connection, self._begin_close, connection, CLOSE_GONE_SILENT)
            elif now >= connection.ping_at:
                connection.ping_at = now + limits.heartbeat_s
                self._guarded(connection, self._write, connection, _PING)

    def _drop(self, connection: Connection) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]
        with suppress(KeyError, ValueError):  # it failed before it was registered
            self._selector.unregister(connection.sock)
        connection.sock.close()
        self._hub.drop(connection)

    def _begin_ending(self, deadline_s: float) -> None:
        now = time.monotonic()
        self._is_ending = True
        self._ends_at = now + deadline_s
        self._goodbyes.extend(self._connections)
        batches = max(1.0, deadline_s * 0.8 / _GOODBYES_EVERY_S)
        self._goodbyes_at_once = max(_FEWEST_GOODBYES, math.ceil(len(self._goodbyes) / batches))
        self._next_goodbyes_at = now

    def _say_goodbyes(self, now: float) -> None:
        self._next_goodbyes_at = now + _GOODBYES_EVERY_S
        farewell = text_frame(messages.bye(CLOSE_RESTART, RETRY_AFTER_RESTART_S))
        for _ in range(min(len(self._goodbyes), self._goodbyes_at_once)):
            connection = self._goodbyes.popleft()
            if connection in self._connections and not connection.is_closing:
                self._guarded(connection, self._write, connection, farewell)
                self._guarded(connection, self._begin_close, connection, CLOSE_RESTART)

    def _finish(self) -> None:
        for connection in list(self._connections):
            self._drop(connection)
        self._goodbyes.clear()
        self._selector.close()
        # Sockets handed over after the last look into the inbox are told to come back as well.
        self._answer_bell()
        self._bell.close()
        self._clapper.close()


def _close_at_once(sock: socket.socket, code: int) -> None:
    with sock, suppress(OSError):
        sock.setblocking(False)
        sock.send(close_frame(code))
