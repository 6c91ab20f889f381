"""The languages of the product, and which one this request gets."""

from flask import g, has_request_context, request

LANGUAGES = {"en": "English", "es": "Español", "ru": "Русский"}


def select_locale() -> str:
    """What the page chose (`g.locale`), else `?lang=`, else the person's setting, else what the browser asks for."""
    if not has_request_context():  # a command or a job
        return str(g.get("locale") or "en")
    for chosen in (g.get("locale"), request.args.get("lang"), getattr(g.get("viewer"), "locale", None)):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"


def select_time_zone() -> str:
    """The person's setting."""
    return getattr(g.get("viewer"), "time_zone", None) or "UTC"
