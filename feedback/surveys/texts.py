"""The words of a survey in the language of the person: what the program says, else what is built in."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.web.languages import LANGUAGES

FIELDS = ("question", "detractor", "passive", "promoter", "thanks", "subject", "greeting", "invitation", "reminder", "news")
DEFAULT_LANGUAGE = "en"


def choose_language(wanted: str | None, texts: Mapping[str, Any], fallbacks: Sequence[str]) -> str:
    """The first language in which the survey asks its question.

    The person's own comes first ("es-MX", then "es"), then the fallbacks of the program, then English. It is one language for
    a whole survey: half a page in each is worse than all of it in the second-best one. A program with a question of its own asks
    that one in every language: a language without it is passed over, because the built-in words ask something else. Only where no
    language of the chain has the own question, or the program has none, the first one counts that has own or built-in texts.
    """
    chain = language_chain(wanted, fallbacks)
    own = next((code for code in chain if has_question(texts, code)), None)
    return own or next(code for code in chain if code in texts or code in LANGUAGES)


def has_question(texts: Mapping[str, Any], language: str) -> bool:
    """Whether the program asks its own question in a language."""
    return bool((texts.get(language) or {}).get("question"))


def language_chain(wanted: str | None, fallbacks: Sequence[str]) -> list[str]:
    """The languages to try, one after the other: ("es-MX", ["ru"]) → es-mx, es, ru, ru, en, en."""
    chain: list[str] = []
    for language in (wanted, *fallbacks, DEFAULT_LANGUAGE):
        if language:
            code = language.lower().replace("_", "-")
            chain += [code, code.partition("-")[0]]
    return chain


def words(language: str, texts: Mapping[str, Any]) -> dict[str, str]:
    """Every text of the survey in a language that `choose_language` answered."""
    own: Mapping[str, str] = texts.get(language) or {}
    base = language.partition("-")[0]
    with force_locale(base if base in LANGUAGES else DEFAULT_LANGUAGE):
        built_in = _built_in()
    return {field: own.get(field) or built_in[field] for field in FIELDS}


def _built_in() -> dict[str, str]:
    return {
        "question": _("How likely are you to recommend us to a colleague?"),
        "detractor": _("What went wrong?"),
        "passive": _("What would make it a 9 or 10?"),
        "promoter": _("What do you like most?"),
        "thanks": _("Thank you. Your answer is stored."),
        "subject": _("How are we doing for you?"),
        "greeting": _("Good day,"),
        "invitation": _("We would like to know how things are going with us. One number is enough; a sentence helps us more."),
        "reminder": _("A few days ago we asked how things are going with us. Your answer would still help; it takes a minute."),
        "news": "",
    }
