"""What is found, what is not, and where."""

from __future__ import annotations

import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedcomments_profanity.lists import Severity, load_list
from embedcomments_profanity.matcher import Matcher, matcher_for, patterns_of
from embedcomments_profanity.normalise import words


@pytest.fixture(scope="module")
def english() -> Matcher:
    return matcher_for((), ())


CLEAN_WORDS = """
    Scunthorpe Penistone Essex Sussex Lightwater assassin cocktail Dick Dickens Cockburn Hancock Hitchcock classic pass
    bass grass embarrassed assess Arsenal analysis therapist cumin circumstance document accumulate titillate titan
    shiitake shitake Matsushita Fukushima Niger Nigeria niggardly snigger retardant spice spicy raccoon Maine-Coon
    sauerkraut Dyke shuttlecock peacock cockpit swank Swanky knob manual bumper crapshoot Wang Dong skid specialist
    socialist A55 455 4x4 B12 b17 H2O a* 1*2*3 word** **bold** *it* he!! a@b.org me@pass.com Assen Kassel Tass
"""


@pytest.mark.parametrize("text", CLEAN_WORDS.split())
def test_clean_words_stay_clean(english: Matcher, text: str) -> None:
    assert english.find(text) == []
    assert english.find(f"They said {text}, and went on.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Push it to the limit", "Dick Cheney spoke", "pen is mightier", "the rapist therapist", "soft it goes",
        "соск и сосок", "U.S.S.R. and N.A.T.O.", "a b c d e f", "I a m h e r e", "команда", "他妈妈", "シット",
        "застрахуй", "What a s\u0301weet cafe\u0301", "1 2 3 4 5", "f(u, c, k)", "ﬀ ligature oﬃce",
        "हिन्दी में लिखा", "Շնորհակալություն", "the A555 and the A55", "elephant phase", "a < b and c > d &amp; e",
        "#hashtag and C#", "§ 5 and £50, 20¢", "ɔ and ɛ are letters of Ewe", "pass<i>word</i>", "@assistant123",
        "vlk pvc", "fu<br", "Schulz and quartz", "bookkeeping with hikkake",
    ],
)  # fmt: skip
def test_clean_phrases_stay_clean(english: Matcher, text: str) -> None:
    assert english.find(text) == []


@pytest.mark.parametrize(
    "disguised",
    [
        "fuck", "FUCK", "Fucking", "motherfucker", "absofuckinglutely", "fuuuuck", "fuckkkk", "FFFFuck", "f*ck", "f**k",
        "f\u200bu\u00adck", "fцck fuсk", "f.u.c.k",
        "ｆｕｃｋ", "𝐟𝐮𝐜𝐤", "𝖋𝖚𝖈𝖐", "ⓕⓤⓒⓚ", "fück", "fu\u0308ck", "f\u0336u\u0336c\u0336k\u0336",
        "f u c k", "f-u-c-k", "🇫🇺🇨🇰", "sh1t", "5h1t", "$h!t", "sh!t", "shiiiit", "ѕhіt", "s.h.i.t", "a$$hole",
        "b1tch", "b!tch", "c0ck", "p0rn", "wh0re", "n1gg3r", "N!66ER", "f4gg0t", "a55hole", "assssshole",
        "dick", "DICK", "d1ck", "t1ts", "b@st@rd", "shit!", "(shit)", "“shit”", "shit's", "shit_show", "_shit_",
        "**shit**", "holy-shit", "wow!shit",
        "f#ck", "fuck123", "@fuck", "shit2024", "sh1111t", "phuck", "fvck", "motherphucker", "dikkhead", "bitchez",
        "niggaz", "fu<b>c</b>k", 'fu<span class="x y">ck</span>', "f&#117;ck", "&#x66;&#x75;ck", "f&uuml;ck", "ꓝꓴꓚꓗ",
        "ꓢꓧꓲꓔ", "ⲥⲟⲥⲕ", "ʞɔnɟ", "ʇᴉɥs", "ᶠᵘᶜᵏ", "a§§hole", "¢unt",
    ],
)  # fmt: skip
def test_words_are_found_however_they_are_dressed(english: Matcher, disguised: str) -> None:
    assert any(hit.severity is not Severity.MILD for hit in english.find(disguised)), disguised
    assert any(hit.severity is not Severity.MILD for hit in english.find(f"Well, {disguised} then")), disguised


@pytest.mark.parametrize(
    "text, spans",
    [
        ("Oh shit, shit.", ["shit", "shit"]),
        ("Das f\u200bu\u0308ck!", ["f\u200bu\u0308ck"]),
        ("ﬀ shit", ["shit"]),
        ("ｓｈｉｔ happens", ["ｓｈｉｔ"]),
        ("it is s.h.i.t here", ["s.h.i.t"]),
        ("**f**k** it", ["f**k"]),
        ("𝐟𝐮𝐜𝐤 off", ["𝐟𝐮𝐜𝐤"]),
        ("Oh shit123!", ["shit"]),
        ("fu<b>c</b>k it", ["fu<b>c</b>k"]),
        ("f&#117;&#99;&#107;; no", ["f&#117;&#99;&#107;"]),
    ],
)
def test_places_are_those_of_the_original(english: Matcher, text: str, spans: list[str]) -> None:
    assert [text[hit.start : hit.end] for hit in english.find(text)] == spans


