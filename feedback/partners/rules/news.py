"""What webhooks tell: the kinds of news, and which of them a change of an account's standing makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class NewsType(StrEnum):
    """A kind of news, as it stands in a payload."""

    GATE_OPENED = "gate.opened"
    GATE_CLOSED = "gate.closed"
    STANDING_CHANGED = "standing.changed"
    RESPONSE_RECEIVED = "response.received"
    ISSUE_OPENED = "issue.opened"
    ISSUE_CHANGED = "issue.changed"
    ISSUE_CLOSED = "issue.closed"
    CONSENT_CHANGED = "consent.changed"
    TEST = "webhook.test"


OF_STANDING = frozenset({NewsType.GATE_OPENED, NewsType.GATE_CLOSED, NewsType.STANDING_CHANGED})
SUBSCRIBABLE = tuple(kind for kind in NewsType if kind is not NewsType.TEST)
STANDING_FIELDS = ("advocacy", "share_of_wallet", "issues", "play", "stance")


@dataclass(frozen=True, slots=True)
class Told:
    """What partners know of an account: whether selling to it is open, on which channels, and how it stands to us."""

    gate: Mapping[str, Any]  # {"open", "channels": {"email": {"open", "outcome", "contact_id", "reasons"}, …}}
    standing: Mapping[str, str]  # the five `STANDING_FIELDS`

    @property
    def is_open(self) -> bool:
        """Whether we may sell to somebody there by ourselves."""
        return bool(self.gate["open"])

    def as_data(self) -> dict[str, Any]:
        """As it is stored."""
        return {"gate": dict(self.gate), "standing": dict(self.standing)}


NOTHING_KNOWN = Told(
    {"open": False, "channels": {}},
    {"advocacy": "unknown", "share_of_wallet": "unknown", "issues": "none", "play": "survey_first", "stance": "reactive"},
)


def news_between(before: Told, after: Told) -> list[NewsType]:
    """What there is to tell, in the order in which it is told: nothing twice, and of a flip exactly one."""
    found = []
    if any(before.standing.get(name) != after.standing[name] for name in STANDING_FIELDS):
        found.append(NewsType.STANDING_CHANGED)
    if before.is_open != after.is_open:
        found.append(NewsType.GATE_OPENED if after.is_open else NewsType.GATE_CLOSED)
    return found
