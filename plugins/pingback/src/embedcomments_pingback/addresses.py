"""Which page a URL means, in the one spelling that the widget's pages have."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

from embedcomments.api import EmbedCommentsError, Site, normalise_key

MAX_URL_LENGTH = 2_000
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))


def page_key(url: str, site: Site) -> str | None:
    """The thread's key for an absolute http(s) URL, or None when it is not one.

    A browser tells the widget its page's URL with the host in IDNA and the rest percent-encoded;
    people, and so links, write both otherwise.
    """
    if len(url) > MAX_URL_LENGTH or not url[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        netloc = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode("ascii")
        path, query = (quote(part, safe=_PRINTABLE) for part in (parts.path, parts.query))
        plain = urlunsplit((parts.scheme, netloc, path, query, ""))
        return normalise_key(plain, strip_parameters=frozenset(site.settings.strip_parameters))
    except (ValueError, EmbedCommentsError):
        return None


def origin_of(key: str) -> str:
    """The origin of a key that ``page_key`` made, as browsers write it."""
    parts = urlsplit(key)
    return f"{parts.scheme}://{parts.netloc}"


def host_of(url: str) -> str:
    """The host of an http(s) URL in lower case, "" when there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_web_page(url: str) -> bool:
    """Whether ``url`` could be fetched: absolute, http(s), a host, no user name, no blanks."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    is_plain = "@" not in parts.netloc and port != 0 and not any(char.isspace() or ord(char) < 33 for char in url)
    return is_plain and parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= MAX_URL_LENGTH
