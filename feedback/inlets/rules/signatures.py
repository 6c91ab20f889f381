"""Proofs that an event comes from its sender: each vendor's own scheme, compared in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qs

from feedback.inlets.rules.kinds import Scheme

TOLERANCE = timedelta(minutes=5)  # Standard Webhooks: how far a signed time may be from ours
STANDARD_PREFIX = "whsec_"
MAX_SIGNATURES = 10
DEFAULT_HEADER = "X-Signature"


class Refusal(StrEnum):
    """Why an event is not believed."""

    MISSING = "missing"
    WRONG = "wrong"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it came. Names of `headers` are in lower case; a header sent twice has its values joined by a comma."""

    headers: Mapping[str, str]
    body: bytes
    path_secret: str | None = None

    def header(self, name: str) -> str | None:
        """One header, whatever the case of its name."""
        return self.headers.get(name.lower())


@dataclass(frozen=True, slots=True)
class Lock:
    """What a delivery has to fit: `secrets` holds the present one and, for a while, the one before."""

    scheme: Scheme
    secrets: Sequence[str]
    header: str = DEFAULT_HEADER  # for `hmac_header`
    api_key: str = ""  # SurveyMonkey's client id, a part of its key


def check(lock: Lock, delivery: Delivery, now: datetime) -> Refusal | None:
    """Why the delivery is not believed; None for one that is."""
    checks = {
        Scheme.TYPEFORM: _typeform,
        Scheme.SURVEYMONKEY: _surveymonkey,
        Scheme.QUALTRICS: _qualtrics,
        Scheme.HMAC_HEADER: _hmac_header,
        Scheme.BEARER: _bearer,
    }
    if lock.scheme is Scheme.STANDARD_WEBHOOKS:
        return _standard(lock, delivery, now)
    return checks[lock.scheme](lock, delivery)


def _any(expected: Sequence[str], sent: Sequence[str]) -> Refusal | None:
    """Whether one of the expected values was sent; every pair is compared, so that the time tells nothing."""
    fits = [hmac.compare_digest(own.encode(), other.encode(errors="replace")) for own in expected for other in sent]
    return None if any(fits) else Refusal.WRONG


def _base64_hmac(secret: bytes, text: bytes, algorithm: str) -> str:
    return base64.b64encode(hmac.digest(secret, text, algorithm)).decode()


def _typeform(lock: Lock, delivery: Delivery) -> Refusal | None:
    sent = delivery.header("Typeform-Signature")
    if not sent:
        return Refusal.MISSING
    return _any(["sha256=" + _base64_hmac(key.encode(), delivery.body, "sha256") for key in lock.secrets], [sent.strip()])


def _surveymonkey(lock: Lock, delivery: Delivery) -> Refusal | None:
    sent = delivery.header("Sm-Signature")
    if not sent:
        return Refusal.MISSING
    keys = [f"{lock.api_key}&{secret}".encode() for secret in lock.secrets]
    return _any([_base64_hmac(key, delivery.body, "sha1") for key in keys], [sent.strip()])


def _qualtrics(lock: Lock, delivery: Delivery) -> Refusal | None:
    """A subscription with a shared key signs its message; a workflow does not, so that its address holds the secret.

    An event that is signed has to be signed rightly, also when its address is right.
    """
    message, signature = signed_message(delivery.body)
    if signature:
        expected = [hmac.digest(key.encode(), message.encode(), "sha512").hex() for key in lock.secrets]
        return _any(expected, [signature.strip().lower()])
    if not delivery.path_secret:
        return Refusal.MISSING
    return _any(list(lock.secrets), [delivery.path_secret])


def signed_message(body: bytes) -> tuple[str, str]:
    """(MSG, HMAC) of a form-encoded event of Qualtrics; empty where it has none."""
    if not (body.startswith((b"MSG=", b"HMAC=")) or b"&MSG=" in body or b"&HMAC=" in body):
        return "", ""
    try:
        fields = parse_qs(body.decode(), max_num_fields=50)
    except ValueError:
        return "", ""
    return fields.get("MSG", [""])[0], fields.get("HMAC", [""])[0]


def _hmac_header(lock: Lock, delivery: Delivery) -> Refusal | None:
    """HMAC-SHA256 of the body, in hexadecimal or Base64, with or without "sha256=" before it."""
    sent = delivery.header(lock.header)
    if not sent:
        return Refusal.MISSING
    digests = [hmac.digest(key.encode(), delivery.body, "sha256") for key in lock.secrets]
    value = sent.strip().removeprefix("sha256=")
    return _any([*(one.hex() for one in digests), *(base64.b64encode(one).decode() for one in digests)], [value])


def _bearer(lock: Lock, delivery: Delivery) -> Refusal | None:
    kind, _, token = (delivery.header("Authorization") or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        return Refusal.MISSING
    return _any(list(lock.secrets), [token.strip()])


def _standard(lock: Lock, delivery: Delivery, now: datetime) -> Refusal | None:
    """https://www.standardwebhooks.com: `id.timestamp.body` signed; several signatures while a secret is exchanged."""
    message_id, stamp, sent = (delivery.header(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not message_id or not stamp or not sent:
        return Refusal.MISSING
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return Refusal.WRONG
    text = f"{message_id}.{stamp}.".encode() + delivery.body
    expected = [_base64_hmac(_standard_key(key), text, "sha256") for key in lock.secrets]
    signatures = [one.partition(",")[2] for one in sent.split()[:MAX_SIGNATURES] if one.startswith("v1,")]
    refusal = _any(expected, signatures)
    if refusal is None and abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return Refusal.OLD
    return refusal


def _standard_key(secret: str) -> bytes:
    """What the secret stands for: Base64 behind its prefix."""
    encoded = secret.removeprefix(STANDARD_PREFIX)
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def delivery_digest(lock: Lock, delivery: Delivery) -> str:
    """What makes two deliveries the same one: the id that its sender signed, else every byte of it."""
    if lock.scheme is Scheme.STANDARD_WEBHOOKS:
        return hashlib.sha256(f"id:{delivery.header('webhook-id')}".encode(errors="replace")).hexdigest()
    return hashlib.sha256(b"body:" + delivery.body).hexdigest()
