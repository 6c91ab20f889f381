"""Secrets of other systems that we have to know in words: encrypted in the database, readable by this installation only."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class Unreadable(Exception):
    """It was concealed with another secret key of the installation."""


def conceal(key: str, purpose: str, text: str) -> str:
    """Encrypt `text` (AES-128-CBC with HMAC-SHA256, as Fernet does) with a key made from the installation's one for a purpose."""
    return _box(key, purpose).encrypt(text.encode()).decode()


def reveal(key: str, purpose: str, concealed: str) -> str:
    """The text again.

    Raises:
        Unreadable: the secret key of the installation is not the one it was concealed with.
    """
    try:
        return _box(key, purpose).decrypt(concealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(purpose) from error


def _box(key: str, purpose: str) -> Fernet:
    derived = hmac.digest(key.encode(), f"concealing:{purpose}".encode(), hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(derived))
