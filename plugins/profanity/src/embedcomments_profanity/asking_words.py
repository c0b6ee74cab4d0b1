"""What a writer is told, in some languages; English elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from embedcomments_profanity.settings import HOLD, MASK, NUDGE, REJECT

_KEYS = (REJECT, HOLD, MASK, "attack", NUDGE)

# In the order of the keys; {words} are in quotation marks.
_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "This site does not publish {words}. Please say it in another way.",
        "With {words} a moderator will read the comment first.",
        "Readers will see {words} masked.",
        "This may attack somebody: {words}. A moderator will read the comment first.",
        "{words} may hurt somebody. Press the button once more to post it all the same.",
    ),
    "de": (
        "Diese Website veröffentlicht {words} nicht. Bitte sagen Sie es anders.",
        "Mit {words} liest zuerst jemand von der Moderation den Kommentar.",
        "Wer liest, sieht {words} verdeckt.",
        "Das könnte jemanden angreifen: {words}. Zuerst liest jemand von der Moderation den Kommentar.",
        "{words} könnte jemanden verletzen. Drücken Sie noch einmal, um es trotzdem zu veröffentlichen.",
    ),
    "fr": (
        "Ce site ne publie pas {words}. Merci de le dire autrement.",
        "Avec {words}, le commentaire sera d’abord lu par la modération.",
        "Les lecteurs verront {words} masqué.",
        "Cela peut viser quelqu’un : {words}. Le commentaire sera d’abord lu par la modération.",
        "{words} peut blesser quelqu’un. Appuyez encore une fois pour publier malgré tout.",
    ),
    "es": (
        "Este sitio no publica {words}. Por favor, dígalo de otra manera.",
        "Con {words}, el comentario lo leerá antes la moderación.",
        "Los lectores verán {words} oculto.",
        "Esto puede atacar a alguien: {words}. El comentario lo leerá antes la moderación.",
        "{words} puede herir a alguien. Pulse otra vez para publicarlo de todos modos.",
    ),
    "it": (
        "Questo sito non pubblica {words}. Per favore, lo dica in un altro modo.",
        "Con {words} il commento sarà letto prima dalla moderazione.",
        "Chi legge vedrà {words} mascherato.",
        "Questo può attaccare qualcuno: {words}. Il commento sarà letto prima dalla moderazione.",
        "{words} può ferire qualcuno. Prema di nuovo per pubblicarlo comunque.",
    ),
    "pt": (
        "Este site não publica {words}. Por favor, diga de outra forma.",
        "Com {words}, o comentário será lido antes pela moderação.",
        "Quem lê verá {words} oculto.",
        "Isto pode atacar alguém: {words}. O comentário será lido antes pela moderação.",
        "{words} pode magoar alguém. Pressione outra vez para publicar mesmo assim.",
    ),
    "nl": (
        "Deze site publiceert {words} niet. Zeg het alstublieft anders.",
        "Met {words} leest eerst een moderator de reactie.",
        "Lezers zien {words} verborgen.",
        "Dit kan iemand aanvallen: {words}. Eerst leest een moderator de reactie.",
        "{words} kan iemand kwetsen. Druk nog een keer om het toch te plaatsen.",
    ),
    "pl": (
        "Ta strona nie publikuje {words}. Proszę powiedzieć to inaczej.",
        "Z {words} komentarz najpierw przeczyta moderator.",
        "Czytelnicy zobaczą {words} zasłonięte.",
        "To może kogoś atakować: {words}. Komentarz najpierw przeczyta moderator.",
        "{words} może kogoś zranić. Naciśnij jeszcze raz, aby mimo to opublikować.",
    ),
    "ru": (
        "Этот сайт не публикует {words}. Пожалуйста, скажите это иначе.",
        "С {words} комментарий сначала прочитает модератор.",
        "Читатели увидят {words} скрытым.",
        "Это может задеть кого-то лично: {words}. Комментарий сначала прочитает модератор.",
        "{words} может кого-то обидеть. Нажмите ещё раз, чтобы всё же опубликовать.",
    ),
    "uk": (
        "Цей сайт не публікує {words}. Будь ласка, скажіть це інакше.",
        "З {words} коментар спершу прочитає модератор.",
        "Читачі побачать {words} прихованим.",
        "Це може зачепити когось особисто: {words}. Коментар спершу прочитає модератор.",
        "{words} може когось образити. Натисніть ще раз, щоб усе ж опублікувати.",
    ),
    "tr": (
        "Bu site {words} sözünü yayımlamaz. Lütfen başka türlü söyleyin.",
        "{words} yüzünden yorumu önce bir moderatör okuyacak.",
        "Okurlar {words} sözünü gizlenmiş görecek.",
        "Bu birine saldırı olabilir: {words}. Yorumu önce bir moderatör okuyacak.",
        "{words} birini incitebilir. Yine de yayımlamak için düğmeye bir kez daha basın.",
    ),
    "hy": (
        "Այս կայքը չի հրապարակում {words}։ Խնդրում ենք՝ ասեք այլ կերպ։",
        "{words} պարունակող մեկնաբանությունը նախ կկարդա մոդերատորը։",
        "Ընթերցողները {words} կտեսնեն թաքցված։",
        "Սա կարող է վիրավորել մեկին՝ {words}։ Մեկնաբանությունը նախ կկարդա մոդերատորը։",
        "{words} կարող է ցավեցնել մեկին։ Սեղմեք ևս մեկ անգամ՝ այնուամենայնիվ հրապարակելու համար։",
    ),
}


def sentence(lang: str, key: str, words: str) -> str:
    """The sentence in that language (a tag of BCP 47), or in English."""
    found = _SENTENCES.get(lang.split("-")[0].lower(), _SENTENCES["en"])
    return found[_KEYS.index(key)].replace("{words}", words)
