"""Reports of mail services that sign them: with a key that is set, nothing unsigned or changed is read."""

import base64
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from config import Settings
from feedback.bare_app import create_bare_app
from feedback.listening.hook_views import hook_token
from tests.conftest import SECRET

KEY = ec.generate_private_key(ec.SECP256R1())
MAILGUN_KEY = "key-0123456789abcdef"
EVENT = [{"event": "delivered", "smtp-id": "<x@company.example>"}]
MAILGUN_EVENT = {"event-data": {"event": "delivered"}}


def public(key: Any) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.fixture
def post(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Posts a body with headers to the hook of an installation that has both keys."""
    settings = app.extensions["closedloop_settings"]
    monkeypatch.setattr(settings, "sendgrid_public_key", public(KEY))
    monkeypatch.setattr(settings, "mailgun_signing_key", SecretStr(MAILGUN_KEY))
    with app.app_context():
        path = f"/m/{hook_token()}"
    return lambda body, **headers: client.post(path, data=body, headers=headers, content_type="application/json")


def sendgrid(body: bytes, *, key: Any = KEY, timestamp: str = "1600112502") -> dict[str, str]:
    signature = base64.b64encode(key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    names = ("X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
    return dict(zip(names, (signature, timestamp), strict=True))


def mailgun(*, key: str = MAILGUN_KEY, **changes: Any) -> bytes:
    timestamp, token = "1529006854", "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
    signature = hmac.new(key.encode(), (timestamp + token).encode(), "sha256").hexdigest()
    signed = {"timestamp": timestamp, "token": token, "signature": signature} | changes
    return json.dumps({"signature": signed} | MAILGUN_EVENT).encode()


def test_what_sendgrid_signed_is_read(post: Any) -> None:
    body = json.dumps(EVENT).encode() + b"\r\n"
    assert post(body, **sendgrid(body)).json == {"reports": 0, "matched": 0}


def test_what_was_changed_after_sendgrid_signed_it_is_refused(post: Any) -> None:
    body = json.dumps(EVENT).encode()
    signed = sendgrid(body)
    later = signed | {"X-Twilio-Email-Event-Webhook-Timestamp": "1600112503"}
    other = sendgrid(body, key=ec.generate_private_key(ec.SECP256R1()))
    assert [post(body + b" ", **signed).status_code, post(body, **later).status_code] == [401, 401]
    assert post(body, **other).status_code == 401


@pytest.mark.parametrize("signature", ["", "?", "AAAA", "ü", "MEUCIGHQ"])
def test_what_is_no_signature_is_refused(post: Any, signature: str) -> None:
    body = json.dumps(EVENT).encode()
    headers = sendgrid(body) | {"X-Twilio-Email-Event-Webhook-Signature": signature}
    assert post(body, **headers).status_code == 401


def test_what_mailgun_signed_is_read(post: Any) -> None:
    assert post(mailgun()).json == {"reports": 0, "matched": 0}


@pytest.mark.parametrize(
    "changes", [{"timestamp": "1529006855"}, {"token": "x"}, {"signature": "0" * 64}, {"signature": "ü"}, {"signature": None}]
)
def test_what_mailgun_did_not_sign_is_refused(post: Any, changes: dict[str, Any]) -> None:
    assert post(mailgun(**changes)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(EVENT).encode(),
        json.dumps(MAILGUN_EVENT).encode(),
        b'{"events": []}',
        b'{"Type": "Notification", "Message": "{}"}',
        b"[" * 100_000,
        b"\xff",
        json.dumps({"signature": [], "event-data": {}}).encode(),
    ],
)
def test_with_a_key_nothing_unsigned_is_read(post: Any, body: bytes) -> None:
    assert post(body).status_code == 401


def test_a_signature_of_mailgun_opens_no_other_shape(post: Any) -> None:
    signed = json.loads(mailgun())["signature"]
    assert post(json.dumps({"signature": signed, "events": []}).encode()).status_code == 401


def test_the_address_is_a_secret_still(app: Flask, client: FlaskClient, post: Any) -> None:
    assert client.post("/m/wrong", data=mailgun()).status_code == 404


@pytest.mark.parametrize(
    "text", ["nonsense", "AAAA", public(rsa.generate_private_key(65537, 2048))], ids=["words", "short", "rsa"]
)
def test_a_key_that_is_none_is_told_at_the_start(tmp_path: Any, text: str) -> None:
    with pytest.raises(SystemExit, match="CLOSEDLOOP_SENDGRID_PUBLIC_KEY is no public key"):
        create_bare_app(Settings(DATABASE_URL="", data_dir=tmp_path, secret_key=SECRET, sendgrid_public_key=text))
