"""In which language a survey asks: the same question in each, and one language for the whole of it."""

from typing import Any

import pytest

from feedback.surveys.texts import choose_language, words

EN, ES = {"question": "Would you come again?", "news": "Faster claims."}, {"question": "¿Volvería?"}


@pytest.mark.parametrize(
    ("wanted", "texts", "fallbacks", "used"),
    [
        ("ru", {}, ["es"], "ru"),  # the built-in question is the same in all our languages
        ("ru", {"es": ES}, ["es"], "es"),  # the built-in Russian one asks something else
        ("ru", {"en": EN, "es": ES}, ["es"], "es"),
        ("ru", {"en": EN, "es": ES}, [], "en"),
        ("ru", {"en": EN, "ru": {"thanks": "Спасибо!"}}, [], "en"),  # a thank-you of its own is no question
        ("ru", {"en": EN, "ru": {"question": "Вернётесь?"}}, ["en"], "ru"),
        ("es-MX", {"en": EN, "es": ES}, [], "es"),
        ("en", {"es": ES}, ["es"], "es"),
        ("ru", {"es": ES}, [], "ru"),  # no language of the chain has it
        ("ru", {"en": {"thanks": "Thank you!"}}, [], "ru"),
        ("fr", {"fr": {"thanks": "Merci"}}, [], "fr"),
        (None, {"es": ES}, ["es"], "es"),
    ],
)
def test_the_own_question_goes_before_the_own_language(
    wanted: str | None, texts: dict[str, Any], fallbacks: list[str], used: str
) -> None:
    assert choose_language(wanted, texts, fallbacks) == used


def test_news_reach_whoever_is_asked_in_a_language_that_has_them() -> None:
    texts = {"en": EN, "es": ES}
    assert words(choose_language("ru", texts, []), texts)["news"] == "Faster claims."
