"""What opens an issue, and which words a rule hears."""

import pytest

from feedback.accounts.rules import ContactRole
from feedback.issues.rules import (
    CallWish,
    IssueSource,
    KeywordRule,
    Limits,
    OpeningRule,
    OpeningRules,
    Said,
    Severity,
    causes_of,
    check_phrases,
    first_match,
)
from feedback.kernel.errors import InvalidInput

LIMITS = Limits(major_score_max=3, decision_maker_major=True)
LEAVING = KeywordRule(7, "Leaving", {"en": ["cancel*", "too late"], "es": ["cancel*", "me voy"], "ru": ["расторг*", "ещё раз"]})


def _sources(said: Said, rules: OpeningRules | None = None, keywords: tuple[KeywordRule, ...] = ()) -> list[str]:
    return [cause.source.value for cause in causes_of(said, rules or OpeningRules(), keywords, LIMITS)]


def _off(name: str) -> OpeningRules:
    return OpeningRules({name: OpeningRule(name, False, {})})


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        (Said(10, ContactRole.USER), []),
        (Said(7, ContactRole.USER, before=9), []),
        (Said(7, ContactRole.USER, before=10), ["score_drop"]),
        (Said(6, ContactRole.USER, before=10), ["response", "score_drop"]),
        (Said(10, ContactRole.USER, call=CallWish()), ["call_wish"]),
        (Said(2, ContactRole.USER, call=CallWish("1", "noon")), ["response", "call_wish"]),
    ],
)
def test_the_reasons_that_an_answer_gives(said: Said, sources: list[str]) -> None:
    assert _sources(said) == sources


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (IssueSource.RESPONSE, Said(0, ContactRole.USER)),
        (IssueSource.CALL_WISH, Said(9, ContactRole.USER, call=CallWish())),
        (IssueSource.SCORE_DROP, Said(7, ContactRole.USER, before=10)),
    ],
)
def test_a_rule_that_is_off_opens_nothing(rule: IssueSource, said: Said) -> None:
    assert _sources(said, _off(rule)) == []


def test_the_fall_that_counts_is_a_setting() -> None:
    rules = OpeningRules({"score_drop": OpeningRule("score_drop", True, {"points": 2})})
    assert _sources(Said(8, ContactRole.USER, before=10), rules) == ["score_drop"]


def test_only_a_detractor_is_graver_for_who_decides() -> None:
    (wish,) = causes_of(Said(9, ContactRole.DECISION_MAKER, call=CallWish()), OpeningRules(), (), LIMITS)
    (low,) = causes_of(Said(6, ContactRole.DECISION_MAKER), OpeningRules(), (), LIMITS)
    assert (wish.severity, low.severity) == (Severity.MINOR, Severity.MAJOR)


@pytest.mark.parametrize(
    ("comment", "language", "words"),
    [
        ("We CANCELLED in May", "en", "CANCELLED"),
        ("Quiero la cancelación ya", "es", "cancelación"),
        ("Mañana me  voy", "es-MX", "me  voy"),
        ("Мы расторгнем договор", "ru", "расторгнем"),
        ("Позвоните ЕЩЕ раз", "ru", "ЕЩЕ раз"),
        ("It came too, late as it was", "en", "too, late"),
        ("расторгаем", None, "расторгаем"),  # nobody said which language
        ("we will cancel", "pt", "cancel"),  # the rule has no words in it: all count
    ],
)
def test_words_are_found_whatever_their_case_accents_and_endings(comment: str, language: str | None, words: str) -> None:
    found = first_match(comment, language, [LEAVING])
    assert found is not None
    assert found.words == words


@pytest.mark.parametrize(
    ("comment", "language"),
    [("uncancelled", "en"), ("me voy", "en"), ("toolate", "en"), ("", "en"), ("cancel the cat", "ru")],
)
def test_other_words_and_other_languages_are_not(comment: str, language: str) -> None:
    assert first_match(comment, language, [LEAVING]) is None


@pytest.mark.parametrize(
    "phrases", [{}, {"en": [" "]}, {"en": ["a*"]}, {"en": ["*ing"]}, {"en": ["can*cel"]}, {"en": ["x" * 81]}]
)
def test_phrases_that_mean_nothing_are_refused(phrases: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput):
        check_phrases(phrases)


def test_phrases_are_kept_once_and_trimmed() -> None:
    assert check_phrases({"en": [" too   late", "too late", ""], "es": []}) == {"en": ["too late"]}
