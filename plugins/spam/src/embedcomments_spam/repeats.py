"""The same text again and again, in whatever thread and site of the instance.

What differs only in case, numbers, links and punctuation counts as the same. The table holds hashes and is
asked and written while a comment is taken, so that all server processes count alike.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Connection, delete, func, select, update

from embedcomments.api import Action, Comment, Draft, PluginContext
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import insert_into, repeat

REMEMBERED = timedelta(days=1)
# "Thank you very much!" is said by many.
_MIN_LETTERS = 25
_SPAM_FACTOR = 3
_MOST_COUNTED = 1_000
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}")
_WORD = re.compile(r"[^\W\d_]+")


def normal(text: str) -> str:
    """The words of ``text`` in one case, without numbers, links and punctuation."""
    return " ".join(_WORD.findall(_LINK.sub(" ", text.casefold())))


def fingerprint(text: str) -> int | None:
    """A number of 63 bits for the words of ``text``; None when there are too few to be told from others'."""
    words = normal(text)
    if len(words) < _MIN_LETTERS:
        return None
    return int.from_bytes(blake2b(words.encode(errors="replace"), digest_size=8).digest()) >> 1


def row_of(draft: Draft) -> str:
    """The name of the row that a new comment or mention has among the texts: of a mention always the same, so that a
    page that tells of itself anew is no repeat of itself."""
    if draft.link is None:
        return secrets.token_hex(12)
    return blake2b(
        f"{draft.kind}\n{draft.thread.key}\n{draft.link.url}".encode(errors="replace"), digest_size=12
    ).hexdigest()


def fingerprint_of(ctx: PluginContext, draft: Draft) -> int | None:
    """That of a draft whose repeats are counted; None where the site lets them through or the text is too short."""
    return fingerprint(draft.text) if ctx.settings["max_repeats"] else None


def count(connection: Connection, found: int, draft: Draft) -> int:
    """How often the text of that fingerprint was written within a day before, 1,000 times at the most. The draft is
    noted with it; what its own comment was before does not count."""
    at = _ms(draft.submitted_at)
    alike = select(repeat.c.comment_id).where(
        repeat.c.fingerprint == found, repeat.c.seen_at > _ms(draft.submitted_at - REMEMBERED)
    )
    if draft.previous is None:
        name = row_of(draft)
        alike = alike.where(repeat.c.comment_id != name)
        insert = insert_into(connection, repeat).values(comment_id=name, fingerprint=found, seen_at=at)
        insert = insert.on_conflict_do_update(index_elements=["comment_id"], set_={"fingerprint": found, "seen_at": at})
        connection.execute(insert)
    else:
        written_at, before = _ms(draft.previous.created_at), fingerprint(draft.previous.source)
        alike = alike.where(repeat.c.seen_at != written_at)
        own = (repeat.c.fingerprint == before) & (repeat.c.seen_at == written_at)
        connection.execute(update(repeat).where(own).values(fingerprint=found))
    times = connection.execute(select(func.count()).select_from(alike.limit(_MOST_COUNTED).subquery())).scalar_one()
    return int(times)


def too_often(times: int, allowed: int) -> Finding | None:
    """Hold what was written too often; from three times as much on it is spam."""
    if times < allowed:
        return None
    action, score = (Action.SPAM, 0.9) if times >= _SPAM_FACTOR * allowed else (Action.HOLD, 0.6)
    return Finding(action=action, score=score, reason=f"The same text was written {_times(times)} within a day.")


def forget(connection: Connection, comment: Comment) -> None:
    """What its author took back does not count."""
    connection.execute(delete(repeat).where(repeat.c.seen_at == _ms(comment.created_at)))


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove what counts no more."""
    connection.execute(delete(repeat).where(repeat.c.seen_at <= _ms(now - REMEMBERED)))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
