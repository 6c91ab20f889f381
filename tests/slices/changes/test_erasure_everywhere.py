"""A canary in every personal column: after the erasure it stands in no table, in no file of the data folder and in no log."""

import logging
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback import models_registry
from feedback.accounts.models import Contact, ExternalIdentity, Interaction
from feedback.accounts.rules import ErasureReason
from feedback.audit.models import AuditEvent, JobRun
from feedback.closed_loop.erasure import clean_up, erase_person
from feedback.closed_loop.personal import PERSONAL, Personal
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.gate.contacts.rules import ContactOutcome, GoodMoment, Match
from feedback.gate.overriding.models import GateOverride
from feedback.gate.rules import Initiation, Intent
from feedback.inlets.models import InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState
from feedback.issues.models import Commitment, Issue, IssueEvent, IssueVoice
from feedback.issues.rules.mistakes import MistakeState
from feedback.issues.verifying.models import Verification
from feedback.issues.verifying.rules import Way
from feedback.issues.working.models import Concession, IssueDiagnosis, IssueMistake, ProgressMail, RootCause
from feedback.issues.working.rules import ConcessionState, MailState
from feedback.kernel import clock
from feedback.kernel.db import Model
from feedback.listening.models import SurveyMail, WaveExclusion
from feedback.listening.rules.states import ExclusionReason, MailKind
from feedback.outbox.caught import MailFolder
from feedback.outbox.models import Notification, OutboxMessage
from feedback.outer_loop.models import Disruption, FollowUpBatch, FollowUpItem
from feedback.outer_loop.rules.states import ItemState
from feedback.partners.crm.models import CrmConflict, CrmConnection, CrmRecord
from feedback.partners.crm.rules import Kind, Side, Vendor
from feedback.partners.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookEvent
from feedback.partners.rules.delivering import DeliveryState, HookState
from feedback.partners.rules.news import NewsType
from feedback.permission.models import ConsentEvent, SubjectRequest, Suppression
from feedback.permission.rights import RequestKind, RequestState
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.planning.models import AccountPlan, PlanIntent, PlanObjective, PlanPromise, PlanReview
from feedback.planning.rules.states import IntentState, ObjectiveState, PeriodKind, PlanState
from feedback.selling.models import SalesPlay, SalesPlayStep
from feedback.selling.rules import PlayState, Trigger
from feedback.surveys.models import CallWish, Invitation, Response, ResponseExclusion, ResponseVersion, SurveyProgram
from feedback.surveys.people.models import ProvisionalMark, ScannerSign, Submission
from feedback.surveys.people.rules import SignKind
from feedback.surveys.rules import ExclusionCause
from feedback.uow import clear_files, transaction
from feedback.web.models import IdempotencyRecord
from tests.databases import USE_POSTGRESQL
from tests.factories import insert
from tests.slices.changes.test_erasure_reach import insert_issue
from tests.slices.inlets.senders import make_connector
from tests.slices.listening.asking import draw_up

CANARY = "zephyrine@canary.example"
DOCUMENT = {"note": f"mail to {CANARY}", "comment": CANARY}
COLUMNS = sorted(name for name, tag in PERSONAL.items() if tag is Personal.PERSON)


@pytest.fixture
def planted(app: Flask, company: dict[str, int]):
    """A row of this person in each table, with the canary in each of its personal columns."""
    with app.app_context():
        _plant(company)
        yield company["ana"]


