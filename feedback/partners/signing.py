"""Signatures after Standard Webhooks (standardwebhooks.com), made with its own library."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook as Signer

PREFIX = "whsec_"


def make_secret() -> str:
    """256 random bits, as the standard writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed_headers(message_id: str, at: datetime, body: str, own: Sequence[str]) -> dict[str, str]:
    """The three headers; one signature for each of our secrets, so that the other side can change over in its own time."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Signer(secret).sign(message_id, at, body) for secret in own),
    }
