"""The languages of the product, and which one this request gets."""

from flask import g, has_request_context, request

LANGUAGES = {"en": "English", "es": "Español", "ru": "Русский"}


def select_locale() -> str:
    """What the page chose (`g.locale`), else `?lang=`, else the person's setting, else what the browser asks for.

    A token is nobody's: the system that uses it says in `Accept-Language` for whom it reads.
    """
    if not has_request_context():  # a command or a job
        return str(g.get("locale") or "en")
    viewer = g.get("viewer")
    own = viewer.locale if viewer is not None and viewer.kind == "user" else None
    for chosen in (g.get("locale"), request.args.get("lang"), own):
        if chosen in LANGUAGES:
            return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"


def select_time_zone() -> str:
    """The person's setting."""
    return getattr(g.get("viewer"), "time_zone", None) or "UTC"