def _plant(company: dict[str, int]) -> None:
    account, contact, now = company["acme"], company["ana"], clock.now()
    survey = db.session.scalars(sa.select(SurveyProgram.id)).first()
    wave = draw_up()
    about: dict[str, Any] = {"account_id": account, "contact_id": contact}
    row: dict[type[Model], dict[str, Any]] = {
        AuditEvent: {"occurred_at": now, "actor": "x", "action": "x", "object_type": "wave", "object_id": "1"},
        JobRun: {"job": "x", "slot": now, "worker": "x", "lease_until": now, "started_at": now},
        ExternalIdentity: {"system": "crm", "object_type": "contact", "object_id": contact, "created_at": now},
        Interaction: about | {"channel": "phone", "direction": "in", "occurred_at": now, "created_at": now},
        IdempotencyRecord: {"principal": "x", "key": "x", "fingerprint": "x", "created_at": now},
        Notification: {"user_id": company["owner"], "message_key": "k", "kind": "x", "link": "/", "created_at": now},
        OutboxMessage: {"kind": "x", "key": "k", "created_at": now, "available_at": now},
        Suppression: {"contact_id": contact, "reason": SuppressionReason.MANUAL, "created_by": "x", "created_at": now},
        ConsentEvent: {
            "contact_id": contact, "purpose": Purpose.OFFERS, "channel": Channel.POST, "action": ConsentAction.GRANTED,
            "occurred_at": now, "recorded_at": now, "recorded_by": "x",
        },
        WaveExclusion: about | {
            "wave_id": wave, "reason": next(iter(ExclusionReason)), "had_open_issue": False, "created_by": "x", "created_at": now,
        },
    }  # fmt: skip
    for model, values in row.items():
        insert(model, **values | _canaries(model))
    issue = insert_issue(account)
    with transaction() as session:
        session.execute(sa.update(Issue).values(**_canaries(Issue)))
        session.execute(sa.update(Contact).where(Contact.id == contact).values(**_canaries(Contact)))
    insert(IssueEvent, issue_id=issue, kind="x", actor="x", occurred_at=now, **_canaries(IssueEvent))
    insert(Commitment, issue_id=issue, due_at=now, created_at=now, **_canaries(Commitment))
    insert(Verification, issue_id=issue, contact_id=contact, round=0, way=Way.CALL, created_at=now, **_canaries(Verification))
    _plant_work(issue, contact, company["owner"])
    _plant_request(contact)
    _plant_selling(about, company["owner"])
    _plant_sales_play(about)
    _plant_follow_up(about)
    _plant_plan(account)
    _plant_webhook(account)
    _plant_crm(contact)
    insert(IssueVoice, issue_id=issue, contact_id=contact, created_at=now, **_canaries(IssueVoice))
    _plant_answers(about | {"survey_id": survey})


def _plant_work(issue: int, contact: int, owner: int) -> None:
    now = clock.now()
    insert(RootCause, created_at=now, **_canaries(RootCause))
    whys = {"whys": [CANARY, f"because of {CANARY}"]}
    insert(IssueDiagnosis, issue_id=issue, round=0, changed_at=now, **_canaries(IssueDiagnosis) | whys)
    decided = {"state": ConcessionState.WITHDRAWN, "decided_at": now, "requested_by_id": owner, "requested_at": now}
    said = {"state": MistakeState.TAKEN_BACK, "decided_at": now, "claimed_by_id": owner, "claimed_at": now}
    insert(IssueMistake, issue_id=issue, **said, **_canaries(IssueMistake))
    insert(Concession, issue_id=issue, amount=5.0, currency="EUR", **decided, **_canaries(Concession))
    mail = {"language": "en", "state": MailState.SENT, "created_at": now}
    insert(ProgressMail, issue_id=issue, contact_id=contact, **mail, **_canaries(ProgressMail))


def _plant_request(contact: int) -> None:
    now = clock.now()
    asked = {"kind": RequestKind.ACCESS, "state": RequestState.OPEN, "recorded_by": "x", "recorded_at": now}
    days = {"received_on": now.date(), "due_on": now.date()}
    insert(SubjectRequest, contact_id=contact, **asked, **days, **_canaries(SubjectRequest))


