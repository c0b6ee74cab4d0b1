"""What the profanity filter finds, what it wrongly finds, and what a comment costs."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

from embedcomments_profanity.lists import LANGUAGES, Severity, load_list
from embedcomments_profanity.matcher import Matcher, load_defaults, matcher_for

DICTIONARIES = [Path("/usr/share/dict") / f"{kind}-english-huge" for kind in ("american", "british")]
COMMENT = "I read the whole article twice, and the second part about harbours is still not clear to me. Sorry.."


def _letters(first: int) -> Callable[[str], str]:
    return lambda word: "".join(chr(first + ord(c) - ord("a")) if "a" <= c <= "z" else c for c in word)


def _swapped(pairs: str) -> Callable[[str], str]:
    table = str.maketrans(dict(pair.split("=") for pair in pairs.split()))
    return lambda word: word.translate(table)


def _upside_down(word: str) -> str:
    return word.translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz"))[::-1]


def _within(put: str) -> Callable[[str], str]:
    return lambda word: put.join(word)


def _at_vowel(change: Callable[[str], str]) -> Callable[[str], str]:
    def disguise(word: str) -> str:
        at = next((n for n, c in enumerate(word[1:-1], 1) if c in "aeiou"), 1)
        return word[:at] + change(word[at]) + word[at + 1 :]

    return disguise


KINDS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "capitals here and there": lambda w: "".join(c.upper() if n % 2 else c for n, c in enumerate(w)),
    "leet vowels": _swapped("a=4 e=3 i=1 o=0"),
    "leet signs": _swapped("a=@ s=$ i=!"),
    "leet consonants": _swapped("s=5 t=7 b=8 g=9"),
    "1 for l": _swapped("l=1"),
    "a vowel masked": _at_vowel(lambda _: "*"),
    "all but the ends masked": lambda w: w[0] + "*" * (len(w) - 2) + w[-1],
    "a vowel drawn out": _at_vowel(lambda c: c * 4),
    "a vowel doubled": _at_vowel(lambda c: c * 2),
    "the end drawn out": lambda w: w + w[-1] * 4,
    "all drawn out": lambda w: "".join(c * 3 for c in w),
    "blanks": _within(" "),
    "dots": _within("."),
    "hyphens": _within("-"),
    "underlines": _within("_"),
    "asterisks": _within("*"),
    "slashes": _within("/"),
    "commas": _within(", "),
    "emoji": _within("🔥"),
    "zero-width spaces": _within("\u200b"),
    "soft hyphens": _within("\u00ad"),
    "word joiners": _within("\u2060"),
    "variation selectors": _within("\ufe0f"),
    "struck through": _within("\u0336"),
    "zalgo": _within("\u0301\u0330\u0352\u0489"),
    "accents": lambda w: unicodedata.normalize("NFC", "\u0301".join(w)),
    "full width": _letters(0xFF41),
    "bold": _letters(0x1D41A),
    "bold script": _letters(0x1D4EA),
    "fraktur": _letters(0x1D586),
    "double-struck": _letters(0x1D552),
    "monospace": _letters(0x1D68A),
    "circled": _letters(0x24D0),
    "in black squares": _letters(0x1F170),
    "flags": _letters(0x1F1E6),
    "Cyrillic look-alikes": _swapped("a=а c=с e=е o=о p=р x=х y=у i=і s=ѕ j=ј"),
    "Greek look-alikes": _swapped("a=α o=ο u=υ v=ν k=κ p=ρ"),
    "small capitals": _swapped(
        "a=ᴀ b=ʙ c=ᴄ d=ᴅ e=ᴇ f=ꜰ g=ɢ h=ʜ i=ɪ k=ᴋ l=ʟ m=ᴍ n=ɴ o=ᴏ p=ᴘ r=ʀ s=ꜱ t=ᴛ u=ᴜ w=ᴡ y=ʏ z=ᴢ"
    ),
    "Lisu": lambda w: w.upper().translate(str.maketrans("ABCDEFGHIJKLMNOPRSTUVWXYZ", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ")),
    "Coptic look-alikes": _swapped("a=ⲁ c=ⲥ o=ⲟ p=ⲣ k=ⲕ i=ⲓ e=ⲉ"),
    "superscripts": _swapped(
        "a=ᵃ b=ᵇ c=ᶜ d=ᵈ e=ᵉ f=ᶠ g=ᵍ h=ʰ i=ⁱ j=ʲ k=ᵏ l=ˡ m=ᵐ n=ⁿ o=ᵒ p=ᵖ r=ʳ s=ˢ t=ᵗ u=ᵘ v=ᵛ w=ʷ x=ˣ y=ʸ z=ᶻ"
    ),
    "a vowel hidden by #": _at_vowel(lambda _: "#"),
    "a digit drawn out": lambda w: _swapped("a=4 e=3 i=1 o=0")(_at_vowel(lambda c: c * 4)(w)),
    "a number behind": lambda w: f"{w}123",
    "called by @": lambda w: f"@{w}",
    "tags within": lambda w: f"{w[:2]}<b>{w[2]}</b>{w[3:]}",
    "references of HTML": lambda w: "".join(f"&#{ord(c)};" for c in w),
    "upside down": _upside_down,
    "backwards": lambda w: w[::-1],
    "backwards by an override": lambda w: f"\u202e{w[::-1]}\u202c",
    "emphasis within": lambda w: f"{w[:2]}**{w[2]}**{w[3:]}",
}


def main() -> None:
    if "--lists" in sys.argv:
        _recall_of_lists(Path(sys.argv[sys.argv.index("--lists") + 1]))
        return
    load_defaults()
    _recall(matcher_for((), ()))
    _false_positives(matcher_for((), ()))
    _speed(matcher_for((), ()))


def _recall_of_lists(folder: Path) -> None:
    """How many words of other lists are found, a hit of any severity: each file of the folder is named by a language
    (``en.txt``, or ``en.anything.txt``), a word or phrase a line; what is missed goes into ``FILE.missed`` beside."""
    files = [file for file in sorted(folder.glob("*.txt")) if file.name.split(".")[0] in LANGUAGES]
    if not files:
        sys.exit(f"No file in {folder} is named by a language: {', '.join(f'{name}.txt' for name in LANGUAGES)}.")
    for file in files:
        language = file.name.split(".")[0]
        matcher = matcher_for((), (), (language,))
        words = sorted({word.strip() for word in file.read_text("utf-8-sig").splitlines() if word.strip()})
        missed = [word for word in words if not matcher.find(word)]
        share = 100 * (1 - len(missed) / len(words)) if words else 0.0
        print(f"{file.name:20} {len(words) - len(missed):5} of {len(words):5} found: {share:5.1f} %")
        file.with_suffix(".missed").write_text("".join(f"{word}\n" for word in missed), "utf-8")


def _recall(matcher: Matcher) -> None:
    # The words of our own list, so this measures the disguises and says nothing about the list.
    entries = [entry for entry in load_list("en").entries if entry.severity is not Severity.MILD]
    words = sorted({form.strip("*") for entry in entries for form in entry.forms if len(form.strip("*")) >= 4})
    found = {
        kind: 100 * sum(bool(matcher.find(f"Well {disguise(word)} then")) for word in words) / len(words)
        for kind, disguise in KINDS.items()
    }
    print(f"recall over {len(KINDS)} kinds of disguise of {len(words)} words: {sum(found.values()) / len(found):.1f} %")
    for kind, share in sorted(found.items(), key=lambda item: item[1])[:8]:
        print(f"  {kind:26} {share:5.1f} %")


def _false_positives(matcher: Matcher) -> None:
    files = [file for file in DICTIONARIES if file.is_file()]
    if not files:
        print("false positives: not measured, for it needs Debian's wamerican-huge or wbritish-huge")
        return
    words = {word for file in files for word in file.read_text("utf-8").split()}
    known = {spelling.strip("*!") for name in LANGUAGES for e in load_list(name).entries for spelling in e.spellings}
    wrong = sorted(
        word
        for word in words
        if word.lower().removesuffix("'s") not in known and any("fuck" not in hit.form for hit in matcher.find(word))
    )
    share = 100_000 * len(wrong) / len(words)
    print(f"found in {len(words):,} words of dictionaries, beside what the list names: {share:.1f} in 100,000: {wrong}")


def _speed(matcher: Matcher) -> None:
    rounds = 2000
    began = time.process_time()
    for number in range(rounds):  # a new text each time, since hits are kept
        matcher.find(f"{COMMENT[:-4]}{number:4}")
    print(f"a comment of {len(COMMENT)} characters: {(time.process_time() - began) / rounds * 1e6:.0f} µs")
    for name, piece in {"f*": "f*", "f u": "f u ", "marks": "f\u0301", "one word": "fu", "Han": "操"}.items():
        costs = []
        for length in (250_000, 1_000_000):
            began = time.process_time()
            matcher.find(piece * (length // len(piece)))
            costs.append(time.process_time() - began)
        print(f"hostile {name:8}: 250 kB in {costs[0]:.2f} s, 1 MB in {costs[1]:.2f} s")
