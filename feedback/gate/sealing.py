"""The seal of a decision: an HMAC over everything that must never change, under a key derived from the installation's secret.

A hash alone could be computed again by whoever changed the row; the key is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_PURPOSE = b"closedloop gate decision, seal 1"
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


@lru_cache(maxsize=4)
def _keyed(secret: str) -> "hmac.HMAC":
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, digestmod=hashlib.sha256)


def seal(row: Mapping[str, Any], secret: str) -> str:
    """The seal of a decision row, hexadecimal."""
    mac = _keyed(secret).copy()
    mac.update(_encode([_plain(row[name]) for name in SEALED]).encode())
    return mac.hexdigest()


def is_intact(row: Mapping[str, Any], secret: str) -> bool:
    """Whether the row still is what was sealed."""
    return hmac.compare_digest(str(row["seal"]), seal(row, secret))


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