def _plant_selling(about: dict[str, Any], owner: int) -> None:
    now = clock.now()
    how = {"purpose": Purpose.OFFERS, "channel": Channel.PHONE, "initiation": Initiation.OUTBOUND, "matched": Match.WITHOUT}
    ended = {"good_moment": GoodMoment.YES, "outcome": ContactOutcome.SOLD, "occurred_at": now, "logged_at": now}
    insert(SalesContact, **about | how | ended, source="crm", logged_by="x", **_canaries(SalesContact))
    asked = {"purpose": Purpose.OFFERS, "outcome": "hold", "state": "refused", "reason": "other", "days": 1}
    insert(GateOverride, **about | asked, requested_by_id=owner, requested_at=now, **_canaries(GateOverride))


def _plant_sales_play(about: dict[str, Any]) -> None:
    now = clock.now()
    times = {"received_at": now, "screened_at": now, "screen_due_at": now, "expires_at": now}
    what = {"account_id": about["account_id"], "trigger": Trigger.OTHER, "state": PlayState.HELD, "reasons": []}
    play = insert(SalesPlay, **what | times, source="crm", external_id="p", **_canaries(SalesPlay))
    step = {"kind": "answered", "state": PlayState.HELD, "reasons": [], "actor": "x", "at": now}
    insert(SalesPlayStep, play_id=play, **step, **_canaries(SalesPlayStep))


def _plant_follow_up(about: dict[str, Any]) -> None:
    now = clock.now()
    disruption = insert(Disruption, title="x", reach={}, starts_at=now, holds_sales=False, created_by="x", created_at=now)
    batch = insert(FollowUpBatch, disruption_id=disruption, letters={}, created_at=now)
    waiting = {"batch_id": batch, "urgency": 0.5, "facts": {}, "state": ItemState.OPEN}
    insert(FollowUpItem, **about | waiting | _canaries(FollowUpItem))


def _plant_plan(account: int) -> None:
    now, day = clock.now(), clock.now().date()
    period = {"period": PeriodKind.FREE, "starts_on": day, "ends_on": day, "state": PlanState.DRAFT, "version": 1}
    plan = insert(AccountPlan, account_id=account, **period, created_at=now, changed_at=now, **_canaries(AccountPlan))
    rest: dict[type[Model], dict[str, Any]] = {
        PlanObjective: {"state": ObjectiveState.OPEN, "sequence": 0, "changed_at": now},
        PlanIntent: {"intent": Intent.UPSELL, "state": IntentState.OPEN},
        PlanReview: {"starts_at": now, "minutes": 60, "told": 0, "sequence": 0, "changed_at": now},
        PlanPromise: {"due_on": day, "sequence": 0, "created_at": now, "changed_at": now},
    }
    for model, values in rest.items():
        insert(model, plan_id=plan, **values, **_canaries(model))


def _plant_crm(contact: int) -> None:
    now = clock.now()
    how = {"secret": "x", "owners": {}, "push": False, "active": False, "created_by": "x", "created_at": now}
    crm = insert(CrmConnection, code="crm", vendor=Vendor.HUBSPOT, address="x", **how)
    about = {"kind": Kind.CONTACTS, "object_id": contact, "said": {}, "changed_at": now}
    record = insert(CrmRecord, connection_id=crm, crm_id="P1", **about)
    insert(CrmConflict, record_id=record, field="name", winner=Side.CRM, found_at=now, **_canaries(CrmConflict))


def _plant_webhook(account: int) -> None:
    now = clock.now()
    who: dict[str, Any] = {"url": "x", "description": "", "events": [], "details": False, "state": HookState.ACTIVE}
    hook = insert(Webhook, **who, secret="x", created_by="x", created_at=now)
    event = insert(WebhookEvent, public_id="m", type=NewsType.GATE_OPENED, account_id=account, data={}, occurred_at=now)
    on_its_way = {"state": DeliveryState.DELIVERED, "attempts": 1, "next_try_at": now, "created_at": now}
    delivery = insert(WebhookDelivery, webhook_id=hook, event_id=event, account_id=account, **on_its_way)
    insert(WebhookAttempt, delivery_id=delivery, at=now, took_ms=1, **_canaries(WebhookAttempt))


