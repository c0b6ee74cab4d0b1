"""A mail as it goes out. No line of a stranger's can become a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from embedcomments.services.mailing.settings import MailSettings

MAX_SUBJECT = 200
_LONGEST_LINE = 990  # RFC 5322, 2.1.1: 998 without its end
_OWN_HEADERS = frozenset({"list-unsubscribe", "list-unsubscribe-post", "reply-to"})


class _Policy(EmailPolicy):
    """Leaves an address to unsubscribe on one line, however long it is. The standard library would write it as encoded
    words, which RFC 2047 (5) has for people's words alone: mail programs find no address in them, and offer no button
    to unsubscribe. See https://github.com/python/cpython/issues/124452."""

    def fold(self, name: str, value: Any) -> str:
        plain = str(value)
        if name.lower() == "list-unsubscribe" and plain.isascii() and len(plain) < _LONGEST_LINE:
            return f"{name}: {plain}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        plain = str(value)
        if name.lower() == "list-unsubscribe" and plain.isascii() and len(plain) < _LONGEST_LINE:
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """What is to be sent. ``to`` is one address (see addresses.py); ``html``: the same as ``text`` for those who read
    mail that way; ``headers`` are among List-Unsubscribe, List-Unsubscribe-Post and Reply-To."""

    to: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def written(mail: Mail, settings: MailSettings, *, message_id: str, at: datetime) -> EmailMessage:
    """The message. ``message_id``: the same when it is sent again, so that mailboxes can drop the second.

    Raises ValueError for headers that are none of ours."""
    message = EmailMessage(policy=_Policy(linesep="\r\n"))
    message["From"] = settings.sender
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = in_one_line(mail.subject)[:MAX_SUBJECT]
    message["Date"] = at
    message["Message-ID"] = f"<{message_id}@{settings.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office replies away
    for name, value in mail.headers.items():
        if name.lower() not in _OWN_HEADERS:
            raise ValueError(f"A mail may not have the header {name!r}.")
        message[name] = in_one_line(value)
    message.set_content(_sendable(mail.text))
    if mail.html is not None:
        message.add_alternative(_sendable(mail.html), subtype="html")
    return message


def in_one_line(text: str) -> str:
    """``text`` without line breaks and other controls."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _sendable(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
