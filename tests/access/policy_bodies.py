"""What a row of the table of addresses holds: bodies and queries that they understand."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One address. `kind` names the object whose id stands in it; `query` and `body` may hold `{account}` and the like."""

    permission: str | None
    kind: str | None = None
    body: Any = None
    query: str = ""


ANSWER = {"account_external_id": "own", "contact_external_id": "own", "score": 9, "external_id": "x1"}
CORRECTION = {"score": 8, "reason": "mistyped", "note": "Why"}
EXCLUSION = {"reason": "test", "note": "Why"}
WHAT_IF = {
    "advocacy": "promoter",
    "share_of_wallet": "low",
    "issues": "none",
    "consent": "allowed",
    "timing": "open",
    "initiation": "outbound",
}
ASK = {"account_external_id": "own", "purpose": "offers", "channel": "email", "initiation": "outbound"}
SUGGESTED = {"source": "crm", "external_id": "new", "account_external_id": "own", "trigger": "other"}
POLICY_DRAFT = {"title": "x", "why": "x", "changes": {"limits": {"cut": 0.4}}}
SOLD = {"account_external_id": "own", "channel": "phone", "outcome": "sold"}
CONSENT = {
    "purpose": "offers",
    "channel": "email",
    "action": "granted",
    "basis": "consent",
    "evidence": "form",
    "occurred_at": "2026-11-01T12:00:00Z",
}
RULED_OUT = {"country": "DE", "purpose": "offers", "stance": "never", "reason": "Law"}
NO = {"approve": False, "note": "x"}
LISTED = {"address": "a@example.com", "covers": "surveys", "reason": "manual"}
WORDS = {"name": "Leaving", "phrases": {"en": ["cancel"]}}
CALENDAR = {"name": "New", "time_zone": "UTC", "openings": {"monday": ["09:00-18:00"]}}
DAY = "2026-12-01T12:00:00Z"
WAVE = {"survey": "relationship", "name": "New", "starts_on": "2126-12-01", "ends_on": "2126-12-11"}
TAKEN_OFF = {"account_id": 1, "contact_id": 1, "reason": "other", "note": "Why"}
IDENTITY = {"system": "crm", "external_id": "new"}
PERSON = {"account_external_id": "own", "contact_external_id": "own"}
LETTER = {"subject": "x", "text": "x"}
DAYS_OFF = {"first_day": "2099-12-01", "last_day": "2099-12-03"}
TOLD = {"outcome": "called", "note": "They know"}
OUTAGE: dict[str, Any] = {"title": "Down", "reach": {"accounts": ["own"]}}
WITHDRAWN = {"to": "withdrawn", "note": "Why"}
SEEN, SEEN_SO = {"version": 1}, "?version=1"
SALE = {"intent": "cross_sell", "product": "x"}
PROMISED = {"text": "x", "due_on": "2126-01-01"}
CARD = {"origin": "https://crm.example"}
CRM = {"code": "new", "vendor": "hubspot", "secret": "x"}
REPLAYED = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
PERIOD = "?from=2026-01-01&to=2026-12-01"

# Calls that name their object in the body: with somebody else's account they answer as with a missing one.
NAMED_IN_BODY = {
    "POST /api/v1/issues": {"title": "Late"},
    "POST /api/v1/invitations": {"contact_external_id": "other"},
    "POST /api/v1/gate/evaluate": {"purpose": "offers", "channel": "email", "initiation": "outbound"},
    "POST /api/v1/gate/preview": {"purpose": "offers", "channel": "email", "initiation": "outbound"},
    "POST /api/v1/sales-contacts": {"channel": "phone", "outcome": "sold"},
}