def test_a_hit_tells_severity_and_language(english: Matcher) -> None:
    found = {hit.word: (hit.severity, hit.language) for hit in english.find("damn shit porn niggers fucktard")}

    assert found == {
        "damn": (Severity.MILD, "en"),
        "shit": (Severity.STRONG, "en"),
        "porn": (Severity.SEXUAL, "en"),
        "nigger": (Severity.SLUR, "en"),
        "fucktard": (Severity.SLUR, "en"),
    }


@pytest.mark.parametrize(
    "extra, text, found",
    [
        ("widget", "a W1DGET here", True),
        ("widget", "widgets", False),
        ("widget*", "widgets", True),
        ("*dget", "gadget", True),
        ("дурак", "Ты ДУРАК", True),
        ("հիմար", "Հիմար", True),
        ("Müll", "mull", True),
        ("h8", "h8 it", True),
        ("1488", "no 1488 here", True),
        ("scunthorpe", "Scunthorpe", True),
    ],
)
def test_a_site_has_words_of_its_own(extra: str, text: str, found: bool) -> None:
    hits = matcher_for((extra,), ()).find(text)

    assert [hit.language for hit in hits] == (["site"] if found else [])


@pytest.mark.parametrize("allowed", ["shit", "SHIT", "sh*", "*hit", "shït"])
def test_a_site_allows_words(allowed: str) -> None:
    assert [hit.word for hit in matcher_for((), (allowed,)).find("shit and fuck")] == ["fuck"]


def test_every_form_of_the_list_finds_itself(english: Matcher) -> None:
    for entry in load_list("en").entries:
        for form in entry.forms:
            plain = form.replace("*", "")
            assert [hit.severity for hit in english.find(plain)] in ([entry.severity], [Severity.SLUR]), form


def test_the_list_is_of_a_good_size_and_its_forms_are_plain() -> None:
    english = load_list("en")

    assert len(english.entries) >= 120
    forms = [form for entry in english.entries for form in entry.forms]
    assert len(forms) == len(set(forms))
    assert all(form.strip("*").isalnum() and form.isascii() and form == form.lower() for form in forms)


@pytest.mark.parametrize("mark", ["\u0301", "\u0336", "\u200d", "\ufe0f", "\u202e"])
def test_marks_and_invisible_characters_change_nothing(english: Matcher, mark: str) -> None:
    text = mark.join("shit")

    assert [text[hit.start : hit.end] for hit in english.find(text)] == [text]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_form_of_unicode_does_not_matter(english: Matcher, form: str) -> None:
    assert len(english.find(unicodedata.normalize(form, "Šhít fück"))) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "piece",
    [
        "f",
        "fu",
        "f*",
        "f!",
        "f.",
        "f ",
        "a1",
        "*",
        "!",
        "\u0301",
        "f\u200b",
        "fück",
        "shit ",
        "ｆ",
        "𝐟",
        "<b",
        "<b>",
        "&#117;",
        "a1@",
    ],
)
def test_hostile_text_is_read_in_linear_time(english: Matcher, piece: str) -> None:
    def cost_s(length: int) -> float:
        costs = []
        for _ in range(3):  # the least: a collection of garbage may fall into any of them
            began = time.thread_time()
            english.find(piece * (length // len(piece)))
            costs.append(time.thread_time() - began)
        return max(min(costs), 0.01)

    # Four times the text would cost sixteen times as much if it were read in quadratic time; and far more in any other.
    assert cost_s(60_000) < 12 * cost_s(15_000)


def test_the_places_of_words_are_within_the_text_and_in_order() -> None:
    text = "Ünï ﬀﬁ 🇫🇺 𝐱 a.b.c \u0301x ½ ﷺ z"
    places = [(word.start, word.end) for word in words(text)]

    assert all(0 <= start < end <= len(text) for start, end in places)


def test_a_word_of_the_site_costs_no_new_reading_of_the_list() -> None:
    matcher_for(("timbuktu",), ())
    read_before = patterns_of.cache_info().misses

    assert [hit.word for hit in matcher_for(("zanzibar",), ()).find("Zanzibar, shit and scunthorpe")] == [
        "zanzibar",
        "shit",
    ]
    assert patterns_of.cache_info().misses == read_before


@pytest.mark.parametrize(
    "text, found",
    [
        ("a blow job", ["blow job"]),
        ("Blow-jobs!", ["Blow-jobs"]),
        ("Bl0w   jobbbb", ["Bl0w   jobbbb"]),
        ("bl\u200bow job.", ["bl\u200bow job"]),
        ("a blow. Job done", []),
        ("a blow\njob", []),
        ("blow a job", []),
        ("blowjob", ["blowjob"]),
        ("Blue tits and a great tit, tit for tat", []),
        ("she shows her tits, not blue tits", ["tits"]),
        ("summa cum laude", []),
    ],
)
def test_phrases_are_found_and_allowed(text: str, found: list[str]) -> None:
    assert [text[hit.start : hit.end] for hit in matcher_for((), ()).find(text)] == found


@pytest.mark.parametrize(
    "text, language, found",
    [
        ("роз'єбати", "uk", ["роз'єбати"]),
        ("rozʼєб", "uk", []),
        ("роз’єбав", "uk", ["роз’єбав"]),
        ("píča a píca", "cs", ["píča"]),
        ("pica", "cs", ["pica"]),
    ],
)
def test_apostrophes_and_marks(text: str, language: str, found: list[str]) -> None:
    assert [text[hit.start : hit.end] for hit in matcher_for((), (), (language,)).find(text)] == found


def test_threads_that_need_the_lists_at_once_make_them_once() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(matcher_for, ("words", "of", "nobody else"), ()) for _ in range(4)]
    assert len({id(matcher.result()) for matcher in made}) == 1
