"""One mail to the server that takes ours, within a time."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from embedcomments.domain.errors import MailFailed, MailRefused
from embedcomments.services.mailing.settings import MailSettings, Security

REPLY_TIMEOUT_S = 15.0
TOTAL_TIMEOUT_S = 60.0


def deliver(
    message: EmailMessage,
    to: str,
    settings: MailSettings,
    *,
    reply_timeout_s: float = REPLY_TIMEOUT_S,
    total_timeout_s: float = TOTAL_TIMEOUT_S,
) -> None:
    """Hand the message over; when this returns, the server has taken it.

    Raises MailRefused when trying again is of no use, for this recipient or this text was refused for good;
    MailFailed for all else, as for a server that is not there, slow, or takes neither our word nor our password.
    """
    context = ssl.create_default_context() if settings.security is not Security.NONE else None
    try:
        smtp = _connection(settings, context, reply_timeout_s)
        with _within(smtp, total_timeout_s):
            try:
                code, reply = smtp.connect(settings.host, settings.port)
                if code != 220:
                    raise smtplib.SMTPConnectError(code, reply)
                if settings.security is Security.STARTTLS:
                    smtp.starttls(context=context)
                if settings.user:
                    smtp.login(settings.user, settings.password)
                smtp.send_message(message, from_addr=settings.sender.addr_spec, to_addrs=[to])
                with suppress(OSError, smtplib.SMTPException):  # it has taken the mail, whatever it says now
                    smtp.quit()
            finally:
                smtp.close()
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise _answer("The recipient was refused", code, reply, final=code >= 500) from error
    except smtplib.SMTPDataError as error:
        raise _answer(
            "The mail was refused", error.smtp_code, error.smtp_error, final=error.smtp_code >= 500
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise _answer("The user or the password was refused", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPSenderRefused as error:
        raise _answer("The sender was refused", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise _answer("The mail server said no", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailFailed(f"The mail server at {settings.host} cannot do what is needed: {error}") from error
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        words = str(error) or type(error).__name__
        raise MailFailed(f"The mail server at {settings.host}:{settings.port} cannot be used: {words}") from error


def _connection(settings: MailSettings, context: ssl.SSLContext | None, timeout_s: float) -> smtplib.SMTP:
    # Without a host, so that nothing is sent yet; and with our own name, which smtplib would ask DNS for.
    if settings.security is Security.TLS:
        return _named(smtplib.SMTP_SSL(local_hostname=settings.domain, timeout=timeout_s, context=context), settings)
    return _named(smtplib.SMTP(local_hostname=settings.domain, timeout=timeout_s), settings)


def _named(smtp: smtplib.SMTP, settings: MailSettings) -> smtplib.SMTP:
    # The name that the certificate is checked for; ``connect`` alone does not set it (CPython, issue 80423).
    smtp._host = settings.host  # type: ignore[attr-defined]
    return smtp


@contextmanager
def _within(smtp: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Cut the connection when the time is over: smtplib's own limit is for each read, and a server that sends a byte
    now and then never meets it."""
    over = threading.Event()

    def cut() -> None:
        over.set()
        with suppress(OSError, AttributeError):  # there is no socket yet, or no longer
            smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        if over.is_set():
            raise TimeoutError(f"it took longer than {seconds:g} seconds") from error
        raise
    finally:
        timer.cancel()


def _answer(sentence: str, code: int, reply: bytes | str, *, final: bool = False) -> MailFailed:
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    kind = MailRefused if final else MailFailed
    return kind(f"{sentence}: {code} {' '.join(words.split())[:300]}")
