"""``embedcomments mail test``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from mail_server import mail_server

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _alone(no_plugins: object) -> None:
    """Without the plugins that happen to be installed."""


def configure(data_dir: Path, url: str) -> None:
    data_dir.mkdir(exist_ok=True)
    text = f'smtp_url = "{url}"\nmail_from = "Comments <comments@example.com>"\n'
    (data_dir / "embedcomments.toml").write_text(text)


def test_mail_is_sent_and_told(run: Run, data_dir: Path) -> None:
    with mail_server() as server:
        configure(data_dir, server.url)
        told = run("mail", "test", "ani@example.org").output
    assert told == "The mail server took a mail to ani@example.org.\n"
    ((to, message),) = server.taken
    assert (to, str(message["From"])) == ("ani@example.org", "Comments <comments@example.com>")


def test_refusal_is_told_in_the_servers_words(run: Run, data_dir: Path) -> None:
    with mail_server() as server:
        configure(data_dir, server.url)
        server.answers["ani@example.org"] = "550 Unknown here"
        told = run("mail", "test", "ani@example.org", fails=True).output
    assert told == "Error: The recipient was refused: 550 Unknown here\n"


def test_server_without_mail_says_how_to_set_it_up(run: Run) -> None:
    told = run("mail", "test", "ani@example.org", fails=True).output
    assert "Mail is not set up." in told
    assert 'smtp_url = "smtp://USER:PASSWORD@mail.example.com:587"' in told


def test_wrong_setting_is_told(run: Run, data_dir: Path) -> None:
    configure(data_dir, "mail.example.com")
    assert "'smtp_url' has to look like this" in run("mail", "test", "ani@example.org", fails=True).output
