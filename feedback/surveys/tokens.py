"""Tokens of personal links. None is stored: a digest finds the invitation, and mailed ones can be made again."""

import base64
import hashlib
import hmac
import secrets

TOKEN_BYTES = 24  # 192 bits: nobody guesses one


def random_token() -> str:
    """For a link that is shown once."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def make_nonce() -> str:
    """What is stored of a token that has to be made again."""
    return secrets.token_hex(16)


def token_of(secret: str, nonce: str) -> str:
    """The token of a mailed invitation: without the installation's secret nobody can make it from the database."""
    code = hmac.digest(secret.encode(), b"invitation:" + nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(code[:TOKEN_BYTES]).decode()


def token_digest(token: str) -> str:
    """What is stored instead of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
