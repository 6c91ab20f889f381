"""Words and phrases that a rule listens for in comments: whole words, or stems, whatever their case and accents.

A phrase is written as people say it. A star at the end of a word stands for any ending: `cancel*` finds "cancelled" and
"cancelación". Everything happens here, without any service: comments never leave the server.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from feedback.issues.rules.enums import Severity
from feedback.kernel.errors import InvalidInput

ANY = "any"  # phrases that are the same in every language, such as names
MAX_PHRASES = 200
MAX_PHRASE = 80
MIN_STEM = 3  # a shorter stem finds half of the dictionary
_WORD = re.compile(r"\w+\*?")
_INSIDE = re.compile(r"\*\w")  # a star that no word ends with
_WHOLE = re.compile(r"[\w\s'’.,/&+*-]+")


@dataclass(frozen=True)
class KeywordRule:
    """One rule. `phrases` are by language, as `en` or `any`; `defect_id` says what such an issue is about."""

    id: int
    name: str
    phrases: Mapping[str, Sequence[str]]
    severity: Severity = Severity.MINOR
    defect_id: int | None = None
    category: str | None = None


@dataclass(frozen=True)
class Matched:
    """The rule that a comment met, and the words that met it, as they were written."""

    rule: KeywordRule
    words: str


def fold(text: str) -> str:
    """Without case and accents: what is compared."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def first_match(comment: str, language: str | None, rules: Sequence[KeywordRule]) -> Matched | None:
    """The first rule that finds one of its phrases.

    A comment in a known language is searched for the phrases of that language; where the language is not known, or the rule has
    no phrases in it, for all. Phrases under `any` always count.
    """
    if not rules:
        return None
    folded = fold(comment)
    for rule in rules:
        found = _pattern(_phrases_for(rule.phrases, language)).search(folded)
        if found is not None:
            return Matched(rule, _as_written(comment, folded, found))
    return None


def _phrases_for(phrases: Mapping[str, Sequence[str]], language: str | None) -> tuple[str, ...]:
    base = (language or "").lower().partition("-")[0]
    named = [base] if base in phrases else [name for name in phrases if name != ANY]
    return tuple(phrase for name in (*named, ANY) for phrase in phrases.get(name, ()))


def _as_written(comment: str, folded: str, found: re.Match[str]) -> str:
    # folding keeps the length of almost every text; where it does not, the folded words are close enough to be read
    return (comment if len(comment) == len(folded) else folded)[found.start() : found.end()]


@lru_cache(maxsize=512)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    parts = [_expression(phrase) for phrase in phrases]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)")


def _expression(phrase: str) -> str:
    words = _WORD.findall(fold(phrase))
    return r"\W+".join(rf"{re.escape(word[:-1])}\w*" if word.endswith("*") else re.escape(word) for word in words)


def check_phrases(phrases: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Phrases as they are stored: trimmed, each once.

    Raises:
        InvalidInput: there are none, one is too long, or a stem is too short to mean anything.
    """
    found: dict[str, list[str]] = {}
    for language, said in phrases.items():
        lines = list(dict.fromkeys(line for phrase in said if (line := " ".join(phrase.split()))))
        wrong = [line for line in lines if not _is_usable(line)]
        if wrong:
            text = (
                f"{wrong[0]!r} cannot be searched for: write whole words of at most {MAX_PHRASE} characters; "
                f"a star stands at the end of a word, after at least {MIN_STEM} letters."
            )
            raise InvalidInput({f"phrases.{language}": [text]})
        if lines:
            found[language] = lines
    if not found:
        raise InvalidInput({"phrases": ["Write at least one word or phrase."]})
    if sum(map(len, found.values())) > MAX_PHRASES:
        raise InvalidInput({"phrases": [f"At most {MAX_PHRASES} words and phrases in one rule."]})
    return found


def _is_usable(phrase: str) -> bool:
    if len(phrase) > MAX_PHRASE or not _WHOLE.fullmatch(phrase) or _INSIDE.search(phrase):
        return False
    words = _WORD.findall(phrase)
    # every star that was written belongs to a word, and leaves enough of it
    if sum(word.endswith("*") for word in words) != phrase.count("*"):
        return False
    return bool(words) and all(len(word) > MIN_STEM or not word.endswith("*") for word in words)
