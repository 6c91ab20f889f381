"""The seals of a decision: HMACs under keys derived from the installation's secret.

One covers everything that must never change, the other one the marks that are set once. It stands there from the beginning, so
that a mark that was taken away is noticed like one that was added. A hash alone could be computed again by whoever changed the
row; the key is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_PURPOSE = b"closedloop gate decision, seal 1"
_PURPOSE_OF_MARKS = b"closedloop marks of a gate decision, seal 1"
MARKS = ("expired_at", "invalidated_at", "invalidated_by")
# `contact_id` is left out: erasing a contact empties it. The evidence, which is sealed, holds the id.
SEALED = (
    "id",
    "account_id",
    "purpose",
    "channel",
    "initiation",
    "intent",
    "product_code",
    "inputs",
    "evidence",
    "outcome",
    "play",
    "reasons",
    "rows_hit",
    "policy_version",
    "requested_by",
    "decided_at",
    "expires_at",
    "next_review_at",
)
_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


@lru_cache(maxsize=8)
def _keyed(secret: str, purpose: bytes) -> "hmac.HMAC":
    key = hmac.new(secret.encode(), purpose, hashlib.sha256).digest()
    return hmac.new(key, digestmod=hashlib.sha256)


def seal(row: Mapping[str, Any], secret: str) -> str:
    """The seal of a decision row, hexadecimal."""
    return _digest([row[name] for name in SEALED], secret, _PURPOSE)


def seal_of_marks(row: Mapping[str, Any], secret: str) -> str:
    """The seal of a decision's marks (those it does not have yet are none), hexadecimal; tied to this decision by its seal."""
    return _digest([row["seal"], *(row.get(name) for name in MARKS)], secret, _PURPOSE_OF_MARKS)


def is_intact(row: Mapping[str, Any], secret: str) -> bool:
    """Whether the row and its marks still are what was sealed."""
    same = hmac.compare_digest(str(row["seal"]), seal(row, secret))
    return hmac.compare_digest(str(row["marks_seal"]), seal_of_marks(row, secret)) and same


def _digest(values: Sequence[Any], secret: str, purpose: bytes) -> str:
    mac = _keyed(secret, purpose).copy()
    mac.update(_encode([_plain(value) for value in values]).encode())
    return mac.hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
