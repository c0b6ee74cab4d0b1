"""Finds the words of the lists in a text and says where."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from threading import Lock

from embedcomments_profanity.lists import DEFAULT_LANGUAGES, UNSPACED_SCRIPTS, Entry, Severity, load_list
from embedcomments_profanity.normalise import (
    ANY_LETTER,
    LONGEST_WORD,
    RUN,
    SHORTEST_SPACED,
    Word,
    end_of_reference,
    fold,
    has_markup,
    normalise_entry,
    words,
)
from embedcomments_profanity.patterns import WILDCARD, expression, first_letters, outline
from embedcomments_profanity.within import WithinPatterns

SITE_LIST = "site"
_SHORTEST_REVERSED = 4
# Readers of Latin, Greek and Cyrillic letters play so; elsewhere it would only meet other words.
_BEHIND_CYRILLIC = "\u0530"
_RANKS = {Severity.MILD: 0, Severity.SEXUAL: 1, Severity.STRONG: 1, Severity.SLUR: 2}
# Between two words of a phrase: a blank, a hyphen, or both sides of one.
_LONGEST_GAP = 3
_MAKING = Lock()
_NO_WORDS, _SUSPECT = -1, -2
_LONGEST_LOOKED_OVER = 5000
_LETTERS = re.compile("w+")
_V_FOR_U = re.compile("(?<=[b-df-hj-np-tw-z])v(?=[b-df-hj-np-tw-z])")
_FASHIONS = re.compile(f"ph|kk|.{{4}}z$|{_V_FOR_U.pattern}")
_SENTENCE_ENDS = re.compile(r"[.!?…\n]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One spelling of an entry, and its form."""

    form: str
    spelling: str
    entry: Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """``text[start:end]`` is a form of ``word``. ``language``: that of the list, or "site" for a word of the site's.
    ``form``: the spelling that was compared."""

    start: int
    end: int
    word: str
    severity: Severity
    language: str
    is_name: bool
    kind: str
    form: str
    notes: str = ""


class Endings:
    """What may follow a stem: by what stays of each in the outline of a word, and by length and last letter, which are
    what a masked word shows."""

    def __init__(self, endings: Sequence[str]) -> None:
        self.by_outline: defaultdict[str, list[str]] = defaultdict(list)
        self.by_shape: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        for ending in endings:
            self.by_outline[outline(ending)].append(ending)
            self.by_shape[len(ending), ending[-1:]].append(ending)


