"""Signs that spam has in common wherever it stands: it calls its reader to a place, often its writer's own, for a gain.

Words of one kind share a feature, so that a site that has marked "visit my page" as spam has learned something of
"check out our channel". Which way a sign speaks, and how much, comes from decisions alone, as of every word: a filter
that has learned nothing makes nothing of them.

Source: Brown et al., "Class-Based n-gram Models of Natural Language" (1992), for words that stand for their class where
the words themselves were seldom met. The classes here are written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_CALLS = """
    add apply buy call check checkout claim click come contact donate download earn enter follow go join listen look
    order register reply send share sign sub subscribe subscribed subscribing text try txt view visit vote watch win
    abonnier abonniere abonniert anmelden besuch besuche besuchen besucht bestell bestelle bestellen folge folgt kauf
    kaufe kaufen klick klicke klickt schau schaut
    abonne abonnez achetez clique cliquez inscrivez partagez rejoignez suivez visitez
    compra comprar haz visita visitar suscribete suscríbete sigueme sígueme entra descarga
    clica clique compre inscreva siga visite acesse clicca iscriviti guarda seguimi
    abonneer bekijk bestel bezoek koop volg
    жми заходи заходите купи купить купите переходи переходите подпишись подписывайтесь подписывайся смотри
"""
_OWN = """
    my mine our mein meine meinem meinen meiner unser unsere unserem unseren mon mes notre nos mi mis nuestra nuestro
    meu minha nosso nossa mio mia nostro nostra mijn onze мой моя мою моё мои моем моём моей наш наша нашу наши нашем
"""
_PLACES = """
    account app blog blogs channel channels chanel group homepage link links page pages playlist profile shop site sites
    store video videos vid vids webpage website websites
    facebook gmail google instagram linkedin paypal pinterest reddit skype snapchat soundcloud spotify telegram tiktok
    tumblr twitch twitter vk whatsapp yahoo youtube
    gruppe kanal profil seite webseite chaîne chaine boutique canal página pagina sitio tienda perfil grupo loja gruppo
    kanaal winkel группа группу группе канал канале профиль сайт сайте ссылка ссылке страница страницу
"""
_PLEAS = """
    dear everybody everyone friends guys hello help hey hi please pls plz support
    bitte freunde hallo hilfe leute amis bonjour plaît svp amigos ayuda hola favor ajuda gente oi aiuto amici ciao
    alsjeblieft привет пожалуйста помогите ребята друзья
"""
_GAINS = """
    bonus cash cheap credit deal discount dollars free gift guaranteed income loan money offer offers price prize profit
    reward sale winner
    angebot euro geld gewinn gratis günstig kostenlos rabatt verdienen argent cadeau gagner gratuit offre dinero gana
    ganar oferta descuento dinheiro ganhar guadagna soldi sconto korting verdien
    бесплатно деньги заработок кредит приз скидка
"""

_KINDS = {
    word: kind
    for kind, words in (("gain", _GAINS), ("plea", _PLEAS), ("place", _PLACES), ("own", _OWN), ("call", _CALLS))
    for word in words.split()
}
# So many words may stand between what belongs together: "my very first music video", "check this out on my page".
_NEAR_OWN, _NEAR_CALL = 4, 6

_SCHEMES = ("http://", "https://", "www.")
_MAIL = re.compile(r"[\w+-]@[\w-]{1,63}\.\w")
_PHONE = re.compile(r"\d(?:[ -]?\d){6}")
_CURRENCY = re.compile(r"[$£€₽¥]")
_UNSEEN = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_MARKUP = re.compile(r"<[a-z/]")
_SHAPES = (("mail", _MAIL), ("phone", _PHONE), ("currency", _CURRENCY), ("unseen", _UNSEEN), ("markup", _MARKUP))

# What two signs say together counts more than either.
_SINGLE, _TOGETHER = 1.25, 1.9

Sign = tuple[str, float]
"""The name of a sign and how much it counts."""


def read_signs(lower: str, tokens: Sequence[str], has_link: bool) -> Iterator[Sign]:
    """The signs of a text in lower case, each once; never empty. ``tokens``: its words in their order.

    ``has_link``: whether an address or a domain stands in it, wherever.
    """
    kinds = {"link"} if has_link else set()
    own_at = call_at = -100
    is_own_place = is_call_to_place = False
    for at, token in enumerate(tokens):
        kind = "link" if token.startswith(_SCHEMES) else _KINDS.get(token)
        if kind is None:
            continue
        kinds.add(kind)
        if kind == "own":
            own_at = at
        elif kind == "call":
            call_at = at
        elif kind == "place":
            is_own_place = is_own_place or at - own_at <= _NEAR_OWN
            is_call_to_place = is_call_to_place or at - call_at <= _NEAR_CALL
        elif kind == "link":
            is_call_to_place = is_call_to_place or at - call_at <= _NEAR_CALL
    for kind in kinds or ("none",):
        yield kind, _SINGLE
    if "call" in kinds and ("place" in kinds or has_link):
        yield "call and place", _TOGETHER
    if "own" in kinds and "place" in kinds:
        yield "own and place", _TOGETHER
    if is_own_place:
        yield "own place", _TOGETHER
    if is_call_to_place:
        yield "call to place", _TOGETHER
    for name, shape in _SHAPES:
        if shape.search(lower):
            yield name, _SINGLE
