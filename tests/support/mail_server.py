"""A real SMTP server for tests: keeps what it takes, and refuses, hides or stalls as it is told."""

from __future__ import annotations

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class MailServer:
    """``url``: for ``smtp_url``. ``taken``: (recipient, message), in order. ``answers``: what it says instead of taking
    a mail, by recipient, at RCPT; ``data_answers`` likewise, at the end of the mail; ``logins``: who signed in."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: dict[str, str] = {}
        self.data_answers: dict[str, str] = {}
        self.logins: list[tuple[bytes, bytes]] = []
        self.raw: list[bytes] = []

    async def handle_RCPT(self, _s: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _s: Any, _session: Any, envelope: Envelope) -> str:
        (to,) = envelope.rcpt_tos
        if to in self.data_answers:
            return self.data_answers[to]
        content = envelope.original_content
        assert content is not None
        self.raw.append(content)
        message = email.message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append((to, message))
        return "250 OK"

    def authenticate(self, _s: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # It connects to the port that was asked for, which was any.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(
    scheme: str = "smtp+plain", *, certificate: Path | None = None, login: bool = False
) -> Iterator[MailServer]:
    """A server that speaks as ``scheme`` of ``smtp_url`` says. ``certificate``: a PEM file with its key."""
    server = MailServer()
    how: dict[str, Any] = {}
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    if scheme == "smtp" and context is not None:
        how |= {"tls_context": context, "require_starttls": True}
    if login:
        how |= {"authenticator": server.authenticate, "auth_required": True, "auth_require_tls": scheme == "smtp"}
    if scheme == "smtps":
        how["ssl_context"] = context
    controller = _Controller(server, hostname="127.0.0.1", port=0, ready_timeout=15, enable_SMTPUTF8=True, **how)
    controller.start()
    try:
        port = controller.port
        user = "me:right@" if login else ""
        server.url = f"{scheme}://{user}localhost:{port}" if context else f"{scheme}://{user}127.0.0.1:{port}"
        yield server
    finally:
        controller.stop()


def make_certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate that signs itself, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(IPv4Address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path
