"""Signs: what spam has in common, whatever its words."""

from __future__ import annotations

import pytest

from embedcomments_spam.features import extract, readable
from embedcomments_spam.learner import Model


def signs(text: str) -> set[str]:
    return {name for name in readable(text) if name.startswith("(") and name.endswith(")") and "(link)" not in name}


def taught(*examples: tuple[str, bool]) -> Model:
    model = Model()
    for text, is_spam in examples:
        model.apply(model.lesson(extract(text), is_spam))
    return model


VISIT_US = {"(call)", "(own)", "(place)", "(call and place)", "(own and place)", "(call to place)", "(own place)"}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("The bridge was finished in 1931.", {"(none)"}),
        ("", {"(none)"}),
        ("Visit our shop", VISIT_US),
        ("Besucht meine Seite", VISIT_US),
        ("Подпишись на мой канал", VISIT_US),
        ("My brother has a small old wooden boat and a website", {"(own)", "(place)", "(own and place)"}),
        ("Write to a.b@mail.test", {"(none)", "(mail)"}),
        ("Ring 0800 123 4567 for £5", {"(none)", "(phone)", "(currency)"}),
        ("Win a free prize", {"(call)", "(gain)"}),
        ("Hey\u200b everyone", {"(plea)", "(unseen)"}),
        ("<b>Rivers</b>", {"(none)", "(markup)"}),
    ],
)
def test_signs_of_a_text(text: str, expected: set[str]) -> None:
    assert signs(text) == expected


def test_a_call_counts_together_with_a_place_near_it() -> None:
    assert "(call to place)" in signs("Look at this on our page")
    assert "(call to place)" in signs("Check this out: https://a.example/b")
    assert "(call to place)" not in signs("Look, nobody here has ever said a word about what stands on the page")
    assert {"(link)", "(call and place)"} <= set(readable("Come to cheap-lamps .com now"))


def test_spam_in_other_words_is_known_by_its_signs() -> None:
    model = taught(
        ("Visit my blog about lamps!", True),
        ("I thought the violins came in too late.", False),
        ("Check out our website", True),
        ("Has anybody tried this with rye bread?", False),
    )

    assert model.score(extract("Subscribe to our channel, we upload daily")) > 0
    assert model.score(extract("The second chapter was rather long.")) < 0


def test_signs_mean_nothing_before_a_lesson_and_the_contrary_after_contrary_ones() -> None:
    text = "Follow us, visit our shop: https://shop.example"

    assert Model().score(extract(text)) == 0
    assert taught((text, False), ("I thought it came in too late.", True)).score(extract("Visit my page")) < 0


def test_what_was_learned_before_there_were_signs_keeps_its_side() -> None:
    """A state without weights for signs is read on: they add length to a text's features and nothing to its score."""
    model = Model()
    for text, is_spam in (("Cheap pills, visit my page", True), ("I thought the rivers were lovely", False)):
        of_signs = {bucket for name, bucket in readable(text).items() if name in signs(text)}
        model.apply(model.lesson(tuple(item for item in extract(text) if item[0] not in of_signs), is_spam))

    assert model.score(extract("Cheap pills, visit my page")) > 0
    assert model.score(extract("The rivers are lovely, visit them")) < 0


@pytest.mark.parametrize("text", ["@" * 2000, "1 " * 900, "a@" * 900, "my " * 700 + "page", "<" * 1500, "1-" * 900])
def test_signs_of_hostile_texts_take_no_time(text: str) -> None:
    assert len(signs(text)) <= 15
