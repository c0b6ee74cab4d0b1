"""Keyed hashes of what must be recognised and not kept: addresses of senders, for one."""

from __future__ import annotations

import base64
import hashlib
import hmac

from embedcomments.domain.comments import Sender
from embedcomments.domain.networks import network_around


class Fingerprints:
    """Makes them with a key derived from the instance's secret: without it nobody can try all addresses there are."""

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"embedcomments.fingerprint", hashlib.sha256)

    def of(self, site_id: int, text: str) -> str:
        """43 characters that stand for ``text`` on that site; another site has others, so that they tell nothing."""
        message = f"{site_id}\0{text}".encode(errors="replace")
        return base64.urlsafe_b64encode(hmac.digest(self._key, message, hashlib.sha256)).decode().rstrip("=")

    def sender(self, site_id: int, address: str) -> Sender | None:
        """What is kept of a network address; None for none."""
        near, around = network_around(address), network_around(address, v4=24, v6=48)
        if near is None or around is None:
            return None
        return Sender(address=self.of(site_id, str(near)), network=self.of(site_id, str(around)))
