"""A gunicorn worker whose threads wait for clients in turn, and get requests that have arrived.

gunicorn's threaded worker has one thread that waits for all clients and hands each request to another, and back. Here
one thread at a time waits (the leader). What it can answer from kept bytes it answers at once and goes on waiting; for
anything else it lets the next thread lead and does the work itself. A request takes a thread only when it is all there,
so a slow or silent client costs none.

Of gunicorn it uses ``ThreadWorker.handle`` (parse one request, call the application, write the answer), ``TConn`` and
its unreader, and the queue by which signals wake the first thread; they are not a public interface, hence the narrow
pin. Needs epoll; elsewhere gunicorn's own worker serves.
"""

from __future__ import annotations

import errno
import math
import mmap
import os
import re
import select
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from embedcomments.web.quick_posts import QuickPosts
from embedcomments.web.quick_reads import QuickReads

# How long a client may take to send one request, from its first byte or from connecting.
ARRIVAL_S = 30.0
# A longer body, or one of a length not told, is read by the application as it comes.
LONGEST_GATHERED = 1_114_112
LONGEST_HEAD = 65_536
# A client that takes or sends nothing for so long, while a thread waits for it, is given up.
STALL_S = 20
# Who has two clients more than another worker lets that one accept the next: requests of a client wait for one another
# less where each processor has as many.
_COURTESY_S = 0.0005
_CHUNK = 65_536
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,8})[ \t]*\r\n", re.IGNORECASE)
_AS_IT_COMES = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_CLOSING = b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout" + _CLOSING
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large" + _CLOSING  # RFC 6585, 5


class Client(TConn):  # type: ignore[misc]
    """A connection: what has arrived of its next request, what is left to be sent, and until when it may rest."""

    def __init__(self, cfg: Any, sock: socket.socket, address: Any, server: Any) -> None:
        super().__init__(cfg, sock, address, server)
        self.fd = sock.fileno()
        self.arrived = bytearray()
        self.unsent = b""
        self.deadline = 0.0
        self.is_watched = False
        self.data_ready = True  # gunicorn need not wait for what is there
        stall = struct.pack("ll", STALL_S, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, stall)


def is_complete(arrived: bytearray) -> bool:
    """Whether a thread can begin with what has arrived: a whole request, or as much of one as is waited for."""
    end = arrived.find(_END)
    if end < 0:
        return len(arrived) > LONGEST_HEAD
    head = bytes(arrived[: end + 2])
    length = _LENGTH.search(head)
    if length is None or _AS_IT_COMES.search(head):
        return True
    wanted = int(length[1])
    return wanted > LONGEST_GATHERED or len(arrived) >= end + len(_END) + wanted


class LastFirst:
    """A lock that goes to who has waited shortest: with little to do few threads do it all, and what the processor
    keeps of them is still there. It is not fair, and need not be: who waits for it has nothing to do."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_held = False
        self._waiting: list[threading.Lock] = []

    def __enter__(self) -> None:
        with self._mutex:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.pop().release()
            else:
                self._is_held = False


class ClientCounts:
    """How many clients each worker has, in memory that they share. Made before the workers are."""

    _SLOTS = 256  # more than there are workers at a time, the next generation included
    _NONE = -1

    def __init__(self) -> None:
        self._cells = memoryview(mmap.mmap(-1, 4 * self._SLOTS)).cast("i")
        for slot in range(self._SLOTS):
            self._cells[slot] = self._NONE

    def tell(self, worker: int, count: int) -> None:
        """Note how many ``worker``, a number of gunicorn's, has."""
        self._cells[worker % self._SLOTS] = count

    def forget(self, worker: int) -> None:
        """It has ended."""
        self._cells[worker % self._SLOTS] = self._NONE

    def least(self) -> int:
        """How many that one has that has fewest; 0 without any."""
        return min((count for count in self._cells if count != self._NONE), default=0)


