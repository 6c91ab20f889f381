"""The signed context of an embedded form: who is logged in at the other site, and for how long that may be believed.

    PUBLIC_ID.PAYLOAD.SIGNATURE

PAYLOAD is Base64url (without "=") of a JSON object with `account`, `contact`, `origin`, `exp` (seconds since 1970) and `id`
(different each time); SIGNATURE is HMAC-SHA256 of `PUBLIC_ID.PAYLOAD` with the secret of the key, in hexadecimal.
"""

import base64
import binascii
import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

LONGEST = timedelta(hours=1)  # from signing to the end
LEEWAY = timedelta(minutes=5)  # so far the clock of the other site may be from ours, in either direction
MAX_CONTEXT = 2000
MAX_NAME = 255
_SHAPE = re.compile(r"([A-Za-z0-9]{8,40})\.([A-Za-z0-9_-]+)\.([0-9a-f]{64})")
_TEXTS = ("account", "contact", "origin", "id")


@dataclass(frozen=True, slots=True)
class Context:
    """Who sees the form, where. `account` and `contact` are ids as files and the API use them."""

    account: str
    contact: str
    origin: str
    id: str
    expires: int


@dataclass(frozen=True, slots=True)
class Parts:
    """A context before its signature is checked."""

    public_id: str
    payload: str
    signature: str


def split_context(text: str) -> Parts | None:
    """The parts of a context; None for what has not its shape."""
    found = _SHAPE.fullmatch(text) if len(text) <= MAX_CONTEXT else None
    return Parts(*found.groups()) if found else None


def sign_context(public_id: str, secret: str, said: Context) -> str:
    """What the other site's server makes; our guide has the same in Python, JavaScript and PHP."""
    document = {name: getattr(said, name) for name in _TEXTS} | {"exp": said.expires}
    payload = base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
    return f"{public_id}.{payload}.{_signature(public_id, payload, secret)}"


def _signature(public_id: str, payload: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"{public_id}.{payload}".encode(), "sha256").hex()


def read_context(parts: Parts, secret: str) -> Context | None:
    """What is signed; None for a wrong signature or a document that is none of ours."""
    if not hmac.compare_digest(_signature(parts.public_id, parts.payload, secret), parts.signature):
        return None
    try:
        document = json.loads(base64.urlsafe_b64decode(parts.payload + "=" * (-len(parts.payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(document, dict) or type(document.get("exp")) is not int:
        return None
    texts = {name: document.get(name) for name in _TEXTS}
    if not all(isinstance(text, str) and 0 < len(text) <= MAX_NAME and text.isprintable() for text in texts.values()):
        return None
    return Context(**texts, expires=document["exp"])  # type: ignore[arg-type]


def is_current(said: Context, now: datetime) -> bool:
    """Whether its time is neither over nor longer than a context may live, as far as two clocks can agree about that."""
    left, leeway = said.expires - now.timestamp(), LEEWAY.total_seconds()
    return -leeway < left <= LONGEST.total_seconds() + leeway


def is_origin(text: str) -> bool:
    """Whether a text names one site as browsers do: scheme, host, port. http only on this machine, for trying it out."""
    parts = urlsplit(text)
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    here = host in {"localhost", "127.0.0.1"}
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?", host) or not (
        parts.scheme == "https" or (parts.scheme == "http" and here)
    ):
        return False
    return text == f"{parts.scheme}://{host}" + (f":{port}" if port else "")
