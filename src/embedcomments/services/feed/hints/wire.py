"""How a hint travels: a small JSON text. Listeners take it from strangers, too, and believe nothing."""

from __future__ import annotations

from typing import Final

import orjson

from embedcomments.domain.events import Hint

CHANNEL: Final = "embedcomments"
# PostgreSQL refuses payloads of 8000 bytes and more.
MAX_BYTES: Final = 7900
# What a hint becomes that does not fit, or that stands for more hints than are worth counting.
CHECK_ALL: Final = "{}"


def encode(hint: Hint) -> str:
    """The text for ``hint``; ``CHECK_ALL`` when it would be too long."""
    text = orjson.dumps({"site": hint.site_id, "key": hint.key, "seq": hint.seq})
    return text.decode() if len(text) <= MAX_BYTES else CHECK_ALL


def decode(text: str | bytes) -> Hint | None:
    """The hint in ``text``; None asks to look at all watched threads."""
    try:
        members = orjson.loads(text)
        site_id, key, seq = members["site"], members["key"], members["seq"]
    except (ValueError, KeyError, TypeError):
        return None
    if type(site_id) is not int or not isinstance(key, str) or type(seq) is not int:
        return None
    return Hint(site_id=site_id, key=key, seq=seq)
