"""Whether a mail service's report is signed by it: SendGrid's ECDSA over time and body, Mailgun's HMAC over time and token.

Reports count once whatever their number, so a repeated one needs no other guard.
"""

import base64
import hmac
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from werkzeug.datastructures import Headers

from config import Settings

SENDGRID_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
SENDGRID_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def is_trusted(settings: Settings, headers: Headers, body: bytes) -> bool:
    """Whether a report may be read: signed with a key that is set, or no key is set and the secret address has to do."""
    sendgrid, mailgun = settings.sendgrid_public_key, settings.mailgun_signing_key.get_secret_value()
    if not sendgrid and not mailgun:
        return True
    if sendgrid and is_sendgrids(sendgrid, headers.get(SENDGRID_SIGNATURE, ""), headers.get(SENDGRID_TIMESTAMP, ""), body):
        return True
    return bool(mailgun) and is_mailguns(mailgun, body)


def is_sendgrids(public_key: str, signature: str, timestamp: str, body: bytes) -> bool:
    """ECDSA with SHA-256 over the timestamp followed by the body as it came.

    Args:
        public_key: as SendGrid shows it: base64 of a DER SubjectPublicKeyInfo.
        signature: of the header: base64 of DER.
    """
    try:
        raw = base64.b64decode(signature, validate=True)
        read_public_key(public_key).verify(raw, timestamp.encode() + body, ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def read_public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key of the setting.

    Raises:
        ValueError: it is none.
    """
    key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a key of an elliptic curve")
    return key


def is_mailguns(signing_key: str, body: bytes) -> bool:
    """HMAC-SHA256 over timestamp and token. The events themselves are not signed: the token only says who sends."""
    said = _signature_of(body)
    if said is None:
        return False
    timestamp, token, signature = said
    expected = hmac.digest(signing_key.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def _signature_of(body: bytes) -> tuple[str, str, str] | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    said = document.get("signature") if isinstance(document, dict) else None
    parts = tuple(said.get(name) for name in ("timestamp", "token", "signature")) if isinstance(said, dict) else ()
    if len(parts) != 3 or not isinstance(document.get("event-data"), dict) or not all(isinstance(part, str) for part in parts):
        return None
    timestamp, token, signature = parts
    return str(timestamp), str(token), str(signature)
