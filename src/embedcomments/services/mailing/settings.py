"""How mail leaves: read from the configuration once, so that a mistake is told at the start."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from embedcomments.domain.errors import InvalidRequest
from embedcomments.services.mailing.addresses import checked_address


class Security(StrEnum):
    """What protects the way to the mail server; also the scheme of ``smtp_url``."""

    STARTTLS = "smtp"
    TLS = "smtps"
    NONE = "smtp+plain"


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, kw_only=True, slots=True)
class MailSettings:
    """The server that takes our mail, and whom it is from. ``user`` "" signs in nowhere."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: Address

    @property
    def domain(self) -> str:
        """The sender's domain, by which we greet and number our mails."""
        return self.sender.domain


def mail_settings(smtp_url: str | None, mail_from: str) -> MailSettings | None:
    """The settings, or None when mail is not set up. Raises InvalidRequest for what cannot be meant."""
    if not smtp_url:
        return None
    try:
        parts = urlsplit(smtp_url)
        port = parts.port
        security = Security(parts.scheme)
    except ValueError as error:
        raise _wrong("smtp_url", "smtp://USER:PASSWORD@HOST:587, or with smtps: or smtp+plain:") from error
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _wrong("smtp_url", "smtp://USER:PASSWORD@HOST:587, or with smtps: or smtp+plain:")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and security is Security.NONE:
        raise InvalidRequest("The setting 'smtp_url' would send a password unprotected: use smtp: or smtps: with it.")
    name, address = parseaddr(mail_from)
    if not mail_from.isprintable():
        address = ""
    try:
        sender = Address(display_name=name, addr_spec=checked_address(address))
    except (InvalidRequest, ValueError) as error:
        raise _wrong("mail_from", "Comments <comments@example.com>") from error
    return MailSettings(
        host=parts.hostname,
        port=port or _PORTS[security],
        security=security,
        user=user,
        password=password,
        sender=sender,
    )


def _wrong(name: str, example: str) -> InvalidRequest:
    return InvalidRequest(f"The setting {name!r} has to look like this: {example}")
