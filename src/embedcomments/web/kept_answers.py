"""The table of kept answers, and the small WSGI layer that serves from it ahead of Flask.

A key is path and query string as they stand in the request. Flask's views put answers in; this layer gives them out
again as long as nothing changed. Both build their responses with ``respond``, so they cannot differ.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from embedcomments.domain.sites import Site
from embedcomments.services.freshness import Freshness
from embedcomments.services.snapshots import Kept, Snapshot

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_KEYS = 4096
Headers = list[tuple[str, str]]

_PUBLIC = (("Cache-Control", "public, no-cache"), ("CDN-Cache-Control", "public, max-age=2, stale-while-revalidate=30"))
_IMMUTABLE = (("Cache-Control", "public, max-age=31536000, immutable"),)
_LOADER = (("Cache-Control", "public, max-age=300, stale-while-revalidate=86400"),)
_EVERYBODY = (
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Accept-Encoding"),
)
EXPOSED = "ETag, Location, Retry-After"


@dataclass(slots=True)
class Entry:
    """What a kept answer is made of. ``site`` None: a file for everybody, which is kept in ``file`` once it is built.

    ``mark`` changes whenever the answer would; ``known`` is the stamp under which it was last asked, and what it said.
    The bytes are not here but in the one table that bounds them.
    """

    key: tuple[str, str]
    site: Callable[[], Site] | None
    mark: Callable[[], Hashable]
    build: Callable[[], Snapshot]
    headers: tuple[tuple[str, str], ...] = ()
    known: tuple[Hashable, Hashable] | None = None
    file: Snapshot | None = None


class KeptAnswers:
    """Path and query to answers that are kept as bytes."""

    def __init__(self, freshness: Freshness, accepts: Callable[[Site, str], bool]) -> None:
        self._freshness = freshness
        self._accepts = accepts
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()
        self._fixed: dict[str, Entry] = {}
        self._kept: Kept[tuple[str, str]] = Kept()
        self._lock = Lock()

    def add_file(self, path: str, build: Callable[[], Snapshot]) -> None:
        """A file that never changes while the process lives; built when it is first asked for, or by ``warm``."""
        headers = _LOADER if path == "/embed.js" else _IMMUTABLE
        self._fixed[path] = Entry((path, ""), None, lambda: None, build, (*headers, *_EVERYBODY))

    def add(
        self,
        path: str,
        query: str,
        site: Callable[[], Site],
        mark: Callable[[], Hashable],
        build: Callable[[], Snapshot],
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Entry:
        """Keep what ``build`` makes for this request line as long as ``mark`` stays. Raises what ``build`` raises."""
        entry = Entry((path, query), site, mark, build, (*_PUBLIC, ("X-Content-Type-Options", "nosniff"), *headers))
        self._present(entry)
        with self._lock:
            self._entries[entry.key] = entry
            self._entries.move_to_end(entry.key)
            if len(self._entries) > MAX_KEYS:
                self._entries.popitem(last=False)
        return entry

    def find(self, path: str, query: str) -> Entry | None:
        """The entry for a request line; None when Flask has to see to it."""
        return self._fixed.get(path) or self._entries.get((path, query))

    def warm(self) -> None:
        """Build all files, so that no visitor waits for it."""
        for path in list(self._fixed):
            self._present(self._fixed[path])

    def ready(self, entry: Entry) -> Snapshot | None:
        """Its answer when that is known to be the present one, without asking or building anything."""
        if entry.site is None:
            return entry.file
        known = entry.known
        if known is None or known[0] != self._freshness.stamp():
            return None
        if self._entries.get(entry.key) is not entry:
            return None  # another was kept in its place
        return self._kept.find(entry.key, known[1])

    def respond(
        self, entry: Entry, environ: WSGIEnvironment, snapshot: Snapshot | None = None
    ) -> tuple[str, Headers, bytes]:
        """Status, headers and body for a GET or HEAD of a kept answer; ``snapshot`` is it when the caller has it."""
        snapshot = snapshot or self._present(entry)
        encoding = choose_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if encoding not in snapshot.bodies:
            encoding = "identity"
        headers: Headers = [("ETag", snapshot.etags[encoding]), *entry.headers]
        if entry.site is not None:
            headers.append(("Vary", "Origin, Accept-Encoding"))
            origin = environ.get("HTTP_ORIGIN")
            if origin is not None and (origin == own_origin(environ) or self._accepts(entry.site(), origin)):
                headers.append(("Access-Control-Allow-Origin", origin))
                headers.append(("Access-Control-Expose-Headers", EXPOSED))
        wanted = environ.get("HTTP_IF_NONE_MATCH")
        if wanted is not None and _matches(wanted, snapshot):
            return "304 NOT MODIFIED", headers, b""
        body = snapshot.bodies[encoding]
        headers.append(("Content-Type", snapshot.content_type))
        headers.append(("Content-Length", str(len(body))))
        if encoding != "identity":
            headers.append(("Content-Encoding", encoding))
        return "200 OK", headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body

    def _present(self, entry: Entry) -> Snapshot:
        """Its answer as it is now."""
        if entry.site is None:
            if entry.file is None:
                entry.file = entry.build()
            return entry.file
        stamp = self._freshness.stamp()
        known = entry.known
        if known is None or known[0] != stamp:
            known = (stamp, entry.mark())
        snapshot = self._kept.get(entry.key, known[1], entry.build)
        entry.known = known
        return snapshot


class HotReads:
    """WSGI middleware: kept answers without Flask, everything else with it."""

    def __init__(self, app: WSGIApplication, kept: KeptAnswers) -> None:
        self._app = app
        self._kept = kept

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            try:
                entry = self._kept.find(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
                answer = None if entry is None else self._kept.respond(entry, environ)
            except Exception:  # noqa: BLE001 - Flask goes the ordinary way and tells what is wrong
                answer = None
            if answer is not None:
                status, headers, body = answer
                start_response(status, headers)
                return (body,)
        return self._app(environ, start_response)


@lru_cache(maxsize=512)
def choose_encoding(accepted: str) -> str:
    """The one of ours that an Accept-Encoding header likes best, of equals the smaller (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = next((_weight(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
    compressed = weights.get("*", 0.0)
    likes = {
        "br": weights.get("br", compressed),
        "gzip": weights.get("gzip", compressed),
        "identity": weights.get("identity", 0.0),  # always there for those who take nothing else
    }
    best = max(likes, key=likes.__getitem__)
    return best if likes[best] > 0 else "identity"


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def own_origin(environ: dict[str, Any]) -> str:
    """The origin under which this request reached the server."""
    return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"


def _matches(wanted: str, snapshot: Snapshot) -> bool:
    if wanted.strip() == "*":
        return True
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    return not tags.isdisjoint(snapshot.etags.values())
