"""A small customer for tests of the gate: one account, who said what, and the questions put to the gate."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from feedback.accounts.models import WalletEstimate
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.surveys.models import Response, SurveyProgram
from feedback.surveys.rules import AnswerChannel
from tests.factories import insert, make_account, make_contact

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
EVALUATE = "/api/v1/gate/evaluate"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def give_answer(account_id: int, contact_id: int, score: int, *, days: float = 10, survey: str = "relationship") -> int:
    """A stored answer, without its consequences."""
    survey_id = db.session.scalar(sa.select(SurveyProgram.id).where(SurveyProgram.code == survey))
    values: dict[str, Any] = {"account_id": account_id, "contact_id": contact_id, "survey_id": survey_id, "score": score}
    values |= {"source": "test", "content_digest": "", "version": 1, "channel": AnswerChannel.WEB}
    return insert(Response, **values, role=ContactRole.USER, responded_at=ago(days), created_at=clock.now())


def give_wallet(account_id: int, share: float = 0.2, **values: Any) -> int:
    defaults = {"category": "all", "total_spend": 100.0, "our_spend": 100.0 * share, "confidence": 0.9, "as_of": date(2026, 6, 1)}
    return insert(WalletEstimate, **defaults | values, account_id=account_id, created_at=clock.now())


def give_consent(contact_id: int, action: ConsentAction = ConsentAction.GRANTED, **values: Any) -> int:
    defaults = {"purpose": Purpose.OFFERS, "channel": Channel.EMAIL, "occurred_at": ago(100), "recorded_at": ago(100)}
    return insert(ConsentEvent, **defaults | values, contact_id=contact_id, action=action, recorded_by="test")


def give_issue(account_id: int, state: IssueState = IssueState.ROUTED, **values: Any) -> int:
    """An issue that staff opened, without clocks that ran out."""
    number = (db.session.scalar(sa.select(sa.func.max(Issue.number))) or 0) + 1
    due = NOW + timedelta(days=2)
    defaults = {"severity": Severity.MAJOR, "source": IssueSource.STAFF, "defect_key": 0, "value_tier": "B", "opened_at": ago(5)}
    clocks = {
        "first_contact_due_at": due,
        "next_update_due_at": due,
        "resolution_due_at": due,
        "next_due_at": None if "closed_at" in values else due,
    }
    return insert(Issue, **defaults | clocks | values, number=number, state=state, account_id=account_id)


def give_voice(issue_id: int, contact_id: int, response_id: int | None = None) -> int:
    return insert(IssueVoice, issue_id=issue_id, contact_id=contact_id, response_id=response_id, created_at=ago(5))


def make_customer(score: int | None = 9, *, share: float | None = 0.2, **account: Any) -> tuple[int, int]:
    """(account, decision maker): a promoter with a low share and consent to offers by e-mail, unless told otherwise."""
    account_id = make_account(**account)
    contact_id = make_contact(account_id)
    give_consent(contact_id)
    for value, give in ((score, give_answer), (share, give_wallet)):
        if value is not None:
            give(account_id, *((contact_id, value) if give is give_answer else (value,)))
    return account_id, contact_id


def question(account_id: int, /, **values: Any) -> dict[str, Any]:
    defaults = {"account_id": account_id, "purpose": "offers", "channel": "email", "initiation": "outbound"}
    return {name: value for name, value in (defaults | values).items() if value is not None}


def ask(client: FlaskClient, account_id: int, headers: dict[str, str], **values: Any) -> dict[str, Any]:
    """The gate's answer at NOW."""
    with clock.frozen(NOW):
        response = client.post(EVALUATE, json=question(account_id, **values), headers=headers)
    assert response.status_code == 200, response.text
    return response.get_json()
