"""Customers who read a language in which nothing is written for them, said before anything is sent."""

from collections.abc import Sequence
from typing import Any

from babel import Locale
from flask_babel import get_locale, ngettext

from dashboards.components.panels import notice
from feedback.outer_loop.queries.unread import Unread

Component = Any


def unread_lines(found: Sequence[Unread]) -> list[Component]:
    """One line for each language."""
    return [notice([_words(one)]) for one in found]


def _words(one: Unread) -> str:
    language = str((get_locale() or Locale("en")).languages.get(one.language, one.language))
    if one.has_letter:
        return ngettext(
            "%(num)s customer reads %(language)s: what the letter tells of is not written in it, so they read another language.",
            "%(num)s customers read %(language)s: what the letter tells of is not written in it, so they read another language.",
            one.customers,
            language=language,
        )
    return ngettext(
        "%(num)s customer reads %(language)s: nothing is written in that language yet.",
        "%(num)s customers read %(language)s: nothing is written in that language yet.",
        one.customers,
        language=language,
    )
