"""What is said to several people: one text for everybody, or one in each language."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = str | Mapping[str, str]
FALLBACK = "en"


def parted(words: Words | None) -> tuple[str | None, dict[str, str]]:
    """The text for whoever has none in their language, and the texts by language; empty ones are left out.

    Of several languages English is read by everybody else, as it is in letters; without it the first that was written.
    """
    if words is None or isinstance(words, str):
        return (words or "").strip() or None, {}
    kept = {language: text.strip() for language, text in words.items() if text and text.strip()}
    return kept.get(FALLBACK) or next(iter(kept.values()), None), kept


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text as somebody reads it; `language`: the other one in which it is, as far as it is known."""

    text: str | None
    language: str | None = None


def quoted(text: str | None, texts: Mapping[str, str], reader: str) -> Quoted:
    """The text in the reader's language, else the one for everybody, with the language in which that was written."""
    base = reader.lower().partition("-")[0]
    if base in texts:
        return Quoted(texts[base])
    written_in = next((language for language, one in texts.items() if one == text), None)
    return Quoted(text, written_in)
