"""Tokens mean what we signed, and nothing else."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from embedcomments.domain.errors import BadToken
from embedcomments.services.tokens import EditToken, Tokens, load_secret_key, token_hash

COMMENT, IDENTITY = "0" * 24, "1" * 24
KEY = "k" * 40


def test_a_token_proves_its_comment_and_person_and_is_the_same_each_time() -> None:
    token = Tokens(KEY).edit_token(COMMENT, IDENTITY)
    assert token == Tokens(KEY).edit_token(COMMENT, IDENTITY)
    assert Tokens(KEY).read_edit_token(token) == EditToken(comment_id=COMMENT, identity_id=IDENTITY)


def _signed(value: Any, *, key: str = KEY, salt: str = "embedcomments.edit") -> str:
    serializer = URLSafeSerializer(key, salt=salt, signer_kwargs={"digest_method": hashlib.sha256})
    token = serializer.dumps(value)
    return token if isinstance(token, str) else token.decode()


def test_a_token_signed_likewise_is_read() -> None:
    assert Tokens(KEY).read_edit_token(_signed([COMMENT, IDENTITY])).comment_id == COMMENT


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "x", "a.b.c", "\0", "ä", "🙂.🙂", "A" * 100_000, ".".join("x" * 50),
        _signed([COMMENT, IDENTITY])[:-1],
        _signed([COMMENT, IDENTITY]) + "A",
        "x" + _signed([COMMENT, IDENTITY]),
        _signed([COMMENT, IDENTITY], key="other" * 10),
        _signed([COMMENT, IDENTITY], salt="embedcomments.plugin.edit"),
        _signed([COMMENT, IDENTITY], salt="embedcomments.desk.edit"),
        _signed([COMMENT]),
        _signed([COMMENT, IDENTITY, IDENTITY]),
        _signed([COMMENT, ""]),
        _signed([COMMENT, None]),
        _signed([["x"], {}]),
        _signed({COMMENT: 1, IDENTITY: 2, "x": 3}),
        _signed(None),
        _signed(5),
        _signed("ab"),
    ],
)  # fmt: skip
def test_anything_that_we_did_not_sign_as_one_is_a_bad_token(token: str) -> None:
    with pytest.raises(BadToken):
        Tokens(KEY).read_edit_token(token)


def test_plugins_signers_know_nothing_of_each_other_or_of_ours() -> None:
    tokens = Tokens(KEY)
    signed = tokens.plugin_signer("a").dumps([COMMENT, IDENTITY])
    assert tokens.plugin_signer("a").loads(signed) == [COMMENT, IDENTITY]
    for other in (tokens.plugin_signer("b"), tokens.desk_signer("a"), Tokens("other" * 10).plugin_signer("a")):
        assert isinstance(other, URLSafeTimedSerializer)
        with pytest.raises(BadSignature):
            other.loads(signed)
    with pytest.raises(BadToken):
        tokens.read_edit_token(str(signed))


def test_secrets_are_stored_as_hashes() -> None:
    assert token_hash("a") == hashlib.sha256(b"a").hexdigest()


def test_the_key_is_made_once_for_its_owners_eyes_only(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        key = load_secret_key(tmp_path / "secret.key")
    finally:
        os.umask(previous)
    assert len(key) >= 48
    assert load_secret_key(tmp_path / "secret.key") == key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["secret.key"]


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as pool:
        keys = pool.map(load_secret_key, [tmp_path / "secret.key"] * 6, chunksize=1)
        pool.close()
        pool.join()
    assert len(set(keys)) == 1
    assert keys[0] == (tmp_path / "secret.key").read_text()


def test_threads_that_start_together_have_one_key(tmp_path: Path, together: Any) -> None:
    assert len(set(together(lambda _: load_secret_key(tmp_path / "secret.key"), 8))) == 1


def test_a_key_that_is_too_short_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    (tmp_path / "secret.key").write_text("short")
    with pytest.raises(BadToken, match=r"secret\.key is too short"):
        load_secret_key(tmp_path / "secret.key")
