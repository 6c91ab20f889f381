"""Views of public pages: signed, with the moment they were shown, so that a form can only come from one."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from feedback.kernel import clock
from feedback.kernel.db import instant, microseconds

_ID_BYTES, _SEAL_BYTES = 9, 15


@dataclass(frozen=True, slots=True)
class View:
    """One page that was shown for one link."""

    id: str
    shown_at: datetime


def new_view(page: str, digest: str) -> str:
    """What the form of this page carries. `page` is its kind, `digest` that of the link's token."""
    body = f"{secrets.token_urlsafe(_ID_BYTES)}.{microseconds(clock.now()):x}"
    return f"{body}.{_seal(page, digest, body)}"


def read_view(text: str, page: str, digest: str) -> View | None:
    """The view that a form came from; None when it came from no page of ours, or from that of another link."""
    body, _, seal = text.rpartition(".")
    if not body.isascii() or not hmac.compare_digest(_seal(page, digest, body).encode(), seal.encode(errors="replace")):
        return None
    view, _, shown = body.partition(".")
    return View(view, instant(int(shown, 16)))


def _seal(page: str, digest: str, body: str) -> str:
    key = current_app.config["SECRET_KEY"].encode()
    code = hmac.digest(key, f"page view:{page}:{digest}:{body}".encode(errors="replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(code[:_SEAL_BYTES]).decode()
