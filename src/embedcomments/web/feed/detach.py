"""Takes a websocket away from flask-sock, simple-websocket and the WSGI server beneath them.

The one module that leans on attributes that are not documented: ``Server.sock``, ``.mode`` and ``.connected``
of simple-websocket 1.1.0 (pinned), the read-ahead buffer of gunicorn's request body, and that flask-sock 0.7
closes the websocket after the view and swallows what that raises. It can go when simple-websocket learns to
hand over its socket. Tests: ``tests/live``.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Callable
from typing import Any

from simple_websocket import Server


class NoThread:
    """A ``thread_class`` for simple-websocket that starts nothing: the feed loop reads."""

    name = ""

    def __init__(self, target: Callable[[], None]) -> None:
        """``target`` would read the socket; it is dropped."""

    def start(self) -> None:
        """Do nothing."""


class NotDetachable(Exception):
    """The server's socket cannot be taken over; the text says why."""


def check_detachable(environ: dict[str, Any]) -> None:
    """Raise NotDetachable when the socket of this request could not be detached after the handshake."""
    sock = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
    if not isinstance(sock, socket.socket):
        raise NotDetachable("This server does not let its sockets go.")
    if isinstance(sock, ssl.SSLSocket):
        # Its TLS state lives in the server's object. Let a proxy in front speak TLS.
        raise NotDetachable("The live feed needs a proxy in front that speaks TLS.")


def detach(websocket: Server) -> tuple[socket.socket, bytes]:
    """The connection's socket, ours alone, and the bytes that came behind the handshake and were read ahead.

    Raises OSError (out of file descriptors), and then nothing has changed.

    A copy of the descriptor would not do: gunicorn's workers end a connection with ``shutdown``,
    which cuts every copy, after reading up to two seconds of what the client says. So
    the server's own descriptor is made to point at a dead socket instead: what it writes there fails
    as for a client that left, what it reads is the end, and its count of connections stays right.
    """
    served: socket.socket = websocket.sock
    early = _read_ahead(websocket.environ, served)
    ours = served.dup()
    try:
        dead, peer = socket.socketpair()
    except OSError:
        ours.close()
        raise
    peer.close()
    with dead:
        os.dup2(dead.fileno(), served.fileno(), inheritable=False)
    # flask-sock calls close() after the view; without a connection that raises and sends nothing.
    websocket.connected = False
    return ours, early


def _read_ahead(environ: dict[str, Any], served: socket.socket) -> bytes:
    body = environ["wsgi.input"]
    if "gunicorn.socket" in environ:
        return bytes(body.reader.unreader.buf.getvalue())
    # Werkzeug's is a BufferedReader, whose peek() reads the socket once when it holds nothing.
    served.setblocking(False)
    return bytes(body.peek() or b"")
