"""Names that are taken: the site's, its moderators', listed ones, and those of writers whom a moderator knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

# A table of Unicode's confusables, kept up to date by others; its own functions look for single letters only.
from confusable_homoglyphs.confusables import confusables_data

from embedcomments.api import Draft, PluginContext
from embedcomments_moderation.kept import kept_of

_MARKS_ARE_DRESS_BEFORE = "\u0530"  # on Latin, Greek and Cyrillic letters; in scripts of Asia they are vowels
# Unicode keeps some apart that few readers do in a name: i, l and 1 are one stroke, 0 and o one circle.
_SMALL_CAPITAL = re.compile("LATIN LETTER SMALL CAPITAL ([A-Z])")
_STROKES = str.maketrans("iı1|!0", "lllllo")


@lru_cache(maxsize=1024)
def skeleton(name: str) -> str:
    """What a reader sees of a name at a glance; "" when nothing of it is a letter or a digit.

    Names with equal skeletons are taken for one another. Source: Unicode Technical Standard 39, section 4, applied
    before and after the case is folded; then blanks, punctuation, invisible characters and accents are left out.
    """
    seen = _prototypes(unicodedata.normalize("NFKD", name))
    seen = _prototypes(unicodedata.normalize("NFKD", seen.casefold()))
    letters: list[str] = []
    for character in seen.casefold():
        category = unicodedata.category(character)
        is_dress = category == "Mn" and (not letters or letters[-1] < _MARKS_ARE_DRESS_BEFORE)
        if (category[0] in "LMN" and not is_dress) or character in "|!":
            letters.append(character)
    return "".join(letters).translate(_STROKES).replace("rn", "m").replace("vv", "w")


def name_taken(ctx: PluginContext, draft: Draft) -> str | None:
    """The protected name that a draft is signed with by somebody else, as it is protected; None for none."""
    signed = skeleton(draft.author.name)
    if not signed:
        return None
    kept = kept_of(ctx)
    known_as = kept.people.get(draft.identity_id or "")
    if known_as is not None and skeleton(known_as) == signed:
        return None
    names = [*ctx.settings["reserved_names"], *kept.people.values()]
    if ctx.settings["protect_names"]:
        names += [ctx.site.title, *kept.moderators]
    return _by_skeleton(tuple(names)).get(signed)


@lru_cache(maxsize=64)
def _by_skeleton(names: tuple[str, ...]) -> Mapping[str, str]:
    found = {skeleton(name): name for name in names}
    found.pop("", None)  # a title without a letter is nobody's name
    return found


def _prototypes(text: str) -> str:
    return "".join([_prototype(character) for character in text])


@lru_cache(maxsize=8192)
def _prototype(character: str) -> str:
    """The text that stands for all which looks like this character: several letters for some ("rn" for m)."""
    small_capital = _SMALL_CAPITAL.fullmatch(unicodedata.name(character, ""))
    if small_capital:  # Unicode's table knows only some of them
        character = small_capital[1].lower()
    alike = [entry["c"].strip("\u200e") for entry in confusables_data.get(character, ())]
    longer = [text for text in alike if len(text) > 1]
    if longer and not character.isascii():
        return str(longer[0])
    return str(_groups().get(character, character))


@cache
def _groups() -> Mapping[str, str]:
    """By character the one that stands for its group: an ASCII letter or digit where there is one."""
    above: dict[str, str] = {}

    def root(character: str) -> str:
        while (next_one := above.get(character, character)) != character:
            character = next_one
        return character

    for character, entries in confusables_data.items():
        for entry in entries:
            other = entry["c"].strip("\u200e")
            if len(other) == len(character) == 1:
                first, second = sorted((root(character), root(other)), key=lambda c: (not c.isascii(), c))
                above[second] = first
    return {character: root(character) for character in confusables_data if len(character) == 1}
