"""How somebody's name is found in a text: whole or in parts, in the scripts that inflect it, and in those without spaces.

A whole name is looked for in any case and either order. Of a part alone only the spellings that a name has are taken ("Price",
"PRICE", not "price"), because many a name is also a word.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_ENDS_SOFTLY = re.compile(r"(?<=..)[аеёиоуыэюяйь]$", re.IGNORECASE)
_FLEETING = re.compile(r"(?<=[^аеёиоуыэюя])[ео](?=[^аеёиоуыэюяй]$)", re.IGNORECASE)
_ENDING = "[а-яёіїєґў]{0,3}"  # Ивану, Ивановичем
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof", "herr", "frau", "sr", "sra"))
_PARTICLES = frozenset(("de", "da", "di", "du", "la", "le", "van", "von", "der", "den", "del", "dos", "bin", "el"))


def words_of(name: str) -> list[str]:
    """The parts of a name that name somebody: no titles, particles or initials."""
    found = _WORD.findall(unicodedata.normalize("NFC", name))
    long_enough = [word for word in found if len(word) > 1 or _NO_SPACES.match(word)]
    return [word for word in long_enough if word.lower() not in _TITLES | _PARTICLES]


def whole_name(name: str) -> list[str]:
    """Patterns for a name of several parts, or of one in a script without spaces; other single words are no whole name."""
    words = words_of(name)
    if not words:
        return []
    if len(words) == 1:
        return [re.escape(words[0])] if _NO_SPACES.match(words[0]) else []
    orders = sorted({tuple(words), *pairs_of(name)}, key=len, reverse=True)
    return [_sequence(order) for order in orders]


def pairs_of(name: str) -> list[tuple[str, str]]:
    """Two parts that, side by side, are this person; where a patronymic may stand anywhere, any two."""
    words = words_of(name)
    if len(words) < 2:
        return []
    if any(_CYRILLIC.search(word) for word in words):
        return list(permutations(words[:4], 2))
    return list(dict.fromkeys([(words[0], words[-1]), (words[-1], words[0]), (words[0], words[1])]))


def part_names(name: str) -> list[str]:
    """Patterns for single parts, longest first, in the spellings of a name."""
    return [_alone(word) for word in sorted(words_of(name), key=len, reverse=True) if len(word) > 1]


def spellings(word: str) -> list[str]:
    """What stands in each text that holds this word: the beginning that no ending changes, as it may be written."""
    found = [spelling for stem in _stems(word) for spelling in _written(stem)]
    return list(dict.fromkeys(found))


def _sequence(words: Iterable[str]) -> str:
    parts = [_bare(word) for word in words]
    between = r"\s*" if all(_NO_SPACES.match(word) for word in words) else r"[\s,.]+"
    return rf"(?i:{_bounded(between.join(parts), *words)})"


def _alone(word: str) -> str:
    forms = [f"{re.escape(spelling)}{_ending(spelling, word)}" for stem in _stems(word) for spelling in _written(stem)]
    return _bounded(f"(?:{'|'.join(dict.fromkeys(forms))})", word)


def _bare(word: str) -> str:
    return "(?:" + "|".join(dict.fromkeys(f"{re.escape(stem)}{_ending(stem, word)}" for stem in _stems(word))) + ")"


def _bounded(pattern: str, *words: str) -> str:
    if any(_NO_SPACES.search(word) for word in words):
        return pattern
    return rf"(?<![^\W_]){pattern}(?![^\W_])"


def _ending(written: str, word: str) -> str:
    if not _CYRILLIC.search(word):
        return ""
    return _ENDING.replace("а-яёіїєґў", "А-ЯЁІЇЄҐЎ") if written.isupper() and len(written) > 1 else _ENDING


@lru_cache(maxsize=200)
def _stems(word: str) -> tuple[str, ...]:
    """The word, without its accents too; in Cyrillic what its cases have in common."""
    if not _CYRILLIC.search(word):
        plain = "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))
        return tuple(dict.fromkeys((word, plain)))
    stem = _ENDS_SOFTLY.sub("", word)
    found = (stem, _FLEETING.sub("", stem), re.sub("ё", "е", stem), re.sub("Ё", "Е", stem))
    return tuple(dict.fromkeys(one for one in found if len(one) > 1))


def _written(word: str) -> tuple[str, ...]:
    """As it was handed in, as a name, and in capitals."""
    return tuple(dict.fromkeys((word, word[:1].upper() + word[1:].lower(), word.upper())))
