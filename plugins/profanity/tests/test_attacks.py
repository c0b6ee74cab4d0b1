"""What attacks a person without a curse, and what only speaks of such words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import embedcomments_profanity as plugin
from embedcomments.api import Action, Draft
from embedcomments_profanity.attacks import find_attacks


@pytest.mark.parametrize(
    "text, attack, language",
    [
        ("Sorry, you are an idiot.", "you are an idiot", "en"),
        ("YOU’RE SUCH A PATHETIC LOSER!", "YOU’RE SUCH A PATHETIC LOSER", "en"),
        ("Just go back to where you came from!", "go back to where you came from", "en"),
        ("Du bist doch ein Vollidiot", "Du bist doch ein Vollidiot", "de"),
        ("Ich weiß, wo du wohnst.", "Ich weiß, wo du wohnst", "de"),
        ("T'es vraiment un abruti", "T'es vraiment un abruti", "fr"),
        ("Retourne dans ton pays.", "Retourne dans ton pays", "fr"),
        ("Eres un inútil", "Eres un inútil", "es"),
        ("Te voy a matar", "Te voy a matar", "es"),
        ("Да ты просто тупой дебил", "Да ты просто тупой дебил", "ru"),
        ("Я знаю, где ты живёшь", "Я знаю, где ты живёшь", "ru"),
        ("Դու իսկական ապուշ ես", "Դու իսկական ապուշ ես", "hy"),
        ("Քեզ կսպանեմ", "Քեզ կսպանեմ", "hy"),
        ("Sen tam bir aptalsın", "Sen tam bir aptalsın", "tr"),
        ("Ülkene geri dön", "Ülkene geri dön", "tr"),
        ("I hope you die.", "I hope you die", "en"),
        ("What an idiot you are", "What an idiot you are", "en"),
        ("Bist du blöd?", "Bist du blöd", "de"),
        ("Tu ne vaux rien.", "Tu ne vaux rien", "fr"),
        ("Me das asco", "Me das asco", "es"),
        ("Таких как ты надо сажать", "Таких как ты надо сажать", "ru"),
        ("Հիմար ես։", "Հիմար ես", "hy"),
        ("Salak mısın sen?", "Salak mısın", "tr"),
    ],
)
def test_an_attack_is_found_where_it_stands(text: str, attack: str, language: str) -> None:
    assert [(text[hit.start : hit.end], hit.language) for hit in find_attacks(text)] == [(attack, language)]


@pytest.mark.parametrize(
    "text",
    [
        "The idiot in the novel", "You are not an idiot", "Tell me if you are an idiot",
        "He said that you are kind", "you are a parasitologist",
        "> you are an idiot\n\nI disagree", "Der Idiot von Dostojewski", "Du bist kein Idiot", "Tu n'es pas un idiot",
        "No eres idiota, eres amable", "Ты не дурак", "Роман «Идиот»", "Դու լավն ես", "Sen aptal değilsin",
        "I hope you die laughing", "I know where you live is a film", "Ferme la porte", "Te voy a matar de risa",
        "Закрой рот рукой", "Դու հիմար չես", "Bu aptal bir kural", "La pauvre bête", "Du bist die Letzte in der Reihe",
        "I killed the process yourself", "", ">", "…",
    ],
)  # fmt: skip
def test_what_attacks_nobody_is_left_alone(text: str) -> None:
    assert find_attacks(text) == []


def test_an_attack_is_held_with_its_score_and_never_more(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    verdict = plugin.comment_check(
        ctx=make_ctx(text_slur="reject"), draft=make_draft("You are an idiot. Kill yourself")
    )

    assert verdict is not None
    assert (verdict.action, verdict.score) == (Action.HOLD, 0.95)
    assert verdict.reason == (
        "“You are an idiot” may attack somebody, in the text at 0–16. "
        "“Kill yourself” may attack somebody, in the text at 18–31."
    )


def test_a_site_may_let_attacks_pass_or_read_in_other_languages(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    draft = make_draft("You are an idiot")

    assert plugin.comment_check(ctx=make_ctx(attacks="publish"), draft=draft) is None
    assert plugin.comment_check(ctx=make_ctx(languages=["ru"]), draft=draft) is None