class Patterns:
    """The entries of a list, found by what stays of a form when doubled letters and ambiguous ones are left aside; an
    expression then tells whether a candidate is meant. ``match(form)`` is all whose form it is."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._whole: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._beginnings: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._anywhere: list[Candidate] = []
        self._stems: defaultdict[str, list[tuple[Candidate, Endings]]] = defaultdict(list)
        self._stems_by_first: defaultdict[str, list[tuple[Candidate, Endings]]] = defaultdict(list)
        self._by_first: defaultdict[str, list[Candidate]] = defaultdict(list)
        self.phrases = [(phrase, entry) for entry in entries for phrase in entry.phrases]
        for entry in entries:
            for form, spelling in zip(entry.forms, entry.spellings or entry.forms, strict=True):
                candidate = Candidate(form, spelling, entry)
                if form.startswith(WILDCARD):
                    self._anywhere.append(candidate)
                elif form.endswith(WILDCARD):
                    self._beginnings[outline(form[:-1])].append(candidate)
                else:
                    self._whole[outline(form)].append(candidate)
                for first in first_letters(form):
                    self._by_first[first].append(candidate)
            for stem, endings in entry.stems:
                inflected = Candidate(stem, stem, entry), _endings(endings)
                self._stems[outline(stem)].append(inflected)
                for first in first_letters(stem):
                    self._stems_by_first[first].append(inflected)
        self._lengths = sorted({len(beginning) for beginning in self._beginnings})
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._has_latin = any(candidate.form.isascii() for candidate in self._anywhere)

    def match(self, form: str) -> Iterator[Candidate]:
        """See the class."""
        for candidate in self._near(form):
            if _compiled(candidate.form).fullmatch(form):
                yield candidate
        for candidate, ending in self._inflected(form):
            if _compiled(candidate.form + ending).fullmatch(form):
                yield candidate

    def _inflected(self, form: str) -> Iterator[tuple[Candidate, str]]:
        if ANY_LETTER in form:
            for candidate, endings in self._stems_by_first.get(form[0], ()):
                length = len(form) - len(candidate.form)
                for ending in endings.by_shape.get((length, form[-1] if length else ""), ()):
                    yield candidate, ending
            return
        drawn = outline(form)
        for length in self._stem_lengths:
            if length > len(drawn):
                break
            for candidate, endings in self._stems.get(drawn[:length], ()):
                for ending in endings.by_outline.get(drawn[length:], ()):
                    yield candidate, ending

    def _near(self, form: str) -> Iterator[Candidate]:
        if self._has_latin or not form.isascii():
            yield from self._anywhere
        if ANY_LETTER in form:  # a masked word, which has no outline
            yield from self._by_first.get(form[0], ())
        else:
            drawn = outline(form)
            yield from self._whole.get(drawn, ())
            for length in self._lengths:
                if length > len(drawn):
                    break
                yield from self._beginnings.get(drawn[:length], ())


class Matcher:
    """Lists that are looked through in turn, and words and phrases that are allowed whatever these say. ``find`` is
    linear in the text: each word is looked up by its outline, and only up to a bounded length."""

    def __init__(
        self,
        lists: Sequence[Patterns],
        allowed: Sequence[str],
        within: Sequence[WithinPatterns] = (),
        allowed_phrases: Sequence[tuple[str, ...]] = (),
    ) -> None:
        self._lists = tuple(lists)
        self._within = tuple(within)
        # By the first word, the longest first; those without an entry are allowed.
        self._phrases: defaultdict[str, list[tuple[tuple[str, ...], Entry | None]]] = defaultdict(list)
        known = [(phrase, entry) for patterns in lists for phrase, entry in patterns.phrases]
        for phrase, entry in sorted([*((phrase, None) for phrase in allowed_phrases), *known], key=_longest_first):
            self._phrases[phrase[0]].append((phrase, entry))
        self._allowed = re.compile("|".join(expression(word, may_be_doubled=False) for word in allowed) or r"(?!)")
        self._candidates_of = lru_cache(maxsize=8192)(self._look_up)
        self._singles_of = lru_cache(maxsize=8192)(self._count_singles)
        # A text is looked at once for masking and once for judging.
        self._kept_hits = lru_cache(maxsize=64)(self._find)

    def find(self, text: str) -> list[Hit]:
        """All hits, in the order of the text, none inside of another."""
        return list(self._kept_hits(text))

    def _find(self, text: str) -> tuple[Hit, ...]:
        found = [] if self._is_harmless(text) else list(words(text))
        clean: list[tuple[int, int]] = []
        hits = []
        for number, word in enumerate(found):
            if word.form.replace(RUN, "") in self._phrases:
                entry, end = self._find_phrase(found, number, text)
                if entry is not None:
                    hits.append(_hit(entry, word.start, _after_marks(text, end), text[word.start : end].casefold()))
                elif end:
                    clean.append((word.start, end))
            candidates = self._candidates_of(word.form)
            if word.cyrillic:
                candidates += self._candidates_of(word.cyrillic, False)
            if not candidates:
                continue
            hit = _worst(candidates, word, text)
            if hit is not None and not (clean and clean[-1][0] <= hit.start and hit.end <= clean[-1][1]):
                hits.append(hit)
        for patterns in self._within:
            hits += [_hit(entry, start, end, text[start:end]) for start, end, entry in patterns.find(text)]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        outer: list[Hit] = []
        for hit in hits:
            if not outer or hit.start >= outer[-1].end:
                outer.append(hit)
        return tuple(outer)

    def _is_harmless(self, text: str) -> bool:
        """Whether no part of the text between blanks bears or begins anything that is looked for, nor letters enough
        that stand apart: most texts are of words that were looked up before."""
        if len(text) > _LONGEST_LOOKED_OVER or has_markup(text):
            return False
        apart = 0
        for part in text.split():
            singles = self._singles_of(part)
            if singles == 0:
                apart = 0
            elif singles > 0:
                apart += singles
                if apart >= SHORTEST_SPACED:
                    return False
            elif singles == _SUSPECT:
                return False
        return True

    def _count_singles(self, part: str) -> int:
        """How many letters stand alone in a part of a text that has words; _NO_WORDS, _SUSPECT for others."""
        if len(part) > LONGEST_WORD:
            return _SUSPECT
        after_blank = f" {part}"  # which decides what becomes of a combining mark
        for word in words(after_blank):
            if word.form.replace(RUN, "") in self._phrases or self._candidates_of(word.form):
                return _SUSPECT
            if word.cyrillic and self._candidates_of(word.cyrillic, False):
                return _SUSPECT
        runs = [match.end() - match.start() for match in _LETTERS.finditer(fold(after_blank)[1])]
        return runs.count(1) if runs else _NO_WORDS

    def _find_phrase(self, found: Sequence[Word], number: int, text: str) -> tuple[Entry | None, int]:
        """The entry of the phrase that begins there, None for one that is allowed, and its end; 0 when none begins."""
        for phrase, entry in self._phrases[found[number].form.replace(RUN, "")]:
            part = found[number : number + len(phrase)]
            forms = [word.form.replace(RUN, "") for word in part]
            if (
                len(part) == len(phrase)
                and forms[:-1] == [*phrase[:-1]]
                and (forms[-1] == phrase[-1] or (phrase[-1].endswith("*") and forms[-1].startswith(phrase[-1][:-1])))
                and all(_is_next(text, here, there) for here, there in pairwise(part))
            ):
                return entry, part[-1].end
        return None, 0

    def _look_up(self, form: str, may_be_reversed: bool = True) -> tuple[Candidate, ...]:
        found = tuple(candidate for patterns in self._lists for candidate in patterns.match(form))
        if not found and may_be_reversed and len(form) >= _SHORTEST_REVERSED and form[0] < _BEHIND_CYRILLIC:
            backwards = form[::-1]
            found = tuple(
                candidate
                for patterns in self._lists
                for candidate in patterns.match(backwards)
                if _may_be_reversed(candidate.entry, backwards)
            )
        respelled = "" if found else _respelled(form)
        if respelled:
            found = tuple(candidate for patterns in self._lists for candidate in patterns.match(respelled))
        return () if found and self._allowed.fullmatch(form) else found


def _respelled(form: str) -> str:
    """A word as it would be written but for the fashions of phuck, fvck, dikk and bitchez; "" without one of these."""
    if not form.isascii() or not _FASHIONS.search(form):
        return ""
    plain = f"{form[:-1]}s" if form.endswith("z") else form
    return _V_FOR_U.sub("u", plain.replace("kk", "ck").replace("ph", "f"))


def _worst(candidates: Sequence[Candidate], word: Word, text: str) -> Hit | None:
    """What a word is of those that it may be; where it is several, the worst of them."""
    written = text[word.start : word.end]
    meant = [
        candidate.entry
        for candidate in candidates
        if not (candidate.entry.is_name and written.istitle())
        and candidate.entry.is_spelled_like(candidate.spelling, written)
    ]
    worst = max(meant, key=lambda entry: _RANKS[entry.severity], default=None)
    return _hit(worst, word.start, _after_marks(text, word.end), word.form) if worst else None


def _longest_first(item: tuple[tuple[str, ...], Entry | None]) -> int:
    return -len(item[0])


def _is_next(text: str, here: Word, there: Word) -> bool:
    gap = text[here.end : there.start]
    return 0 <= there.start - here.end <= _LONGEST_GAP and not _SENTENCE_ENDS.search(gap)


def _after_marks(text: str, end: int) -> int:
    end = end_of_reference(text, end)
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return end


def _may_be_reversed(entry: Entry, form: str) -> bool:
    # Short mild words are other words when read backwards, and a wildcard would meet any beginning. Who writes Russian
    # in Latin letters disguises it enough.
    if (entry.script == "Latn") != form.isascii():
        return False
    return entry.severity is not Severity.MILD and (form in entry.forms or f"*{form}*" in entry.forms)


def _hit(entry: Entry, start: int, end: int, form: str) -> Hit:
    return Hit(
        start=start,
        end=end,
        word=entry.word,
        severity=entry.severity,
        language=entry.language,
        is_name=entry.is_name,
        kind=entry.kind,
        form=form,
        notes=entry.notes,
    )


@cache
def _endings(endings: tuple[str, ...]) -> Endings:
    return Endings(endings)


@lru_cache(maxsize=16384)
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(expression(form))


@lru_cache(maxsize=32)
def patterns_of(languages: tuple[str, ...]) -> Patterns:
    """The entries of the lists of these languages, shared by all sites that read with them."""
    return Patterns([entry for language in languages for entry in load_list(language).entries])


@cache
def within_of(languages: tuple[str, ...]) -> WithinPatterns:
    """The same for languages that are written without blanks. Clean words of one are clean in all of them, as a text in
    Han characters does not say which it is in."""
    chosen = [load_list(language) for language in languages]
    return WithinPatterns(
        [entry for words in chosen for entry in words.entries], [word for words in chosen for word in words.allowed]
    )


def load_defaults() -> None:
    """Be ready to read with the languages of a site that chose none."""
    matcher_for((), ())


def matcher_for(
    extra_words: tuple[str, ...], allowed_words: tuple[str, ...], languages: tuple[str, ...] = ()
) -> Matcher:
    """The matcher of a site with those words of its own. No ``languages``: English, and by the script of the text."""
    # The first writer after a start waits for what is being made, rather than make it a second time beside.
    with _MAKING:
        return _made(extra_words, allowed_words, languages)


@lru_cache(maxsize=64)
def _made(extra_words: tuple[str, ...], allowed_words: tuple[str, ...], languages: tuple[str, ...]) -> Matcher:
    chosen = languages or DEFAULT_LANGUAGES
    own = tuple(
        Entry(word=word, severity=Severity.STRONG, language=SITE_LIST, forms=(normalise_entry(word),), kind="site")
        for word in extra_words
    )
    # What a site forbids by name is forbidden, even where the list would allow it.
    forbidden = {form for entry in own for form in entry.forms}
    spaced = [name for name in chosen if load_list(name).script not in UNSPACED_SCRIPTS]
    unspaced = tuple(name for name in chosen if name not in spaced)
    phrases = [phrase for name in spaced for phrase in load_list(name).allowed_phrases]
    allowed = [word for name in spaced for word in load_list(name).allowed if word not in forbidden]
    return Matcher(
        (Patterns(own), patterns_of(tuple(spaced))),
        (*allowed, *map(normalise_entry, allowed_words)),
        [within_of(unspaced)] if unspaced else [],
        phrases,
    )
