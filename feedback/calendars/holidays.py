"""Public holidays by country and its parts, from the package `holidays`. It is large, so it is loaded when it is first asked."""

from datetime import date
from functools import lru_cache
from typing import Any

_LANGUAGES = {"en": "en_US"}


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Name of the class by ISO code of every country whose holidays are known."""
    from holidays.registry import COUNTRIES

    return {codes[1]: codes[0] for codes in COUNTRIES.values()}


@lru_cache(maxsize=64)
def subdivisions(country: str) -> tuple[str, ...]:
    """The codes of the parts of a country that have holidays of their own."""
    return tuple(_kind(country).subdivisions)


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The days of a year on which a country, or a part of it, does not work."""
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


def names_of(country: str, subdivision: str | None, year: int, language: str) -> dict[date, str]:
    """The same days with their names, in the reader's language where the package knows it."""
    from holidays import country_holidays

    wanted = _LANGUAGES.get(language, language)
    known = wanted if wanted in _kind(country).supported_languages else None
    return dict(country_holidays(country, subdiv=subdivision, years=year, language=known))


def _kind(country: str) -> Any:
    from holidays import country_holidays

    return type(country_holidays(country))
