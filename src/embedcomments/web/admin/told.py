"""How the record is told in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SENTENCES = {
    "comment.submit": "written",
    "comment.publish": "published",
    "comment.hold": "held",
    "comment.spam": "marked as spam",
    "comment.delete": "deleted",
    "comment.restore": "restored",
    "comment.edit": "edited",
    "comment.erase": "erased for good",
    "comment.withdraw": "taken back",
    "comment.pin": "pinned",
    "comment.unpin": "unpinned",
    "comment.close": "branch closed",
    "comment.reopen": "branch opened",
    "thread.close": "thread closed",
    "thread.reopen": "thread opened",
    "thread.hide": "thread hidden",
    "thread.show": "thread shown again",
    "thread.move": "thread moved",
    "thread.merge": "thread merged",
    "plugin.enable": "plugin switched on",
    "plugin.disable": "plugin switched off",
    "plugin.settings": "plugin's settings changed",
    "plugin.order": "order of plugins changed",
    "settings.change": "settings changed",
    "site.add": "site added",
    "origin.add": "origin added",
    "origin.remove": "origin removed",
    "site.rename": "site renamed",
    "site.delete": "site deleted",
    "job.retry": "job tried again",
    "job.run": "job run now",
    "job.discard": "job thrown away",
    "job.drop": "waiting job thrown away",
    "job.retry_all": "jobs tried again",
    "job.discard_all": "jobs thrown away",
    "people.invite": "invitation made",
    "people.revoke": "invitation taken back",
    "people.accept": "invitation accepted",
    "people.role": "role changed",
    "people.remove": "taken off the desk",
    "account.sign_in": "signed in",
    "account.sign_out": "signed out",
    "account.sessions_ended": "sessions ended",
    "account.password_failed": "wrong passwords",
    "account.code_failed": "wrong code at the second step",
    "account.name": "name changed",
    "account.email": "e-mail address changed",
    "account.password": "password changed",
    "account.totp_on": "second step switched on",
    "account.totp_off": "second step switched off",
    "account.recovery_codes": "recovery codes made",
    "account.notices": "mails about held comments changed",
}
# Texts are shown on the comment's own page, where there is room for what changed in them; the others say no more than
# the name of what was done.
_ELSEWHERE = frozenset({"text", "pinned", "closed", "hidden", "enabled"})
MAX_VALUE = 200


def words_of(action: str) -> str:
    """What was done, in words that begin a sentence; for what only a plugin knows they are made of its name for it."""
    plugin, _, name = action.partition(".")
    words = _SENTENCES.get(action) or (f"{plugin}: {name.replace('_', ' ')}" if name else plugin)
    return words[:1].upper() + words[1:]


def changes_of(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Name, before and after of each value that changed, short enough for a list."""
    old, new = before or {}, after or {}
    names = [name for name in {**old, **new} if name not in _ELSEWHERE]
    return [(name.replace("_", " "), _short(old.get(name)), _short(new.get(name))) for name in names]


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        text = str(value)
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "…"
