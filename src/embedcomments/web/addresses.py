"""Addresses that people wrote, before they become links."""

from __future__ import annotations

from urllib.parse import urlsplit


def web_url(value: str | None) -> str | None:
    """``value`` when it is an http(s) URL; no other scheme becomes a link."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None
