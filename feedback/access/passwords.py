"""Passwords, random ids and their digests. Hashing is expensive on purpose, so only two run at a time."""

import hashlib
import hmac
import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from feedback.kernel.errors import Conflict

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two at a time: more would let a flood of log-ins take the processor from people who answer surveys.
_slots = threading.BoundedSemaphore(2)
_PATIENCE = 5.0
_nobody: list[str] = []


def new_token() -> str:
    """256 random bits for a token, a session or a generated password."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a random token. It has 256 bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def derive(secret: str, purpose: str, value: str) -> str:
    """A value that only this installation can compute, bound to a purpose."""
    return hmac.new(secret.encode(), f"{purpose}:{value}".encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id."""
    with _Slot():
        return _hasher.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether it matches. Without a stored hash it takes the same time and says no: nobody learns who has an account."""
    reference = stored or _hash_of_nobody()
    with _Slot():
        try:
            matches = _hasher.verify(reference, password)
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether it was made with older parameters."""
    return _hasher.check_needs_rehash(stored)


def _hash_of_nobody() -> str:
    if not _nobody:
        _nobody.append(_hasher.hash(new_token()))
    return _nobody[0]


class _Slot:
    def __enter__(self) -> None:
        if not _slots.acquire(timeout=_PATIENCE):
            raise Conflict(_("Too many people log in at this moment; please try again."))

    def __exit__(self, *_error: object) -> None:
        _slots.release()
