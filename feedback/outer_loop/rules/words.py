"""What happened and what is said about it: one text for everybody, or one in each language."""

from collections.abc import Mapping

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
