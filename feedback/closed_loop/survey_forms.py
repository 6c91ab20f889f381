"""The form of the survey page: what was entered, what is wrong with it, and the words around it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from flask import current_app, g, request
from flask_babel import get_locale
from flask_babel import gettext as _

from feedback.closed_loop.intake.content import MAX_WISH
from feedback.closed_loop.page_answers import Words
from feedback.issues.rules import CallWish
from feedback.surveys.people.rules import CHANGEABLE
from feedback.surveys.personal_links import Asked, Given
from feedback.surveys.rules import Band, band
from feedback.surveys.texts import choose_language, words
from feedback.web.languages import LANGUAGES

MAX_COMMENT = 4000
HONEYPOT = "website"  # people do not see this field; programs that fill every field do
_WHOLE = re.compile(r"[0-9]|10")


@dataclass
class Form:
    """What the respondent has entered so far. `notice` is said above it; nothing is wrong then."""

    score: int | None = None
    comment: str = ""
    defects: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    call_me: CallWish | None = None

    @property
    def band(self) -> Band | None:
        """Decides the wording of the follow-up question."""
        return None if self.score is None else band(self.score)

    def words(self, language: str) -> Words:
        """What it says as an answer.

        The list is hidden from promoters; what they ticked before they changed the score is not meant. Everything else counts,
        also what has left the list since the page was shown.
        """
        score = self.score if self.score is not None else -1
        return Words(score, self.comment, () if self.band is Band.PROMOTER else self.defects, language, self.call_me)


def read_score(text: str | None) -> int | None:
    """A score from the address or a form."""
    return int(text) if text and _WHOLE.fullmatch(text) else None


def read_form() -> Form:
    """What this request sends, with what is wrong with it."""
    said = request.form
    comment = said.get("comment", "").replace("\r\n", "\n").replace("\0", "").strip()
    form = Form(read_score(said.get("score")), comment, tuple(code.replace("\0", "") for code in said.getlist("defects")))
    if form.score is None:
        form.errors["score"] = _("Choose a number from 0 to 10.")
    if said.get("call_me"):
        form.call_me = CallWish(_line("call_phone"), _line("call_time"))
        if any(len(text) > MAX_WISH for text in (form.call_me.phone, form.call_me.best_time)):
            form.errors["call_me"] = _("Shorten the number and the time to %(limit)s characters each.", limit=MAX_WISH)
    if len(comment) > MAX_COMMENT:
        form.errors["comment"] = _("Shorten your comment to %(limit)s characters.", limit=MAX_COMMENT)
    return form


def _line(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", "").split())


@dataclass(frozen=True, slots=True)
class Wording:
    """The survey in one language. `names` are the languages that can be chosen."""

    language: str
    texts: Mapping[str, str]
    own: frozenset[str]  # the texts that the program says itself
    names: Mapping[str, str]


def choose_wording(asked: Asked | None, said: str | None) -> Wording:
    """The language of the switch on the page, else the contact's, else the browser's; the labels follow it (`g.locale`)."""
    texts, fallbacks = (asked.texts, asked.fallbacks) if asked else ({}, ())
    names = LANGUAGES | {code: _own_name(code) for code in texts if code.partition("-")[0] not in LANGUAGES}
    names = {code: name for code, name in names.items() if choose_language(code, texts, fallbacks) == code}
    wanted = said if said in names else None
    wanted = wanted or (asked.language if asked else None) or request.accept_languages.best_match(list(names))
    language = choose_language(wanted, texts, fallbacks)
    base = language.partition("-")[0]
    g.locale = base if base in LANGUAGES else "en"
    return Wording(language, words(language, texts), frozenset(texts.get(language) or ()), names)


def _own_name(code: str) -> str:
    try:
        return (Locale.parse(code, sep="-").display_name or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def local_time(at: datetime, asked: Asked) -> str:
    """Day and time where the contact is."""
    zone = ZoneInfo(asked.time_zone or current_app.extensions["closedloop_settings"].installation_time_zone)
    here, locale = at.astimezone(zone), get_locale()
    return f"{format_date(here, 'long', locale=locale)}, {format_time(here, 'short', locale=locale)} ({here:%Z})"


def changeable_until(given: Given, asked: Asked) -> str:
    """Until when the answer may be changed."""
    return local_time(given.answered_at + CHANGEABLE, asked)
