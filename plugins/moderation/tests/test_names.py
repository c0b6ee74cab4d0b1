"""Names that look alike to a reader are one name, and names that do not are not."""

from __future__ import annotations

import pytest

from embedcomments_moderation.names import skeleton


@pytest.mark.parametrize(
    "disguise",
    [
        "anahit", "ANAHIT", " A n a h i t ", "A.n.a-h_i't", "Аnahit", "Αnаhіt", "Anahıt", "Anahlt", "Anah1t", "Anah|t",
        "Ana\u200bhit", "Ana\u2060hit", "\u202eAnahit", "Ànáhît", "Ａｎａｈｉｔ", "𝐀𝓷𝖆𝗵𝒊𝚝", "Ⓐⓝⓐⓗⓘⓣ", "Anahit\ufe0f",
        "Anahit 🙂", "ᴀnahit",
    ],
)  # fmt: skip
def test_a_disguise_is_seen_through(disguise: str) -> None:
    assert skeleton(disguise) == skeleton("Anahit")


@pytest.mark.parametrize(
    "one, other",
    [("modern", "modem"), ("VVhite", "White"), ("R0bert", "Robert"), ("Երևան", "երևան"), ("Мария", "МАРИЯ")],
)
def test_letters_that_together_look_like_another_are_seen_through(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    "one, other",
    [
        ("Anahit", "Anahita"), ("Vera", "Vara"), ("Мария", "Марина"), ("Արմեն", "Արման"), ("田中", "田口"),
        ("कमल", "कोमल"), ("Admin", "Adam"), ("محمد", "محمود"),
    ],
)  # fmt: skip
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "🙂", "…"])
def test_what_has_no_letter_is_nobodys_name(name: str) -> None:
    assert skeleton(name) == ""


def test_work_is_linear_in_the_length() -> None:
    assert len(skeleton("а" * 100_000)) == 100_000
