"""What a site's own lists say: domains, words, and the scripts its people write."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

# As Unicode begins the names of their letters. CJK is what Chinese and Japanese share.
SCRIPTS = frozenset(
    [
        "latin",
        "cyrillic",
        "greek",
        "armenian",
        "georgian",
        "hebrew",
        "arabic",
        "devanagari",
        "bengali",
        "tamil",
        "telugu",
        "gujarati",
        "gurmukhi",
        "kannada",
        "malayalam",
        "sinhala",
        "thai",
        "lao",
        "khmer",
        "myanmar",
        "tibetan",
        "ethiopic",
        "mongolian",
        "hangul",
        "hiragana",
        "katakana",
        "cjk",
    ]
)
_LETTERS_LOOKED_AT = 200


def entries(listed: str) -> tuple[str, ...]:
    """The lines of a list, without what is empty or begins with ``#``, in lower case."""
    lines = (line.strip().casefold() for line in listed.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def blocked_domain(targets: tuple[str, ...], listed: str) -> str | None:
    """The domain on the list to which one of ``targets`` leads, itself or a part of it, or None."""
    blocked = _domains(listed)
    for target in targets if blocked else ():
        for domain in suffixes(target):
            if domain in blocked:
                return domain
    return None


def suffixes(target: str) -> list[str]:
    """The domain to which ``target`` leads, and all that it is a part of."""
    labels = _host(target).split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def blocked_word(text: str, listed: str) -> str | None:
    """The word or phrase on the list that ``text`` has, as whole words in whatever case, or None."""
    pattern = _words(listed)
    found = pattern and pattern.search(unicodedata.normalize("NFKC", text).casefold())
    return " ".join(found[0].split()) if found else None


def foreign_share(text: str, listed: str) -> float:
    """The share of the first 200 letters of ``text`` in a script that is not listed; 0 for an empty list."""
    allowed = _scripts(listed)
    if not allowed:
        return 0.0
    letters = [letter for letter in text if letter.isalpha()][:_LETTERS_LOOKED_AT]
    return sum(_script(letter) not in allowed for letter in letters) / len(letters) if letters else 0.0


def unknown_scripts(listed: str) -> list[str]:
    """Those of a list that Unicode, or this plugin, does not know."""
    return sorted(_scripts(listed) - SCRIPTS)


def _host(target: str) -> str:
    try:
        host = urlsplit(target if "//" in target else f"//{target}").hostname
    except ValueError:  # a bracket where an address should be
        return ""
    return (host or "").rstrip(".").casefold()


@lru_cache(maxsize=64)
def _domains(listed: str) -> frozenset[str]:
    return frozenset(_host(entry) or entry for entry in entries(listed))


@lru_cache(maxsize=64)
def _words(listed: str) -> re.Pattern[str] | None:
    normal = [unicodedata.normalize("NFKC", entry).split() for entry in entries(listed)]
    phrases = [r"\s+".join(map(re.escape, words)) for words in normal]
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)") if phrases else None


@lru_cache(maxsize=64)
def _scripts(listed: str) -> frozenset[str]:
    return frozenset(listed.replace(",", " ").casefold().split())


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0].casefold()
