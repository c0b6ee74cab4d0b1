"""One HTTP connection to one checked address, in which nothing can take longer or grow larger than granted."""

from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any, cast

from urllib3.connection import HTTPConnection

from embedcomments.services.outbound.addresses import Address
from embedcomments.services.outbound.deadline import Deadline
from embedcomments.services.outbound.targets import Target

Connect = Callable[[Address, int, float], socket.socket]
"""(address, port, timeout in seconds) to a connected TCP socket; raises OSError."""

# http.client takes 100 header lines of 64 KiB each; all of them together get this much.
MAX_HEAD_BYTES = 65_536
_SEND_BYTES = 16_384


class TooMuchSent(OSError):
    """The other server sent more than was granted."""


def system_connect(address: Address, port: int, timeout_s: float) -> socket.socket:
    """A TCP connection to exactly that address; no name is looked up."""
    sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_s)
        sock.connect((str(address), port))
    except BaseException:
        sock.close()
        raise
    return sock


class Wire:
    """The part of a socket that http.client uses, each call bounded by the deadline and by ``grant``.

    A timeout on a socket begins anew with every byte that arrives, so a slow drip would
    never end; here each call gets what is left of the whole.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline
        self._granted = MAX_HEAD_BYTES

    def grant(self, count: int) -> None:
        """Accept ``count`` further bytes and no more."""
        self._granted = count

    def sendall(self, data: bytes) -> None:
        """Send all of ``data`` or raise TimeoutError."""
        view = memoryview(data)
        while view:
            self._sock.settimeout(self._deadline.remaining_s())
            view = view[self._sock.send(view[:_SEND_BYTES]) :]

    def receive_into(self, buffer: memoryview) -> int:
        """Read what is there into ``buffer``; 0 at the end of the stream."""
        if self._granted <= 0:
            raise TooMuchSent("The server sent more than is read.")
        self._sock.settimeout(self._deadline.remaining_s())
        count = self._sock.recv_into(buffer[: self._granted])
        self._granted -= count
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client reads the response from."""
        return io.BufferedReader(_WireReader(self))

    def settimeout(self, _timeout_s: float | None) -> None:
        """Ignored: the deadline rules."""

    def close(self) -> None:
        """Ignored: http.client closes its connection before the body is read. ``disconnect`` closes."""

    def disconnect(self) -> None:
        """Close the socket."""
        self._sock.close()


class _WireReader(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive_into(memoryview(buffer))


class PinnedConnection(HTTPConnection):
    """A connection whose address was decided before it; the target's name is only spoken, never resolved."""

    def __init__(
        self,
        target: Target,
        addresses: Sequence[Address],
        *,
        deadline: Deadline,
        connect: Connect,
        tls: ssl.SSLContext,
    ) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._addresses = addresses
        self._deadline = deadline
        self._connect = connect
        self._tls = tls
        self.wire: Wire | None = None

    def connect(self) -> None:
        """Connect to the first address that answers, and prove the name by TLS where it is https."""
        sock = self._reach()
        if self._target.scheme == "https":
            try:
                sock = self._tls.wrap_socket(sock, server_hostname=self._target.host, do_handshake_on_connect=False)
                sock.settimeout(self._deadline.remaining_s())
                sock.do_handshake()
            except BaseException:
                sock.close()
                raise
        self.wire = Wire(sock, self._deadline)
        self.sock = cast(socket.socket, self.wire)

    def disconnect(self) -> None:
        """Close the connection, whether or not its response was read."""
        self.close()
        if self.wire is not None:
            self.wire.disconnect()

    def _reach(self) -> socket.socket:
        failure: OSError | None = None
        for tried, address in enumerate(self._addresses):
            # An address that swallows packets must not use up the time of the next one.
            timeout_s = self._deadline.remaining_s() / (len(self._addresses) - tried)
            try:
                return self._connect(address, self._target.port, timeout_s)
            except OSError as error:
                failure = error
        raise failure or OSError("There is no address to connect to.")
