"""Every address with its permission, the kind of object in it, and a body that is understood. Written by hand, on purpose."""

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
CONSENT = {
    "purpose": "offers",
    "channel": "email",
    "action": "granted",
    "basis": "consent",
    "evidence": "form",
    "occurred_at": "2026-11-01T12:00:00Z",
}
DAY = "2026-12-01T12:00:00Z"
WAVE = {"survey": "relationship", "name": "New", "starts_on": "2026-12-01", "ends_on": "2026-12-11"}
TAKEN_OFF = {"account_id": 1, "contact_id": 1, "reason": "other", "note": "Why"}
IDENTITY = {"system": "crm", "external_id": "new"}
PERSON = {"account_external_id": "own", "contact_external_id": "own"}
PERIOD = "?from=2026-01-01&to=2026-12-01"

ROUTES: dict[str, Row] = {
    "GET /": Row("self"),
    "GET /login": Row(None),
    "POST /login": Row(None),
    "POST /logout": Row("self"),
    "GET /settings": Row("self"),
    "POST /settings": Row("self"),
    "POST /settings/password": Row("self"),
    "GET /healthz": Row(None),
    "GET /readyz": Row(None),
    "GET /app/defects.<any(csv, xlsx):kind>": Row("report.read"),
    "GET /mails/<int:mail_id>.html": Row("survey.write"),
    "GET /app/readiness.csv": Row("account.read"),
    "GET /api/v1/openapi.json": Row(None),
    "GET /api/v1/docs": Row(None),
    "GET /api/v1/me": Row("self"),
    "PATCH /api/v1/me": Row("self", body={}),
    "GET /api/v1/users": Row("user.write"),
    "POST /api/v1/users": Row("user.write", body={"email": "new@example.com", "role": "frontline"}),
    "GET /api/v1/users/<int:user_id>": Row("user.write", "user"),
    "PATCH /api/v1/users/<int:user_id>": Row("user.write", "user", body={"name": "New"}),
    "PUT /api/v1/users/<int:user_id>/grants/<string(maxlength=60):permission>": Row("user.write", "user", body={"scope": "all"}),
    "GET /api/v1/teams": Row("user.write"),
    "POST /api/v1/teams": Row("user.write", body={"code": "new", "name": "New"}),
    "PATCH /api/v1/teams/<int:team_id>": Row("user.write", "team", body={"name": "New"}),
    "GET /api/v1/tokens": Row("user.write"),
    "POST /api/v1/tokens": Row("user.write", body={"name": "new", "scopes": ["read"]}),
    "DELETE /api/v1/tokens/<int:token_id>": Row("user.write", "token"),
    "GET /api/v1/audit-events": Row("audit.read"),
    "GET /api/v1/job-runs": Row("audit.read"),
    "GET /api/v1/programs": Row("survey.read"),
    "POST /api/v1/programs": Row("survey.write", body={"code": "new", "name": "New", "kind": "relationship"}),
    "GET /api/v1/programs/<int:program_id>": Row("survey.read", "program"),
    "PATCH /api/v1/programs/<int:program_id>": Row("survey.write", "program", body={"name": "New"}),
    "GET /programs/<int:program_id>/mail.html": Row("survey.read", "program"),
    "GET /api/v1/programs/<int:program_id>/mails": Row("survey.read", "program"),
    "POST /api/v1/programs/<int:program_id>/test-mails": Row("survey.write", "program", body={"language": "es"}),
    "GET /api/v1/programs/<int:program_id>/versions": Row("survey.read", "program"),
    "POST /api/v1/programs/<int:program_id>/versions": Row("survey.write", "program", body={"texts": {}}),
    "GET /api/v1/programs/<int:program_id>/reasons": Row("survey.read", "program"),
    "PUT /api/v1/programs/<int:program_id>/reasons": Row("survey.write", "program", body={"defects": []}),
    "GET /programs/<int:program_id>/preview": Row("survey.read", "program"),
    "GET /api/v1/waves": Row("survey.read"),
    "POST /api/v1/waves": Row("survey.write", body=WAVE),
    "GET /api/v1/waves/<int:wave_id>": Row("survey.read", "wave"),
    "PUT /api/v1/waves/<int:wave_id>": Row("survey.write", "wave", body=WAVE),
    "GET /app/waves/<int:wave_id>/people.csv": Row("survey.read", "wave"),
    "GET /app/honesty.csv": Row("honesty.read"),
    "GET /api/v1/waves/<int:wave_id>/rehearsal": Row("survey.read", "wave"),
    "POST /api/v1/waves/<int:wave_id>/transitions": Row("survey.write", "wave", body={"to": "cancelled"}),
    "POST /api/v1/waves/<int:wave_id>/exclusions": Row("survey.write", "wave", body=TAKEN_OFF),
    "POST /inbound/<code>": Row(None),
    "POST /inbound/<code>/<secret>": Row(None),
    "GET /api/v1/connectors": Row("connector.write"),
    "POST /api/v1/connectors": Row("connector.write", body={"code": "new", "name": "New", "kind": "generic"}),
    "GET /api/v1/connectors/<int:connector_id>": Row("connector.write", "connector"),
    "PATCH /api/v1/connectors/<int:connector_id>": Row("connector.write", "connector", body={"name": "New"}),
    "POST /api/v1/connectors/<int:connector_id>/secret": Row("connector.write", "connector", body={}),
    "POST /api/v1/connectors/<int:connector_id>/trial": Row("connector.write", "connector", body={"sample": "{}"}),
    "GET /api/v1/inbound-events": Row("inbound.write"),
    "GET /api/v1/inbound-events/<int:event_id>": Row("inbound.write", "event"),
    "POST /api/v1/inbound-events/<int:event_id>/replay": Row("inbound.write", "event"),
    "POST /api/v1/inbound-events/<int:event_id>/discard": Row("inbound.write", "event"),
    "POST /api/v1/inbound-events/replay": Row("inbound.write", body={}),
    "POST /api/v1/interviews": Row("interview.write", body={"account_id": 1, "contact_id": 1, "agreed": False}),
    "GET /api/v1/interviews/accounts/<int:account_id>/contacts/<int:contact_id>": Row("interview.write", "account"),
    "GET /e/<context>": Row(None),
    "GET /api/v1/embed-keys": Row("connector.write"),
    "POST /api/v1/embed-keys": Row("connector.write", body={"name": "New", "origins": ["https://shop.example"]}),
    "DELETE /api/v1/embed-keys/<int:key_id>": Row("connector.write", "key"),
    "GET /api/v1/responses": Row("response.read"),
    "POST /api/v1/responses": Row("response.write", body=ANSWER),
    "POST /api/v1/responses/batch": Row("response.write", body={"responses": [ANSWER]}),
    "DELETE /api/v1/responses/<int:response_id>": Row("response.write", "response"),
    "GET /api/v1/responses/<int:response_id>/corrections": Row("response.read", "response"),
    "POST /api/v1/responses/<int:response_id>/corrections": Row("response.correct", "response", body=CORRECTION),
    "POST /api/v1/responses/<int:response_id>/exclusion": Row("response.correct", "response", body=EXCLUSION),
    "DELETE /api/v1/responses/exclusions/<int:exclusion_id>": Row("response.correct", "exclusion"),
    "GET /api/v1/erasures": Row("person.erase"),
    "GET /api/v1/contacts/<int:contact_id>/erasure": Row("person.erase", "contact"),
    "POST /api/v1/contacts/<int:contact_id>/erasure": Row("person.erase", "contact", body={"reason": "requested"}),
    "GET /api/v1/responses/exclusions": Row("response.read"),
    "GET /api/v1/defects": Row("defect.read"),
    "POST /api/v1/defects": Row("defect.write", body={"code": "new", "name": "New", "category": "service"}),
    "GET /api/v1/defects/<int:defect_id>": Row("defect.read", "defect"),
    "PATCH /api/v1/defects/<int:defect_id>": Row("defect.write", "defect", body={"name": "New"}),
    "GET /api/v1/defects/ranking": Row("report.read", query=PERIOD),
    "GET /api/v1/nps": Row("report.read", query=PERIOD),
    "GET /s/<token>": Row(None),
    "POST /s/<token>": Row(None),
    "GET /s/<token>/about": Row(None),
    "POST /s/<token>/about": Row(None),
    "GET /s/<token>/note": Row(None),
    "POST /s/<token>/note": Row(None),
    "GET /u/<token>": Row(None),
    "POST /u/<token>": Row(None),
    "POST /m/<token>": Row(None),
    "GET /api/v1/accounts": Row("account.read"),
    "POST /api/v1/accounts": Row("account.write", body={"name": "New"}),
    "GET /api/v1/accounts/export": Row("account.read"),
    "GET /api/v1/accounts/<int:account_id>": Row("account.read", "account"),
    "PUT /api/v1/accounts/<int:account_id>": Row("account.write", "account", body={"name": "New"}),
    "PATCH /api/v1/accounts/<int:account_id>": Row("account.write", "account", body={"name": "New"}),
    "GET /api/v1/accounts/<int:account_id>/contacts": Row("account.read", "account"),
    "POST /api/v1/accounts/<int:account_id>/contacts": Row("account.write", "account", body={"name": "New"}),
    "PATCH /api/v1/accounts/<int:account_id>/contacts/<int:contact_id>": Row("account.write", "account", body={"role": "user"}),
    "GET /api/v1/accounts/<int:account_id>/identities": Row("account.read", "account"),
    "POST /api/v1/accounts/<int:account_id>/identities": Row("identity.write", "account", body=IDENTITY),
    "POST /api/v1/accounts/<int:account_id>/spend": Row("account.write", "account", body={"month": "2026-05", "amount": 1}),
    "GET /api/v1/accounts/<int:account_id>/timeline": Row("account.read", "account"),
    "GET /api/v1/accounts/<int:account_id>/wallets": Row("account.read", "account"),
    "POST /api/v1/accounts/<int:account_id>/wallets": Row("account.write", "account", body={"category": "x", "total_spend": 1}),
    "GET /api/v1/contacts/<int:contact_id>": Row("account.read", "contact"),
    "PATCH /api/v1/contacts/<int:contact_id>": Row("account.write", "contact", body={"name": "New"}),
    "GET /api/v1/contacts/<int:contact_id>/identities": Row("account.read", "contact"),
    "POST /api/v1/contacts/<int:contact_id>/identities": Row("identity.write", "contact", body=IDENTITY),
    "POST /api/v1/invitations": Row("invitation.write", body=PERSON),
    "GET /api/v1/issues": Row("issue.read"),
    "POST /api/v1/issues": Row("issue.open", body={"account_external_id": "own", "title": "Late"}),
    "GET /api/v1/issues/<int:issue_id>": Row("issue.read", "issue"),
    "PUT /api/v1/issues/<int:issue_id>/assignment": Row("issue.work", "issue", body={}),
    "POST /api/v1/issues/<int:issue_id>/commitments": Row("issue.work", "issue", body={"text": "x", "due_at": DAY}),
    "PUT /api/v1/issues/<int:issue_id>/commitments/<int:commitment_id>/fulfilment": Row("issue.work", "issue"),
    "POST /api/v1/issues/<int:issue_id>/interactions": Row("issue.work", "issue", body={"summary": "x"}),
    "POST /api/v1/issues/<int:issue_id>/transitions": Row("issue.work", "issue", body={"to": "contacted", "note": "x"}),
    "GET /api/v1/notifications": Row("self"),
    "POST /api/v1/notifications/read": Row("self", body={}),
    "GET /api/v1/routing-rules": Row("routing.write"),
    "PUT /api/v1/routing-rules": Row("routing.write", body={}),
    "GET /api/v1/service-levels": Row("routing.write"),
    "PUT /api/v1/service-levels": Row("routing.write", body={}),
    "GET /api/v1/accounts/<int:account_id>/standing": Row("gate.read", "account"),
    "GET /api/v1/contacts/<int:contact_id>/consents": Row("consent.read", "contact"),
    "POST /api/v1/contacts/<int:contact_id>/consents": Row("consent.write", "contact", body=CONSENT),
    "POST /api/v1/gate/evaluate": Row("gate.evaluate", body=ASK),
    "POST /api/v1/gate/evaluate-batch": Row("gate.evaluate", body={"requests": [ASK]}),
    "POST /api/v1/gate/what-if": Row("gate.read", body=WHAT_IF),
    "GET /api/v1/gate/decisions/<int:decision_id>": Row("gate.read", "decision"),
}

# Calls that name their object in the body: with somebody else's account they answer as with a missing one.
NAMED_IN_BODY = {
    "POST /api/v1/issues": {"title": "Late"},
    "POST /api/v1/invitations": {"contact_external_id": "other"},
    "POST /api/v1/gate/evaluate": {"purpose": "offers", "channel": "email", "initiation": "outbound"},
}
