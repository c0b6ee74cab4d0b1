"""Each language's words, the words beside them that are clean, and who reads with which list."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from marshmallow import ValidationError

from embedcomments_profanity.lists import DEFAULT_LANGUAGES, LANGUAGES, UNSPACED_SCRIPTS, load_list
from embedcomments_profanity.matcher import matcher_for
from embedcomments_profanity.settings import ProfanitySettings


def found(text: str, *languages: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in matcher_for((), (), languages).find(text)]


CLEAN = {
    "ru": "команда застрахуй подстрахуй страхуйте мандарин потреблять хлебать учебник колебание сук бляха оскорблять "
    "Хуельва Жидков рубль херувим художник мандат употреблял гребля",
    "uk": "команда страхуй мандарин хліб требник учебний курвіметр дупло",
    "hy": "բոզբաշ քունք քունքը Գյոթե շուն շնորհակալություն քաղաք ոռնում պուտ ծիտ Սիկիմ Նիգեր Հոբ սոսի "
    "հույս սրան վիժում մենք",
    "hy-latn": "vor vorpes vors barev qaghaq bozbash merci menq menk huys khuys trel tarov tsrel Rex Lakota Kirov",
    "tr": "sık sıkıntı şık şıkır amin amca götür bokser piknik picasso sikke amaç hamamcı",
    "az": "sikkə götür gətir bicar poxt",
    "de": "regen Moos Pfeffer Vögeln schwül Scheit Arschin Schifffahrt Fickert Nebenfluss",
    "fr": "baisse bordelais bride demeure concert conseil biterrois culture réputé disputer salopette",
    "es": "cono conos disputa reputación computadora vergara pollo cultura",
    "it": "cazzuola scopo culla Troia merdaio imputare",
    "nl": "kanker hoera neukirchen",
    "pt": "cuidado reputação veado picante",
    "pl": "sukienka dupleks pedał",
    "cs": "píchat kokotice hovnivál prdelka",
    "ka": "ბოზბაში სიკვდილი ტრაქტორი ყლაპვა",
    "fa": "کسی کسب کسری هرکس",
    "ar": "كسب كسر زبيب زبيدة خولة نيكل عرصة",
    "he": "כוסות כוס זינוק תחתית הזין",
    "hi": "लंदन चूना गांधी गांव छक्का",
    "zh": "他妈妈 曹操 体操 操作系统 操场上 几把伞 屎壳郎",
    "ja": "マンコスタ たまんこ くそう 死ねば チョンガー",
    "ko": "시발점 시발역 씹어 조카 보지 않았다 개새우",
}
CURSES = {
    "ru": "хуй нахуй охуел пизда распиздяй ебать заебали долбоёб блять СУКА мудак пидорас",
    "uk": "хуй пиздець їбати блядь курва довбойоб",
    "hy": "քունեմ բոզ պուցդ կլիր շանորդի բոզիտղա քաքլան քունեցե պոռնկութիւն բոզաբարո ոռապաչ յոբար պիզդոռվանեց",
    "hy-latn": "qunem bozi puc klirs shantxa qaqlan qounetse pornkoutioun vorapach khuynya dolbayeb ghahpaner",
    "tr": "siktir orospu amk piç göt yarrak pezevenk SİKTİR",
    "az": "sikdir qəhbə götvərən peysər",
    "de": "Scheiße Arschloch Hurensohn Wichser gefickt Fotze",
    "fr": "merde putain connard enculé salope fdp",
    "es": "mierda coño puta cabrón gilipollas joder",
    "it": "cazzo stronzo vaffanculo coglione puttana",
    "nl": "klootzak kut hoer neuken godverdomme",
    "pt": "caralho merda foder porra buceta",
    "pl": "kurwa wkurwiony chuj jebać pierdolić spierdalaj",
    "cs": "kurva píča kokot zmrd čurák",
    "ka": "ყლე ნაბოზარი მუტელი",
    "fa": "کسکش جنده کونی کیرم",
    "ar": "شرموطة كسمك قحبة",
    "he": "זונה שרמוטה תזדיין",
    "hi": "मादरचोद चूतिया भोसड़ी",
    "zh": "他妈的 操你妈 傻逼 王八蛋",
    "ja": "くそったれ バカ野郎 ちんこ",
    "ko": "씨발 개새끼 병신 좆같네",
}


@pytest.mark.parametrize("language, word", [(name, word) for name in CLEAN for word in CLEAN[name].split()])
def test_clean_words_of_a_language_stay_clean(language: str, word: str) -> None:
    assert found(word, language) == []


TRAPS = json.loads((Path(__file__).parent / "traps.json").read_text("utf-8"))


@pytest.mark.parametrize("language", TRAPS)
def test_words_and_phrases_that_look_like_others_stay_clean(language: str) -> None:
    assert {trap: found(trap, language) for trap in TRAPS[language] if found(trap, language)} == {}


@pytest.mark.parametrize("language", [name for name in TRAPS if name in DEFAULT_LANGUAGES])
def test_they_stay_clean_where_no_language_was_chosen(language: str) -> None:
    assert {trap: found(trap) for trap in TRAPS[language] if found(trap)} == {}


@pytest.mark.parametrize(
    "text, language, expected",
    [
        ("バケツの穴", "ja", []),
        ("フェラーリとカフェラテ", "ja", []),
        ("このクソー！", "ja", ["クソ"]),
        ("クソビッチ", "ja", ["クソビッチ"]),
        ("バカ野郎チンコ", "ja", ["バカ野郎", "チンコ"]),
        ("你真傻，逼我走", "zh", []),
        ("傻-逼", "zh", ["傻-逼"]),
        ("操,你,妈", "zh", ["操,你,妈"]),
        ("操你，妈妈走了", "zh", ["操你"]),
    ],
)
def test_a_word_without_blanks_begins_and_ends_where_words_do(text: str, language: str, expected: list[str]) -> None:
    assert found(text, language) == expected


def test_a_word_is_clean_when_any_of_the_lists_that_are_read_says_so() -> None:
    assert found("肛門科", "ja") == found("肛門科", "zh", "ja") == []
    assert found("肛門科", "zh") == ["肛門"]


@pytest.mark.parametrize("language, word", [(name, word) for name in CURSES for word in CURSES[name].split()])
def test_words_of_a_language_are_found_where_they_stand(language: str, word: str) -> None:
    assert found(f"1, {word}!", language) == [word]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_spelling_of_a_list_is_found_by_it(language: str) -> None:
    for entry in load_list(language).entries:
        for spelling in entry.spellings:
            assert found(spelling.strip("*!"), language) != [], spelling


@pytest.mark.parametrize("written", ["բոզ", "բոզերից", "բոոոզերից", "բ*զերից", "Բոզանոցում", "բ.ո.զ.ի"])
def test_a_stem_is_found_with_its_endings_however_it_is_dressed(written: str) -> None:
    assert found(f"Ահա {written}.", "hy") == [written]


@pytest.mark.parametrize("word", ["բոզբաշ", "բոզերիցբան", "բ*զբաշ", "քունը"])
def test_a_stem_with_anything_else_behind_is_another_word(word: str) -> None:
    assert found(word, "hy") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_says_severity_and_kind_and_no_spelling_twice(language: str) -> None:
    words = load_list(language)
    spellings = [spelling for entry in words.entries for spelling in entry.spellings]

    assert len(spellings) == len(set(spellings))
    assert all(entry.kind and entry.language == language for entry in words.entries)
    assert not any("*" in spelling.strip("*") for spelling in spellings)


@pytest.mark.parametrize(
    "text, language, expected",
    [
        ("хyй", "ru", ["хyй"]),  # a Latin y
        ("пи3да", "ru", ["пи3да"]),
        ("х у й", "ru", ["х у й"]),
        ("б.л.я.т.ь", "ru", ["б.л.я.т.ь"]),
        ("бл*дь", "ru", ["бл*дь"]),
        ("cyka", "ru", ["cyka"]),  # all Latin
        ("х\u0336у\u0336й\u0336", "ru", ["х\u0336у\u0336й\u0336"]),
        ("хуи\u0306", "ru", ["хуи\u0306"]),
        ("ёб\u200bаный долбоёб", "ru", ["ёб\u200bаный", "долбоёб"]),
        ("傻 逼", "zh", ["傻 逼"]),
        ("他妈妈说他妈的", "zh", ["他妈的"]),
        ("kcuf you", "en", ["kcuf"]),
        ("\u202ekcuf\u202c", "en", ["kcuf"]),
        ("fuuck", "en", ["fuuck"]),
    ],
)
def test_disguises_of_other_scripts_are_seen_through(text: str, language: str, expected: list[str]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    "written",
    ["chatlakhi tgha", "chatlaxi", "tseghd qnem", "cexd knem", "shan zavak", "bozoutyan"],
)
def test_armenian_in_latin_letters_is_found_however_it_is_spelled(written: str) -> None:
    assert found(written, "hy-latn") == [written]


def test_a_word_is_a_curse_only_in_the_languages_that_are_read() -> None:
    assert found("Kut, con, pic, suka", "en") == []
    assert found("Kut", "nl") == ["Kut"]
    assert found("şerefsiz", "de") == []


def test_a_site_that_chose_nothing_reads_english_and_the_scripts() -> None:
    assert found("shit, блядь, բոզ, Drecksau") == ["shit", "блядь", "բոզ"]
    assert all(load_list(name).script != "Latn" for name in DEFAULT_LANGUAGES if name != "en")


def test_languages_are_checked_when_they_are_saved() -> None:
    assert ProfanitySettings().load({"languages": ["de", "zh"]})["languages"] == ["de", "zh"]
    with pytest.raises(ValidationError):
        ProfanitySettings().load({"languages": ["xx"]})


def test_lists_without_blanks_are_those_of_chinese_and_japanese() -> None:
    assert {name for name in LANGUAGES if load_list(name).script in UNSPACED_SCRIPTS} == {"zh", "ja"}


@pytest.mark.parametrize(
    "disguised",
    [
        "ꜰᴜᴄᴋ", "ꓝꓴꓚꓗ", "🅕🅤🅒🅚", "🅵🆄🅲🅺", "ƒυcκ", "fʋck", "f🔥u🔥c🔥k", "f❤\ufe0fu❤\ufe0fc❤\ufe0fk",
        "f/u/c/k", "f, u, c, k", "f*u*c*k", "f!u!c!k", "f+u+c+k",
        "b!+ch", "@$$", "f**u**ck", "s h i t", "𝓯𝓾𝓬𝓴", "𝕗𝕦𝕔𝕜", "f\ufe0fuck", "ᶠᵘᶜᵏ",
    ],
)  # fmt: skip
def test_look_alikes_and_signs_between_letters_are_seen_through(disguised: str) -> None:
    assert [hit.start for hit in matcher_for((), ()).find(f"Ah, {disguised}!")] == [4]


def test_confusables_are_single_letters_that_become_one_latin_letter() -> None:
    data = json.loads(files("embedcomments_profanity").joinpath("unicode", "confusables.json").read_text("utf-8"))

    assert len(data["always"]) > 200
    assert len(data["mixed"]) > 60
    for letter, latin in (data["always"] | data["mixed"]).items():
        assert (len(letter), latin.isascii(), len(latin), latin.islower()) == (1, True, 1, True)
