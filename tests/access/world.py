"""A small company for the policy matrix: two of everything, mine and somebody else's, made through the public routes."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import ApiToken, User, WebSession
from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Account
from feedback.calendars.service import CalendarDraft, create_calendar
from feedback.extensions import db
from feedback.gate.overriding.models import GateOverride
from feedback.gate.overriding.rules import OverrideReason, OverrideState
from feedback.gate.rules import Intent, Outcome
from feedback.inlets.embedding import KeyDraft, create_key
from feedback.inlets.rules.kinds import ConnectorKind, Scheme
from feedback.issues.models import Commitment, Issue, IssueVoice
from feedback.issues.rules.mistakes import MistakeState
from feedback.issues.working.models import Concession, IssueMistake, ProgressTemplate, RootCause
from feedback.issues.working.rules import ConcessionState
from feedback.kernel import clock
from feedback.listening.drafts import WaveDraft
from feedback.listening.service import create_wave
from feedback.outer_loop.disruptions import DisruptionDraft, declare_disruption
from feedback.outer_loop.initiatives import InitiativeDraft, propose_initiative
from feedback.outer_loop.models import FollowUpItem
from feedback.outer_loop.rules.scope import Reach
from feedback.partners.crm.connections import CrmDraft, create_connection
from feedback.partners.crm.models import CrmConflict, CrmRecord
from feedback.partners.crm.rules import Kind, Side, Vendor
from feedback.partners.news import News, add_delivery, add_event
from feedback.partners.rules.news import NewsType
from feedback.partners.webhooks import WebhookDraft, create_webhook
from feedback.permission.models import ConsentEvent, CountryPolicy, SubjectRequest, Suppression
from feedback.permission.rights import RequestKind, RequestState
from feedback.permission.rules import Channel as ConsentChannel
from feedback.permission.rules import ConsentAction, Coverage, LawfulStance, Purpose, SuppressionReason
from feedback.planning.models import AccountPlan
from feedback.planning.parts import Part, add_part
from feedback.planning.rules.states import ConditionKind, PeriodKind
from feedback.planning.service import PlanDraft, make_plan
from feedback.staffing.models import Absence, Skill
from feedback.staffing.rules import span_of
from feedback.surveys.models import SurveyProgram
from feedback.telling.hooks import HookDraft, create_hook
from feedback.telling.models import NoticeDelivery
from feedback.telling.rules.plans import Reason
from feedback.telling.rules.topics import Channel, Mode
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_defect, make_team, make_user
from tests.logins import as_user, token
from tests.slices.inlets.senders import SECRET, make_connector

PEOPLE = [*(role.value for role in Role), "lead"]
TOKENS = ["read", "write", "gate", "admin"]
NOBODIES = ["anonymous", "deactivated", "expired session", "revoked token", "unknown token"]
ABSENT = 2_000_000_000


@dataclass
class World:
    """`own` and `other` hold an id per kind of object; `other` is out of the reach of everybody with a limited scope."""

    app: Flask
    own: dict[str, int] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)

    def client(self, principal: str) -> FlaskClient:
        """A client of this principal."""
        client = self.app.test_client()
        if principal in PEOPLE:
            return as_user(client, self.people[principal])
        if principal in TOKENS:
            client.environ_base["HTTP_AUTHORIZATION"] = token(self.app, principal)["Authorization"]
        elif principal != "anonymous":
            getattr(self, "_" + principal.replace(" ", "_"))(client)
        return client

    def viewer(self, principal: str) -> Viewer:
        """The viewer that this principal is."""
        with self.app.app_context():
            if principal in PEOPLE:
                return get_viewer(self.people[principal])
            return Viewer(kind="token", name="test", token_scopes=frozenset({principal}))

    def _deactivated(self, client: FlaskClient) -> None:
        as_user(client, self.people["admin"])
        with self.app.app_context(), transaction() as session:
            session.execute(sa.update(User).where(User.id == self.people["admin"]).values(active=False))

    def _expired_session(self, client: FlaskClient) -> None:
        as_user(client, self.people["admin"])
        with self.app.app_context(), transaction() as session:
            session.execute(sa.update(WebSession).values(expires_at=clock.now() - timedelta(seconds=1)))

    def _revoked_token(self, client: FlaskClient) -> None:
        client.environ_base["HTTP_AUTHORIZATION"] = token(self.app)["Authorization"]
        with self.app.app_context(), transaction() as session:
            session.execute(sa.update(ApiToken).values(revoked_at=clock.now()))

    def _unknown_token(self, client: FlaskClient) -> None:
        client.environ_base["HTTP_AUTHORIZATION"] = "Bearer nobody"


class SavedWorld:
    """Making the company takes longer than a test: on SQLite it is made once, and its file copied before each test."""

    def __init__(self, app: Flask, copy: Path) -> None:
        self._app, self._copy = app, copy
        self._world: World | None = None

    def restore(self) -> World:
        """The company in a database that was empty before."""
        url = self._app.config["SQLALCHEMY_DATABASE_URI"]
        if not url.startswith("sqlite"):
            return make_world(self._app)
        file = Path(url.removeprefix("sqlite:///"))
        if self._world is None:
            self._world = make_world(self._app)
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(self._copy)) as target:
                source.backup(target)
            return self._world
        with self._app.app_context():
            db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        shutil.copy(self._copy, file)
        return self._world


def make_world(app: Flask) -> World:
    """Accounts with a contact, an answer, an issue and a decision each."""
    world = World(app)
    with app.app_context():
        teams = {"own": make_team(), "other": make_team()}
        for role in Role:
            world.people[role.value] = make_user(role, team_id=teams["own"] if role is Role.FRONTLINE else None)
        world.people["lead"] = make_user(Role.FRONTLINE, team_id=teams["own"], leads_team=True)
        strangers = {"own": world.people["account_manager"], "other": make_user(Role.ACCOUNT_MANAGER)}
    for side, ids in (("own", world.own), ("other", world.other)):
        _fill(world, side, ids, owner_id=strangers[side], team_id=teams[side])
    return world


def _fill(world: World, side: str, ids: dict[str, int], *, owner_id: int, team_id: int) -> None:
    client, headers = world.app.test_client(), token(world.app)
    with world.app.app_context():
        ids["team"], ids["user"] = team_id, make_user(Role.FRONTLINE)
        ids["account"] = make_account(external_id=side, owner_id=owner_id, team_id=team_id)
        ids["contact"] = make_contact(ids["account"], external_id=side)
        ids["defect"] = make_defect()
        ids |= _grounds(side, ids["contact"])
        ids["colleague"] = world.people["frontline"] if side == "own" else ids["user"]
        ids["skill"] = insert(Skill, code=side, name=side, names={})
        ids["absence"] = _absence(ids["colleague"])
        with transaction():
            ids["calendar"] = create_calendar(side, CalendarDraft("Office", "UTC"), actor="user:1").id
        ids["token"] = db.session.scalar(sa.select(sa.func.max(ApiToken.id))) or 0
    with world.app.app_context(), transaction() as session:
        ids["program"] = session.scalar(sa.select(sa.func.min(SurveyProgram.id))) or 0
        today = clock.now().date()
        ids["wave"] = create_wave(
            WaveDraft("relationship", "Wave", today, today + timedelta(days=6), audience={}), actor="user:1"
        )
    with world.app.app_context():
        with transaction():
            ids["key"] = create_key(KeyDraft(side, "relationship", ["https://shop.example"]), actor="user:1")[0].id
        ids |= _telling(team_id, ids["user"])
        ids["connector"] = make_connector(ConnectorKind.GENERIC, code=side, scheme=Scheme.BEARER)
    came = {"json": {"id": side, "score": 5}, "headers": {"Authorization": f"Bearer {SECRET}"}}
    ids["event"] = client.post(f"/inbound/{side}", **came).get_json()["id"]  # names no account: it goes to quarantine
    answer = {"account_external_id": side, "contact_external_id": side, "score": 2, "external_id": side}
    stored = client.post("/api/v1/responses", json=answer, headers=headers).get_json()
    ids["response"], ids["issue"] = stored["id"], stored["issue_id"]
    stored = client.post("/api/v1/responses", json=answer | {"score": 9, "external_id": f"{side}-2"}, headers=headers).get_json()
    address, why = f"/api/v1/responses/{stored['id']}/exclusion", {"reason": "test", "note": "Not real"}
    ids["exclusion"] = client.post(address, json=why, headers=headers).get_json()["id"]
    ask = {"account_external_id": side, "purpose": "offers", "channel": "email", "initiation": "outbound"}
    ids["decision"] = client.post("/api/v1/gate/evaluate", json=ask, headers=headers).get_json()["decision_id"]
    called = {"account_external_id": side, "channel": "phone", "outcome": "no_answer"}
    suggested = {"source": "crm", "external_id": side, "account_external_id": side, "trigger": "other"}
    ids["sales_play"] = client.post("/api/v1/sales-plays", json=suggested, headers=headers).get_json()["id"]
    ids["sales_contact"] = client.post("/api/v1/sales-contacts", json=called, headers=headers).get_json()["id"]
    with world.app.app_context():
        ids |= _outer_loop(ids["account"], Viewer(kind="token", name="test"))
        ids |= _work(side, ids["issue"])
        ids["override"] = _override(ids["account"])
        ids |= _plan(ids["account"])
        ids |= _webhook(ids["account"])
        ids |= _crm(side, ids["account"])
    with world.app.app_context(), transaction() as session:
        session.execute(sa.update(Issue).where(Issue.id == ids["issue"]).values(team_id=team_id, owner_id=None))
        promise = {"issue_id": ids["issue"], "text": "x", "due_at": clock.now(), "created_at": clock.now()}
        ids["commitment"] = session.execute(sa.insert(Commitment).values(**promise)).inserted_primary_key[0]
        ids["voice"] = session.scalar(sa.select(sa.func.min(IssueVoice.id)).where(IssueVoice.issue_id == ids["issue"])) or 0
        session.execute(sa.update(Account).where(Account.id == ids["account"]).values(team_id=team_id))


def _outer_loop(account_id: int, viewer: Viewer) -> dict[str, int]:
    """An initiative, and a disruption that is over, with its follow-up."""
    over = DisruptionDraft(
        "Down", Reach(account_ids=(account_id,)), ends_at=clock.now(), starts_at=clock.now() - timedelta(days=1)
    )
    with transaction() as session:
        made = declare_disruption(over, viewer=viewer).id
        item = session.scalars(sa.select(FollowUpItem).where(FollowUpItem.account_id == account_id)).one()
        initiative = propose_initiative(InitiativeDraft("Better"), viewer=viewer).id
        return {"disruption": made, "batch": item.batch_id, "item": item.id, "initiative": initiative}


def _grounds(side: str, contact_id: int) -> dict[str, int]:
    """An entry of the stop list, and a row about a country that waits for a second person."""
    listed = {"reason": SuppressionReason.MANUAL, "covers": Coverage.SURVEYS, "created_by": "x", "created_at": clock.now()}
    row = {"country": "AQ", "purpose": Purpose.OFFERS, "stance": LawfulStance.NEVER, "reason": "x"}
    asked = {"kind": RequestKind.ACCESS, "state": RequestState.OPEN, "recorded_by": "x", "recorded_at": clock.now()}
    asked |= {"received_on": clock.now().date(), "due_on": clock.now().date() + timedelta(days=30)}
    said = {"purpose": Purpose.SERVICE, "channel": ConsentChannel.POST, "action": ConsentAction.GRANTED, "recorded_by": "x"}
    said |= {"occurred_at": clock.now(), "recorded_at": clock.now()}
    times = {"effective_at": clock.now(), "proposed_at": clock.now(), "proposed_by": "x"}
    return {
        "suppression": insert(Suppression, address=f"{side}@example.com", **listed),
        "country_policy": insert(CountryPolicy, **row, **times),
        "subject_request": insert(SubjectRequest, contact_id=contact_id, **asked),
        "consent": insert(ConsentEvent, contact_id=contact_id, **said),
    }


def _telling(team_id: int, user_id: int) -> dict[str, int]:
    """A chat that nobody can reach, and a notice that somebody turned off."""
    about = {"message_key": "k", "user_id": user_id, "kind": "issue_opened", "created_at": clock.now()}
    off = {"channel": Channel.MAIL, "mode": Mode.OFF, "reason": Reason.CHOICE}
    with transaction():
        hook = create_hook(HookDraft("Chat", "https://nobody.invalid/hook", team_id), actor="user:1").id
    return {"hook": hook, "delivery": insert(NoticeDelivery, **about, **off)}


def _work(side: str, issue_id: int) -> dict[str, int]:
    """A cause, a template, and a concession that somebody else asked for."""
    asked = {"amount": 5.0, "currency": "EUR", "reason": "x", "state": ConcessionState.REQUESTED, "requested_at": clock.now()}
    said = {"reason": "x", "state": MistakeState.CLAIMED, "claimed_at": clock.now()}
    return {
        "cause": insert(RootCause, name=side, names={}, place=1, created_at=clock.now()),
        "template": insert(ProgressTemplate, name=side, letters={"en": {"subject": "x", "text": "x"}}, created_at=clock.now()),
        "mistake": insert(IssueMistake, issue_id=issue_id, claimed_by_id=make_user(Role.FRONTLINE), **said),
        "concession": insert(Concession, issue_id=issue_id, requested_by_id=make_user(Role.FRONTLINE), **asked),
    }


def _override(account_id: int) -> int:
    """An exception that somebody else asked for."""
    asked = {"purpose": Purpose.OFFERS, "outcome": Outcome.HOLD, "reason": OverrideReason.OTHER, "note": "x", "days": 1}
    asked |= {"state": OverrideState.REQUESTED, "requested_by_id": make_user(Role.ACCOUNT_MANAGER), "requested_at": clock.now()}
    return insert(GateOverride, account_id=account_id, **asked)


def _crm(side: str, account_id: int) -> dict[str, int]:
    """A CRM that nobody can reach, and a field that both say differently."""
    with transaction():
        crm = create_connection(CrmDraft(side, Vendor.HUBSPOT, "x", address="https://nobody.invalid"), actor="user:1").id
    about = {"connection_id": crm, "kind": Kind.ACCOUNTS, "object_id": account_id, "said": {}, "changed_at": clock.now()}
    record = insert(CrmRecord, crm_id=side, **about)
    differs = {"ours": "a", "theirs": "b", "winner": Side.OURS, "found_at": clock.now()}
    return {"connection": crm, "conflict": insert(CrmConflict, record_id=record, field="industry", **differs)}


def _webhook(account_id: int) -> dict[str, int]:
    """A webhook that nobody can reach, and news on its way there."""
    with transaction():
        draft = WebhookDraft("https://nobody.invalid/hook", [NewsType.GATE_OPENED])
        webhook_id = create_webhook(draft, actor="user:1")[0].id
        delivery = add_delivery(webhook_id, add_event(News(NewsType.GATE_OPENED, account_id, {}, clock.now())))
        db.session.flush()
        return {"webhook": webhook_id, "webhook_delivery": delivery.id}


def _plan(account_id: int) -> dict[str, int]:
    """A draft with one part of each kind."""
    viewer, day = Viewer(kind="token", name="test", token_scopes=frozenset({"write"})), date(2099, 1, 1)
    drafts: dict[Part, dict[str, Any]] = {
        Part.OBJECTIVE: {"text": "x"},
        Part.CONDITION: {"kind": ConditionKind.WALLET},
        Part.INTENT: {"intent": Intent.UPSELL, "product": "x"},
        Part.REVIEW: {"starts_at": clock.now() + timedelta(days=9)},
        Part.PROMISE: {"text": "x", "due_on": clock.now().date() + timedelta(days=9)},
    }
    with transaction() as session:
        plan = make_plan(PlanDraft(account_id, PeriodKind.YEAR, day), viewer=viewer)
        ids = {part.value: add_part(part, plan.id, said, version=plan.version, viewer=viewer) for part, said in drafts.items()}
        session.execute(sa.update(AccountPlan).where(AccountPlan.id == plan.id).values(version=1))
        return ids | {"plan": plan.id}


def _absence(user_id: int) -> int:
    first, last = date(2099, 1, 1), date(2099, 1, 2)
    starts_at, ends_at = span_of(first, last, "UTC")
    days = {"first_day": first, "last_day": last, "starts_at": starts_at, "ends_at": ends_at}
    return insert(Absence, user_id=user_id, entered_by="test", created_at=clock.now(), **days)


__all__ = ["ABSENT", "NOBODIES", "PEOPLE", "TOKENS", "SavedWorld", "World", "make_world"]