def _plant_answers(about: dict[str, Any]) -> None:
    now = clock.now()
    asked = about | {"created_by": "x", "created_at": now, "expires_at": now + timedelta(days=9)}
    invitation = insert(Invitation, **asked | _canaries(Invitation))
    said = about | {"source": "x", "score": 9, "responded_at": now}
    how = {"channel": "email", "role": "user", "created_at": now}
    response = insert(Response, **said | how | _canaries(Response))
    insert(CallWish, response_id=response, asked_at=now, **_canaries(CallWish))
    insert(ResponseVersion, response_id=response, version=1, replaced_at=now, **_canaries(ResponseVersion))
    out = {"response_id": 99, "reason": ExclusionCause.DUPLICATE, "excluded_by": "x", "own_account": False, "excluded_at": now}
    canaries = _canaries(ResponseExclusion)
    canaries["content"] |= {"versions": [[1, DOCUMENT, 0, "x", "mistyped", CANARY]], "content_digest": CANARY}
    insert(ResponseExclusion, **said | out | canaries)
    mine = {"invitation_id": invitation}
    insert(SurveyMail, **mine, number=0, kind=MailKind.INVITATION, message_id="m", queued_at=now, **_canaries(SurveyMail))
    insert(ProvisionalMark, **mine, score=1, at=now, **_canaries(ProvisionalMark))
    insert(ScannerSign, **mine, kind=SignKind.DECOY, at=now, **_canaries(ScannerSign))
    insert(Submission, **mine, form="answer", state="held", received_at=now, **_canaries(Submission))
    came = {"connector_id": make_connector(ConnectorKind.GENERIC), "digest": "d", "content_type": "x", "received_at": now}
    insert(InboundEvent, **came, state=EventState.DONE, attempts=0, **_canaries(InboundEvent))


def _canaries(model: type[Model]) -> dict[str, Any]:
    table = model.__table__
    return {column.name: _canary(column) for column in table.columns if f"{table.name}.{column.name}" in COLUMNS}


def _canary(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.LargeBinary):
        return CANARY.encode()
    return dict(DOCUMENT) if "JSON" in type(column.type).__name__ else CANARY


def _columns_with_canaries() -> list[str]:
    found = []
    for table in Model.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)).mappings():
            found += [f"{table.name}.{name}" for name, value in row.items() if "canary" in str(value).lower()]
    return sorted(set(found))


def erase(contact_id: int) -> None:
    with transaction():
        erase_person(contact_id, ErasureReason.REQUESTED, actor="user:1")
    assert clean_up() == 1


def test_no_column_keeps_it(planted: int) -> None:
    assert models_registry.accounts
    assert _columns_with_canaries() == COLUMNS
    erase(planted)
    assert _columns_with_canaries() == []


@pytest.mark.skipif(USE_POSTGRESQL, reason="PostgreSQL's files are its own; VACUUM frees them")
def test_no_file_and_no_log_keeps_it(
    planted: int, app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings, folder = app.extensions["closedloop_settings"], Path(app.extensions["closedloop_settings"].data_dir)
    monkeypatch.setattr(settings, "caught_mail_dir", folder / "mails")
    mail = EmailMessage()
    mail["To"], mail["From"], mail["Subject"] = CANARY, "us@us.example", "A question"
    mail.set_content("Hello")
    MailFolder(folder / "mails").keep(mail.as_bytes())
    db.session.rollback()
    assert clear_files()
    assert {"closedloop.db", "1.eml"} <= _files_with_canaries(folder)
    caplog.set_level(logging.DEBUG, logger="closedloop")
    erase(planted)
    db.session.rollback()
    assert _files_with_canaries(folder) == set()
    assert "canary" not in caplog.text.lower()


def _files_with_canaries(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and b"canary" in path.read_bytes().lower()}
