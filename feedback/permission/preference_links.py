"""The personal link to the preference centre. Nothing of it is stored: whoever has the installation's secret can check it."""

import base64
import hmac

from flask import current_app

from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel.db import MAX_ID

_BYTES = 24  # 192 bits: nobody guesses one


def preference_token(contact_id: int) -> str:
    """The token of a person's link; the same each time, so that any mail can carry it."""
    return f"{contact_id}-{_code(contact_id)}"


def preference_link(contact_id: int) -> str:
    """The address that the person opens."""
    return f"{current_app.extensions['closedloop_settings'].base_url.rstrip('/')}/p/{preference_token(contact_id)}"


def find_contact(token: str) -> Contact | None:
    """Whose link it is; None for one of nobody's, and for somebody who was erased."""
    number, _, code = token.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < len(str(MAX_ID)) + 1):
        return None
    if not hmac.compare_digest(_code(int(number)).encode(), code.encode(errors="replace")):
        return None
    contact = db.session.get(Contact, int(number))
    return None if contact is None or contact.erased_at is not None else contact


def _code(contact_id: int) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    code = hmac.digest(key, f"preference centre:{contact_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(code[:_BYTES]).decode()
