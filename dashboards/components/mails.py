"""A mail as its reader sees it: on a wide screen, on a phone, and as plain text."""

from typing import Any

from dash import html
from flask_babel import gettext as _

Component = Any
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def mail_frame(src: str, title: str, *, phone: bool = False) -> Component:
    """The HTML form in a frame that runs nothing; `src` answers it."""
    size = "cl-mail cl-mail-phone" if phone else "cl-mail"
    return html.Iframe(src=src, title=title, sandbox=_SANDBOX, referrerPolicy="no-referrer", className=size)


def mail_text(text: str) -> Component:
    """The plain form."""
    return html.Pre(text.strip() or _("This mail has no plain text."), className="cl-mail-text")
