"""One mail to a real server, in all the ways in which that goes or fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mail_server import mail_server, make_certificate

from embedcomments.domain.errors import InvalidRequest, MailFailed, MailRefused
from embedcomments.services.mailing.addresses import checked_address
from embedcomments.services.mailing.message import Mail, written
from embedcomments.services.mailing.settings import MailSettings, mail_settings
from embedcomments.services.mailing.transport import deliver

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SENDER = "Die Zeitung – Kommentare <comments@example.com>"


def settings_of(url: str) -> MailSettings:
    found = mail_settings(url, SENDER)
    assert found is not None
    return found


def send(url: str, to: str = "ani@example.org", mail: Mail | None = None, **limits: float) -> None:
    settings = settings_of(url)
    mail = mail or Mail(to=to, subject="Hello", text="Words\n")
    deliver(written(mail, settings, message_id="job-1", at=AT), mail.to, settings, **limits)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate of localhost that this process trusts."""
    path = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def test_mail_arrives_as_it_was_written() -> None:
    text = "Grüße, Անի!\n.\nA line with a dot alone stands above.\n"
    with mail_server() as server:
        send(server.url, mail=Mail(to="ani@example.org", subject="Ein Kommentar – Անի", text=text, html="<p>Grüße</p>"))
    ((to, message),) = server.taken
    assert to == "ani@example.org"
    wanted = {
        "From": SENDER,
        "To": "ani@example.org",
        "Subject": "Ein Kommentar – Անի",
        "Date": "Tue, 24 Nov 2026 09:30:00 +0000",
        "Message-ID": "<job-1@example.com>",
        "Auto-Submitted": "auto-generated",
    }
    assert {name: str(message[name]) for name in wanted} == wanted
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == text
    assert html.get_content().strip() == "<p>Grüße</p>"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd means STARTTLS by that
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_password_goes_over_tls_alone(trusted: Path, scheme: str) -> None:
    with mail_server(scheme, certificate=trusted, login=True) as server:
        send(server.url)
        assert server.logins == [(b"me", b"right")]
        with pytest.raises(MailFailed, match="The user or the password was refused: 535") as wrong:
            send(server.url.replace("right", "wrong"))
    assert not isinstance(wrong.value, MailRefused)
    assert [to for to, _ in server.taken] == ["ani@example.org"]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd means STARTTLS by that
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_certificate_that_nobody_vouches_for_gets_nothing(tmp_path: Path, scheme: str) -> None:
    with mail_server(scheme, certificate=make_certificate(tmp_path), login=True) as server:
        with pytest.raises(MailFailed, match=r"(?i)certificate"):
            send(server.url)
        assert (server.logins, server.taken) == ([], [])


