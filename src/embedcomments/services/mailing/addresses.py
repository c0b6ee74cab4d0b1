"""E-mail addresses, as far as one can tell without writing to them."""

from __future__ import annotations

from embedcomments.domain.errors import InvalidRequest

MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1.3
_FORBIDDEN = frozenset('<>()[],;:"\\')


def address_of(email: str) -> str:
    """An address as it is kept: people and providers write the same one in capitals or not. What no database holds is
    left out."""
    return email.replace("\0", "").encode(errors="ignore").decode().strip().lower()


def checked_address(email: str) -> str:
    """The same. Raises InvalidRequest for what cannot be the address of a person."""
    text = address_of(email)
    local, at, host = text.rpartition("@")
    dotted = "." in host.strip(".") and ".." not in text and not text.startswith(".") and not local.endswith(".")
    strange = any(char.isspace() or not char.isprintable() or char in _FORBIDDEN for char in text)
    strange = strange or text != email.strip().lower()
    if not at or not local or "@" in local or not dotted or strange or len(text) > MAX_LENGTH:
        sentence = "That is not an e-mail address."
        raise InvalidRequest(sentence, errors={"email": [sentence]})
    return text