class PollingWorker(ThreadWorker):  # type: ignore[misc]
    """See the module. ``quick``: answers from kept bytes, if there are any. ``posts``: takes what needs no parser.
    ``counts``: what the other workers have to do."""

    quick: QuickReads | None = None
    posts: QuickPosts | None = None
    counts: ClientCounts | None = None

    def init_process(self) -> None:
        """Gunicorn's hook, after the fork."""
        self._epoll = select.epoll()
        self._lead = LastFirst()
        self._came: deque[tuple[int, int]] = deque()
        self._listeners: dict[int, tuple[socket.socket, Any]] = {}
        self._resting: dict[int, Client] = {}
        self._clients: set[Client] = set()
        self._is_full = False
        self._ended, self._end = os.pipe()
        super().init_process()

    def run(self) -> None:
        """Gunicorn's main loop: the threads serve, the first one sees to time and signals."""
        self._epoll.register(self._ended, select.EPOLLIN)
        for listener in self.sockets:
            listener.setblocking(False)
            self._listeners[listener.fileno()] = (listener, listener.getsockname())
            self._epoll.register(listener.fileno(), select.EPOLLIN | select.EPOLLONESHOT)
        threads = [
            threading.Thread(target=self._serve, name=f"embedcomments-http-{n}", daemon=True)
            for n in range(self.cfg.threads)
        ]
        for thread in threads:
            thread.start()
        while self.alive:
            self.notify()
            self._await_signal(1.0)
            if not self.is_parent_alive():
                break
            self._expire(time.monotonic())
        self._finish()
        os.write(self._end, b"x")
        for thread in threads:
            thread.join(1.0)
        for listener, _ in self._listeners.values():
            listener.close()

    def _finish(self) -> None:
        for fd in self._listeners:
            self._epoll.modify(fd, 0)
        now = time.monotonic()
        # A request that is on its way is still answered, with "Connection: close".
        patience = now + STOP_KEEPALIVE_LINGER
        until = now + self.cfg.graceful_timeout
        while self._clients and now < until:
            self.notify()
            self._await_signal(0.1)
            now = time.monotonic()
            self._expire(now, patience)

    def _await_signal(self, timeout_s: float) -> None:
        woken, _, _ = select.select([self.method_queue.fileno()], [], [], timeout_s)
        if woken:
            self.method_queue.run_callbacks(None)

    def _expire(self, now: float, patience: float = math.inf) -> None:
        for fd, client in list(self._resting.items()):
            if min(client.deadline, patience) <= now and self._resting.pop(fd, None) is not None:
                if client.arrived:
                    self._tell(client, _TOO_SLOW)
                self._close(client)
        if self._is_full:
            self._listen_again()

    def _serve(self) -> None:
        while True:
            client = None
            try:
                client = self._lead_until_work_comes()
                if client is None:
                    return
                self._work(client)
            except BaseException:  # whatever one client does, the thread serves the next
                self.log.exception("A connection failed")
                if client is not None:
                    self._close(client)

    def _lead_until_work_comes(self) -> Client | None:
        """Wait, answer what can be answered at once, and return the first client that takes a thread; None when the
        server stops. What came with it is left for the next leader."""
        with self._lead:
            while True:
                if not self._came:
                    self._came.extend(self._epoll.poll(None, 32))
                    continue
                fd, _ = self._came.popleft()
                if fd == self._ended:
                    self._came.append((fd, 0))
                    return None
                client = self._accept(fd) if fd in self._listeners else self._resting.pop(fd, None)
                if client is not None and self._takes_a_thread(client):
                    return client

    def _accept(self, fd: int) -> Client | None:
        listener, name = self._listeners[fd]
        if self.counts is not None and len(self._clients) > self.counts.least() + 1:
            time.sleep(_COURTESY_S)
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self.log.error("No more connections can be opened: %s", error)
                self._is_full = True  # the first thread tries again in a second
            else:
                self._listen(fd)
            return None
        client = Client(self.cfg, sock, address, name)
        client.deadline = time.monotonic() + ARRIVAL_S
        self._clients.add(client)
        self._tell_count()
        if len(self._clients) < self.worker_connections:
            self._listen(fd)
        else:
            self._is_full = True
        return client

    def _tell_count(self) -> None:
        if self.counts is not None:
            self.counts.tell(self.age, len(self._clients))

    def _listen(self, fd: int) -> None:
        if self.alive:
            self._epoll.modify(fd, select.EPOLLIN | select.EPOLLONESHOT)

    def _listen_again(self) -> None:
        if len(self._clients) < self.worker_connections:
            self._is_full = False
            for fd in self._listeners:
                self._listen(fd)

    def _takes_a_thread(self, client: Client) -> bool:
        try:
            data = client.sock.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._rest(client)
            return False
        except OSError:
            data = b""
        if not data:
            self._close(client)
            return False
        if not client.arrived:
            if data.endswith(_END) and (answer := self._quick_answer(data)) is not None:
                return self._is_stuck(client, answer)
            client.deadline = time.monotonic() + ARRIVAL_S
        client.arrived += data
        if is_complete(client.arrived):
            return True
        self._rest(client)
        return False

    def _quick_answer(self, request: bytes) -> tuple[bytes, bytes] | None:
        if self.quick is None or not self.alive:
            return None
        try:
            return self.quick.answer(request)
        except Exception:  # noqa: BLE001 - the ordinary way tells what is wrong
            return None

    def _is_stuck(self, client: Client, answer: tuple[bytes, bytes]) -> bool:
        """Send an answer as far as the client takes it at once; the rest takes a thread."""
        try:
            sent = client.sock.sendmsg(answer, (), socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(client)
            return False
        if sent < len(answer[0]) + len(answer[1]):
            client.unsent = b"".join(answer)[sent:]
            return True
        self._rest_until_next(client)
        return False

    def _work(self, client: Client) -> None:
        if client.unsent:
            unsent, client.unsent = client.unsent, b""
            self._send_all(client, unsent)
            return
        while True:
            request = bytes(client.arrived)
            client.arrived.clear()
            if _END not in request:
                self._tell(client, _TOO_LONG)
                self._close(client, graceful=True)
                return
            if self.posts is not None and self.alive:
                answer = self.posts.answer(request, client.client, client.server)
                if answer is not None:
                    self._send_all(client, answer)
                    return
            if client.is_watched and _UPGRADE.search(request):
                # The application may keep the socket, and then this descriptor stands for another.
                self._epoll.unregister(client.fd)
                client.is_watched = False
            client.init()
            client.parser.unreader.unread(request)
            if not self.handle(client):
                self._close(client, graceful=True)
                return
            client.arrived += client.parser.unreader.take_buffered()
            if not client.arrived:
                self._rest_until_next(client)
                return
            client.deadline = time.monotonic() + ARRIVAL_S
            if not is_complete(client.arrived):
                self._rest(client)
                return

    def _send_all(self, client: Client, answer: bytes) -> None:
        client.sock.setblocking(True)
        try:
            client.sock.sendall(answer)
        except OSError:
            self._close(client)
        else:
            self._rest_until_next(client)

    def _tell(self, client: Client, answer: bytes) -> None:
        with suppress(OSError):
            client.sock.send(answer, socket.MSG_DONTWAIT)

    def _rest_until_next(self, client: Client) -> None:
        client.deadline = time.monotonic() + float(self.cfg.keepalive)
        self._rest(client)

    def _rest(self, client: Client) -> None:
        # First here, then there: it may be told of at once.
        self._resting[client.fd] = client
        change = self._epoll.modify if client.is_watched else self._epoll.register
        client.is_watched = True
        change(client.fd, select.EPOLLIN | select.EPOLLONESHOT)

    def _close(self, client: Client, graceful: bool = False) -> None:
        self._clients.discard(client)
        self._tell_count()
        self._resting.pop(client.fd, None)
        with suppress(OSError):
            client.close(graceful=graceful)
