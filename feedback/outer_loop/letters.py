"""What customers are written after something was done or is over: a draft per language, which the owner edits."""

from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.web.languages import LANGUAGES

PLACES = ("name", "account", "problem", "done", "issue", "company")


def drafts(*, disruption: bool) -> dict[str, dict[str, str]]:
    """The built-in letters, in all languages of the product."""
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = _over() if disruption else _done()
    return found


def _done() -> dict[str, str]:
    return {
        "subject": _("You told us about it, and we changed something"),
        "text": _(
            "Good day {name},\n\nyou told us about this problem: {problem}.\n\n{done}\n\n"
            "If it is not better on your side, please answer this mail. It reaches a person.\n\n{company}"
        ),
    }


def _over() -> dict[str, str]:
    return {
        "subject": _("{problem}: it is over"),
        "text": _(
            "Good day {name},\n\n“{problem}” is over.\n\n{done}\n\n{issue}\n\n"
            "If something still does not work on your side, please answer this mail. It reaches a person.\n\n{company}"
        ),
    }
