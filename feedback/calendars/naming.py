"""What calendars are called for their reader."""

from flask_babel import gettext as _

from feedback.calendars.rules import DEFAULT_NAME


def shown_name(name: str) -> str:
    """The shipped calendar is called in the reader's language until somebody gives it a name; all others as they were named."""
    return _("Office hours") if name == DEFAULT_NAME else name
