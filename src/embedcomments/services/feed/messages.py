"""The frames of the feed: what clients send, read strictly, and what they get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

MAX_SITE_LENGTH: Final = 200
MAX_CURSOR_LENGTH: Final = 100
MAX_TOKEN_LENGTH: Final = 2000

PING: Final = b'{"op":"ping"}'


@dataclass(frozen=True, slots=True)
class Sub:
    """Watch a thread from ``cursor`` on."""

    site: str
    key: str
    cursor: str | None
    token: str | None


@dataclass(frozen=True, slots=True)
class Unsub:
    """Watch it no longer."""

    site: str
    key: str


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is writing in the thread."""

    site: str
    key: str


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to our ``ping``."""


Message = Sub | Unsub | Typing | Pong


class Misunderstood(Exception):
    """The frame says nothing that we know; the text is a sentence for whoever wrote the client."""


def parse_message(text: str) -> Message:
    """The message in a text frame. Unknown members are ignored, so that the protocol can grow.

    Raises Misunderstood.
    """
    try:
        frame = orjson.loads(text)
    except ValueError as error:
        raise Misunderstood("The frame is not JSON.") from error
    if not isinstance(frame, dict):
        raise Misunderstood("The frame is not a JSON object.")
    match frame.get("op"):
        case "sub":
            site, key = _thread_of(frame)
            return Sub(
                site, key, _optional(frame, "cursor", MAX_CURSOR_LENGTH), _optional(frame, "token", MAX_TOKEN_LENGTH)
            )
        case "unsub":
            return Unsub(*_thread_of(frame))
        case "typing":
            return Typing(*_thread_of(frame))
        case "pong":
            return Pong()
    raise Misunderstood("The op of the frame is unknown.")


def _thread_of(frame: dict[str, Any]) -> tuple[str, str]:
    site, key = frame.get("site"), frame.get("key")
    if not isinstance(site, str) or not 0 < len(site) <= MAX_SITE_LENGTH:
        raise Misunderstood(f"site must be a string of 1 to {MAX_SITE_LENGTH} characters.")
    if not isinstance(key, str) or not key:
        raise Misunderstood("key must be a string and not empty.")
    return site, key


def _optional(frame: dict[str, Any], name: str, longest: int) -> str | None:
    value = frame.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > longest):
        raise Misunderstood(f"{name} must be null or a string of at most {longest} characters.")
    return value


def hello(heartbeat_s: int) -> bytes:
    """The first frame."""
    return orjson.dumps({"op": "hello", "heartbeat_s": heartbeat_s})


def bye(code: int, retry_s: int) -> bytes:
    """The last frame before we close."""
    return orjson.dumps({"op": "bye", "code": code, "retry_s": retry_s})


def error(code: str, detail: str) -> bytes:
    """The answer to a frame that was not understood, or not allowed, and belongs to no thread."""
    return orjson.dumps({"op": "error", "code": code, "detail": detail})


def thread_prefix(site: str, key: str) -> bytes:
    """How each frame of a thread begins: the names that the subscriber used, ready for ``thread_frame``."""
    return orjson.dumps({"site": site, "key": key})[:-1] + b","


def body(**members: Any) -> bytes:
    """The members of a frame, rendered once however many spellings of its thread there are."""
    return orjson.dumps(members)


def thread_frame(prefix: bytes, rendered: bytes) -> bytes:
    """A frame for the subscribers behind ``prefix``; ``rendered`` comes from ``body`` and is not empty."""
    return prefix + rendered[1:]