def test_certificate_of_another_name_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_certificate(tmp_path, "elsewhere.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mail_server("smtp", certificate=path, login=True) as server:
        with pytest.raises(MailFailed, match=r"(?i)certificate"):
            send(server.url)
        assert (server.logins, server.taken) == ([], [])


def test_server_without_starttls_gets_nothing() -> None:
    with mail_server() as server:
        with pytest.raises(MailFailed, match="STARTTLS"):
            send(server.url.replace("smtp+plain:", "smtp:"))
        assert server.taken == []


@pytest.mark.parametrize("moment", ["answers", "data_answers"])
@pytest.mark.parametrize("answer, is_final", [("550 No such mailbox", True), ("451 Come back later", False)])
def test_refusal_for_good_is_told_from_one_for_now(moment: str, answer: str, is_final: bool) -> None:
    with mail_server() as server:
        getattr(server, moment)["ani@example.org"] = answer
        with pytest.raises(MailFailed, match=answer) as error:
            send(server.url)
        assert isinstance(error.value, MailRefused) == is_final
        assert server.taken == []
        send(server.url, "other@example.org")
        assert [to for to, _ in server.taken] == ["other@example.org"]


@contextmanager
def listener(*said: bytes, drip: bytes = b"") -> Iterator[str]:
    """A server that says this to the first who connects and then nothing, or a byte of ``drip`` now and then."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                for words in said:
                    connection.sendall(words)
                while not stopping.wait(0.05):
                    try:
                        connection.sendall(drip)
                    except OSError:
                        return

        thread = threading.Thread(target=talk)
        thread.start()
        try:
            yield f"smtp+plain://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopping.set()
            thread.join()


def test_server_that_says_nothing_is_left() -> None:
    with listener() as url, pytest.raises(MailFailed, match="timed out"):
        send(url, reply_timeout_s=0.2)


def test_server_that_drips_is_left_when_the_time_is_over() -> None:
    with listener(b"220-", drip=b"x") as url, pytest.raises(MailFailed, match=r"it took longer than 0\.5 seconds"):
        send(url, reply_timeout_s=10, total_timeout_s=0.5)


def test_server_that_turns_us_away_is_told() -> None:
    with listener(b"554 Not you\r\n") as url, pytest.raises(MailFailed, match="The mail server said no: 554 Not you"):
        send(url)


def test_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MailFailed, match=f"127.0.0.1:{port} cannot be used"):
        send(f"smtp+plain://127.0.0.1:{port}")


@pytest.mark.parametrize("length", [20, 200, 900])
def test_an_address_to_unsubscribe_is_sent_as_it_is_however_long(length: int) -> None:
    link = f"<https://comments.example.com/admin/unsubscribe?token={'t' * length}>"
    message = written(
        Mail(to="ani@example.org", subject="x", text="x", headers={"List-Unsubscribe": link}),
        settings_of("smtp+plain://localhost"), message_id="1", at=AT,
    )  # fmt: skip
    for sent in (message.as_bytes(), message.as_string().encode()):
        assert f"List-Unsubscribe: {link}\r\n".encode() in sent
        assert all(len(line) <= 998 for line in sent.split(b"\r\n"))


@pytest.mark.parametrize("breaking", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\0", "\ud83d"])
def test_no_line_of_a_stranger_becomes_a_header(breaking: str) -> None:
    evil = f"Hello{breaking}Bcc: victim@example.org{breaking}{breaking}<p>Not ours"
    with mail_server() as server:
        send(
            server.url,
            mail=Mail(to="ani@example.org", subject=evil, text=evil, html=evil, headers={"List-Unsubscribe": evil}),
        )
    ((to, message),) = server.taken
    assert to == "ani@example.org"
    assert "Bcc" not in message
    assert sorted(set(message.keys())) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "List-Unsubscribe", "MIME-Version", "Message-ID", "Subject",
        "To",
    ]  # fmt: skip
    assert str(message["Subject"]) == "Hello Bcc: victim@example.org <p>Not ours"


@pytest.mark.parametrize(
    "address",
    [
        "", "ani", "@example.org", "ani@", "ani@localhost", "a@b@example.org", "ani@example.org, other@example.org",
        "ani@example.org\nBcc: other@example.org", "<ani@example.org>", '"ani"@example.org', "ani@[127.0.0.1]",
        "ani @example.org", "ani@example..org", "ani@example.org\0", f"{'a' * 250}@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequest, match="not an e-mail address"):
        checked_address(address)


@pytest.mark.parametrize(
    "url, sender, wrong",
    [
        ("mail.example.com", SENDER, "smtp_url"),
        ("http://mail.example.com", SENDER, "smtp_url"),
        ("smtp://", SENDER, "smtp_url"),
        ("smtp://mail.example.com:port", SENDER, "smtp_url"),
        ("smtp://mail.example.com/path", SENDER, "smtp_url"),
        ("smtp+plain://me:secret@mail.example.com", SENDER, "unprotected"),
        ("smtp://mail.example.com", "", "mail_from"),
        ("smtp://mail.example.com", "Comments", "mail_from"),
        ("smtp://mail.example.com", "a@example.com\nBcc: b@example.com", "mail_from"),
    ],
)
def test_configuration_that_cannot_be_meant_is_told_at_the_start(url: str, sender: str, wrong: str) -> None:
    with pytest.raises(InvalidRequest, match=wrong) as error:
        mail_settings(url, sender)
    assert "secret" not in error.value.message


def test_configuration_is_read() -> None:
    assert mail_settings(None, "") is None
    found = mail_settings("smtps://me%40example.com:p%3Aw%2F@mail.example.com", "comments@example.com")
    assert found is not None
    assert (found.host, found.port, found.user, found.password) == (
        "mail.example.com",
        465,
        "me@example.com",
        "p:w/",
    )
    assert [settings_of(f"{scheme}://a.example").port for scheme in ("smtp", "smtps", "smtp+plain")] == [587, 465, 25]
