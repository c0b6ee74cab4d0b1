"""The instance's secret key, and what is signed with it."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

from embedcomments.domain.errors import BadToken
from embedcomments.domain.ids import is_id

_DIGEST = {"digest_method": hashlib.sha256}


def load_secret_key(path: Path) -> str:
    """The key in ``path``, made there (mode 0600) when there is none. Several processes may start at once."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        # Written elsewhere and moved into place, so that nobody reads half a key.
        os.close(descriptor)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        os.replace(draft, path)
    for _ in range(200):
        key = path.read_text().strip()
        if len(key) >= 32:
            return key
        time.sleep(0.01)  # another process has made the file and is about to fill it
    raise BadToken(f"The secret key in {path.name} is too short; remove the file to have a new one made.")


@dataclass(frozen=True, kw_only=True, slots=True)
class EditToken:
    """What an edit token proves: its holder wrote this comment, and is this person."""

    comment_id: str
    identity_id: str


class Tokens:
    """Makes and reads the tokens of one instance."""

    def __init__(self, secret_key: str) -> None:
        self._key = secret_key
        self._edit = URLSafeSerializer(secret_key, salt="embedcomments.edit", signer_kwargs=_DIGEST)
        self._edit_signer = self._edit.make_signer(self._edit.salt)

    def edit_token(self, comment_id: str, identity_id: str) -> str:
        """The token handed out with a comment; the same for the same comment."""
        # The serializer would first try to compress it, which takes most of its time and seldom makes two ids shorter.
        payload = base64_encode(f'["{comment_id}","{identity_id}"]')
        return self._edit_signer.sign(payload).decode()

    def read_edit_token(self, token: str) -> EditToken:
        """What the token proves. Raises BadToken for anything that we did not sign as one."""
        try:
            comment_id, identity_id = self._edit.loads(token)
        except (BadSignature, ValueError, TypeError) as error:
            raise BadToken("The edit token is not valid.") from error
        if not is_id(comment_id) or not is_id(identity_id):
            raise BadToken("The edit token is not valid.")
        return EditToken(comment_id=comment_id, identity_id=identity_id)

    def desk_signer(self, what: str) -> URLSafeTimedSerializer:
        """A signer for one kind of token of the desk's pages."""
        return URLSafeTimedSerializer(self._key, salt=f"embedcomments.desk.{what}", signer_kwargs=_DIGEST)

    def derived_key(self, what: str) -> bytes:
        """32 bytes for one purpose: whoever learns them knows neither the instance's key nor those for others."""
        return hmac.digest(self._key.encode(), f"embedcomments.{what}".encode(), "sha256")

    def plugin_signer(self, plugin: str) -> URLSafeTimedSerializer:
        """A signer whose tokens mean nothing outside that plugin."""
        return URLSafeTimedSerializer(self._key, salt=f"embedcomments.plugin.{plugin}", signer_kwargs=_DIGEST)


def token_hash(token: str) -> str:
    """How a bearer secret is stored: nobody can use what a leaked table holds."""
    return hashlib.sha256(token.encode()).hexdigest()
