"""Kept answers for requests that are still bytes: no parser, no WSGI, no Flask.

Only a GET whose bytes are exactly one request without a body, and nothing in whose head asks for more than the table of
kept answers can tell, is answered here. Everything else goes the ordinary way.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from embedcomments.services.snapshots import Snapshot
from embedcomments.web.kept_answers import Entry, KeptAnswers

MAX_REQUEST_BYTES = 2048
MAX_REQUESTS = 4096

# RFC 9112, 3 and RFC 9110, 5.1 and 5.5: what is written in any other way goes the ordinary way. An escaped path does
# too: the table knows it decoded.
_LINE = re.compile(rb"GET (/(?!/)[!$&-;=@-Z_a-z~]*)(?:\?([!$-~]*))? HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^`|~0-9A-Za-z-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?[ \t]*")
_TOLD = {
    b"host": "HTTP_HOST",
    b"origin": "HTTP_ORIGIN",
    b"accept-encoding": "HTTP_ACCEPT_ENCODING",
    b"if-none-match": "HTTP_IF_NONE_MATCH",
}
# What changes how a request is read, who sent it, or what becomes of the connection. With one of these, a person or a
# program has something in mind that is not ours to guess.
_OTHERWISE = re.compile(rb"content-|transfer-|te$|trailer$|expect$|upgrade|proxy-|.*forwarded|x-real-|x-scheme|http2-")


@dataclass(slots=True)
class _Known:
    """A request that was understood before, and the last answer to it: its head, and the body that is kept anyway."""

    entry: Entry
    environ: dict[str, Any]
    snapshot: Snapshot | None = None
    answer: tuple[bytes, bytes] = (b"", b"")
    second: int = 0


def read_fields(lines: Iterable[bytes], besides: Collection[bytes] = ()) -> dict[bytes, str] | None:
    """The header fields of a request by their names in lower case; None when there is one that is written in an
    unusual way, comes twice, or changes how the request is read, unless it is in ``besides``."""
    fields: dict[bytes, str] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            return None
        name, value = found[1].lower(), (found[2] or b"").decode("ascii")
        if name in fields or (name not in besides and _OTHERWISE.match(name)):
            return None
        if name == b"connection" and value.lower() != "keep-alive":
            return None
        fields[name] = value
    return fields if fields.get(b"host") else None


class QuickReads:
    """Answers from ``kept``. ``server`` is the value of the Server header. For one thread at a time."""

    def __init__(self, kept: KeptAnswers, server: str) -> None:
        self._kept = kept
        self._server = server
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def answer(self, request: bytes) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to the request, or None for one that must go the ordinary way. Never waits: an
        answer that is yet to be built goes that way too."""
        known = self._known.get(request)
        if known is None:
            known = self._understand(request)
            if known is None:
                return None
            self._known[request] = known
            if len(self._known) > MAX_REQUESTS:
                self._known.popitem(last=False)
        entry = known.entry
        snapshot = self._kept.ready(entry)
        if snapshot is None:
            del self._known[request]  # another may be kept in the place of this one
            return None
        second = int(time.time())
        # Which origins a site accepts is asked anew each second, and the date is that of the second.
        if snapshot is not known.snapshot or second != known.second:
            known.answer = self._compose(entry, known.environ, snapshot, second)
            known.snapshot, known.second = snapshot, second
        return known.answer

    def _understand(self, request: bytes) -> _Known | None:
        if len(request) > MAX_REQUEST_BYTES:
            return None
        line, *fields = request[:-4].split(b"\r\n")
        asked = _LINE.fullmatch(line)
        if asked is None:
            return None
        told = read_fields(fields)
        if told is None:
            return None
        environ = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http"}
        environ.update((_TOLD[name], value) for name, value in told.items() if name in _TOLD)
        entry = self._kept.find(asked[1].decode("ascii"), (asked[2] or b"").decode("ascii"))
        return None if entry is None else _Known(entry, environ)

    def _compose(self, entry: Entry, environ: dict[str, Any], snapshot: Snapshot, second: int) -> tuple[bytes, bytes]:
        status, headers, body = self._kept.respond(entry, environ, snapshot)
        lines = [
            f"HTTP/1.1 {status}",
            f"Server: {self._server}",
            f"Date: {formatdate(second, usegmt=True)}",
            "Connection: keep-alive",
            *(f"{name}: {value}" for name, value in headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), body
