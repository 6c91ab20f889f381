"""An account counts as ready exactly where the gate, asked about a call with an offer, would allow one."""

import csv
import io
from datetime import timedelta
from itertools import product

from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import WalletEstimate
from feedback.accounts.rules import ContactRole
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.gate.evaluation import Question
from feedback.gate.rules import Initiation, offers_permitted
from feedback.gate.service import evaluate
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.reporting.readiness import ReadinessFilters, readiness
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import viewing
from tests.logins import as_user
from tests.slices.gate.world import NOW

SAID = (None, ConsentAction.GRANTED, ConsentAction.REFUSED, ConsentAction.OBJECTED)
SCORES = (None, 10, 8, 3)
DAYS = (None, -1, 20)  # asked to be left alone until: never, until yesterday, for weeks


Account = tuple[int, str]


def person(
    account: Account, name: str, role: ContactRole, said: ConsentAction | None, score: int | None, days: int | None
) -> None:
    """Somebody of an account, with what they said about calls, their score, and until when they want to be left alone."""
    now = clock.now()
    until = now.date() + timedelta(days=days) if days is not None else None
    contact = factories.make_contact(account[0], role, external_id=name, not_now_until=until)
    if said is not None:
        statement = {"purpose": Purpose.OFFERS, "channel": Channel.PHONE, "action": said, "recorded_by": "test"}
        factories.insert(ConsentEvent, contact_id=contact, occurred_at=now - timedelta(days=9), recorded_at=now, **statement)
    if score is not None:
        with transaction():
            accept_answers([AnswerDraft(account[1], score, name, responded_at=now - timedelta(days=2))], AcceptOptions())


def company(owner: int) -> None:
    """Accounts whose buyer likes us, with one more person in every combination of consent, score and wish."""
    for place, (said, score, days) in enumerate(product(SAID, SCORES, DAYS)):
        name = f"account-{place}"
        account = factories.make_account(external_id=name, owner_id=owner, annual_revenue=1000.0), name
        spend = {"category": "all", "total_spend": 1000.0, "our_spend": 200.0, "confidence": 0.9}
        factories.insert(WalletEstimate, account_id=account[0], as_of=clock.now().date(), created_at=clock.now(), **spend)
        person(account, f"{place}-buyer", ContactRole.DECISION_MAKER, SAID[place % 3], 10, DAYS[place % 2])
        person(account, f"{place}-user", ContactRole.USER, said, score, days)


def test_ready_means_that_the_gate_would_allow_the_call(app: Flask, client: FlaskClient) -> None:
    with clock.frozen(NOW), app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        company(ana)
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        report = readiness(viewer, ReadinessFilters())
        asked = [Question(Purpose.OFFERS, Channel.PHONE, Initiation.OUTBOUND, account_id=line.id) for line in report.everybody]
        outcomes = [evaluate(question, viewer).finding.verdict.outcome for question in asked]
    allowed = {line.id for line, outcome in zip(report.everybody, outcomes, strict=True) if offers_permitted(outcome)}
    assert {line.id for line in report.everybody if line.group == "ready"} == allowed
    assert 5 < len(allowed) < 40
    assert report.groups["waiting"].accounts > 5
    with clock.frozen(NOW):
        rows = as_user(client, ana).get("/app/readiness.csv?group=ready").text.strip().splitlines()
    assert {int(row.split(",")[0]) for row in rows[1:]} == allowed


def test_an_export_invents_no_revenue(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        ana = factories.make_user(Role.ACCOUNT_MANAGER)
        factories.make_account(external_id="unknown", owner_id=ana, annual_revenue=None)
        factories.make_account(external_id="known", owner_id=ana, annual_revenue=1200.5)
    rows = csv.DictReader(io.StringIO(as_user(client, ana).get("/app/readiness.csv").text.lstrip("\ufeff")))
    assert sorted((row["annual_revenue"], row["currency"]) for row in rows) == [("", ""), ("1200.5", "EUR")]
