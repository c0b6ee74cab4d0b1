"""The few words that stand in a thread without scripts, in the languages of the widget.

The widget's build writes them out of its catalogues, so each sentence is translated once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import orjson
from markupsafe import Markup, escape

from embedcomments.web.assets import STATIC

_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


@dataclass(frozen=True, slots=True)
class Words:
    """Those of one language. ``lang`` is its BCP 47 tag."""

    lang: str
    said: Mapping[str, str]

    @property
    def dir(self) -> str:
        """``ltr`` or ``rtl``."""
        return "rtl" if self.lang in _RIGHT_TO_LEFT else "ltr"

    @property
    def is_english(self) -> bool:
        """Our own language, of which plural forms need no rules."""
        return self.lang == "en"

    @property
    def title(self) -> str:
        """The word for comments."""
        return self.said["title"]

    @property
    def anonymous(self) -> str:
        """Whoever gave no name."""
        return self.said["anonymous"]

    @property
    def deleted(self) -> str:
        """What stands where a comment was."""
        return self.said["deleted"]

    @property
    def pinned(self) -> str:
        """A comment that stands first."""
        return self.said["pinned"]

    @property
    def closed(self) -> str:
        """That the thread takes no comments."""
        return self.said["closed"]

    @property
    def empty(self) -> str:
        """That nobody wrote."""
        return "Nobody has written here yet." if self.is_english else self.said["empty"]

    @property
    def more_answers(self) -> str:
        """The way to the rest of a branch."""
        return "More answers" if self.is_english else self.said["more"]

    @property
    def more_comments(self) -> str:
        """The way to the next page."""
        return "More comments" if self.is_english else self.said["more"]

    @property
    def elsewhere(self) -> str:
        """What other sites said. The catalogues have no word for it; the name of the protocol is the same in all."""
        return "Elsewhere" if self.is_english else "Webmentions"

    def count(self, number: int) -> str:
        """How many comments there are."""
        if self.is_english:
            return f"{number} comment{'' if number == 1 else 's'}"
        return f"{self.title} ({number})"

    def badge(self, name: str) -> str:
        """What the site says of a writer, such as ``moderator``."""
        return self.said.get(name, name.capitalize())

    def in_reply_to(self, name: str) -> Markup:
        """Whom a comment answers, where its place does not say so."""
        who = Markup("<bdi>{}</bdi>").format(name or self.anonymous)
        return escape(self.said["inReplyTo"]).replace("{name}", who)

    def date(self, moment: datetime) -> str:
        """A point in time, in UTC. Names of months are known in English alone."""
        if self.is_english:
            return f"{moment.day} {moment.strftime('%B %Y, %H:%M')}"
        return moment.strftime("%Y-%m-%d %H:%M")


def words_for(tag: str) -> Words:
    """Those of a language tag as pages give it (``de-AT``); English for what we do not speak."""
    language = re.split("[-_]", tag.lower())[0]
    if language == "zh":
        language = "zh-Hant" if re.search("hant|tw|hk|mo", tag.lower()) else "zh-Hans"
    elif language in ("no", "nn"):  # who reads one written Norwegian reads the other
        language = "nb"
    known = _catalogues()
    lang = language if language in known else "en"
    return Words(lang, known[lang])


@cache
def _catalogues() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = orjson.loads((STATIC / "words.json").read_bytes())
    return found
