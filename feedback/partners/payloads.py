"""The body of each delivery: `{type, timestamp, data}`, as Standard Webhooks recommends. Its schemas stand in `contract`.

What is stored of news are ids and enumerations. Names and scores, where a webhook asks for them, are read when it is sent, so
that nobody who was erased meanwhile is named.
"""

import json
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.accounts.models import Account
from feedback.extensions import db
from feedback.partners.models import WebhookEvent
from feedback.partners.rules.news import NewsType
from feedback.surveys.models import Response
from feedback.surveys.rules import band


def body_of(event: WebhookEvent, *, details: bool) -> str:
    """What is sent, and signed, as text."""
    data = dict(event.data)
    if event.account_id is not None:
        data = {"account": _account(event.account_id, details=details), "sequence": event.id, **data}
    if details and event.type is NewsType.RESPONSE_RECEIVED:
        data["response"] = data["response"] | _score(data["response"]["id"])
    said = {"type": event.type.value, "timestamp": event.occurred_at.isoformat(), "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _account(account_id: int, *, details: bool) -> dict[str, Any]:
    row = db.session.execute(sa.select(Account.external_id, Account.name).where(Account.id == account_id)).one_or_none()
    base = current_app.extensions["closedloop_settings"].base_url
    said = {
        "id": account_id,
        "external_id": row.external_id if row else None,
        "url": f"{base}/app/accounts/{account_id}",
    }
    return said | {"name": row.name} if details and row else said


def _score(response_id: int) -> dict[str, Any]:
    score = db.session.scalar(sa.select(Response.score).where(Response.id == response_id))
    return {} if score is None else {"score": score, "band": band(score).value}
