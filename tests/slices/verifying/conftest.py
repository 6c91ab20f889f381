"""A fixed issue with the people behind it, a mail server, and a Monday morning."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedback.access.queries import get_viewer
from feedback.access.rules import Role, Viewer
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.gate.standing import standing_of
from feedback.issues.models import Issue, IssueEvent
from feedback.issues.moves import Move, move_issue
from feedback.issues.queries.single import list_commitments
from feedback.issues.rules import IssueState
from feedback.issues.service import keep_commitment
from feedback.issues.working.one_pass import Contact, log_contact
from feedback.kernel import clock
from feedback.outbox.models import OutboxMessage
from feedback.uow import transaction
from jobs import release_held_answers, send_surveys
from tests.factories import make_account, make_defect, make_team, make_user
from tests.logins import as_user
from tests.slices.issues.answers import accept, catch_all, make_answer
from tests.slices.listening.asking import ask
from tests.slices.test_survey_page import Page
from tests.smtp import Mailbox, mail_server

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


def forget_request() -> None:
    """These tests keep one app context open, and what a request found out about its visitor would stay in it for the next."""
    db.session.rollback()
    vars(g._get_current_object()).clear()


@dataclass
class World:
    """One issue of one account. Times are hours after Monday morning."""

    app: Flask
    client: FlaskClient
    box: Mailbox
    owner: int
    manager: int
    account: int
    people: list[int]
    issue: int
    hours: float = 0.0

    def at(self, hours: float) -> Any:
        self.hours = hours
        return clock.frozen(MONDAY + timedelta(hours=hours))

    @property
    def viewer(self) -> Viewer:
        return get_viewer(self.owner)

    def move(self, to: IssueState, **facts: Any) -> None:
        with transaction():
            move_issue(self.issue, Move(to, **facts), viewer=self.viewer)

    def fix(self) -> None:
        self._call_all()
        self.mend()

    def begin_fix(self) -> None:
        self._call_all()
        self._plan()

    def _call_all(self) -> None:
        with transaction():
            log_contact(self.issue, Contact("Called", also_contact_ids=self.people[1:]), viewer=self.viewer)

    def _plan(self) -> None:
        self.move(IssueState.DIAGNOSED, root_cause="A paper form")
        self.move(IssueState.IN_FIX, fix_due_at=clock.now() + timedelta(days=3), commitment="No paper")

    def mend(self) -> None:
        self._plan()
        self.move(IssueState.FIXED, fix_summary="The form is gone")
        with transaction():
            for made in list_commitments(self.issue):
                keep_commitment(self.issue, made.id, viewer=self.viewer)

    def row(self) -> Issue:
        db.session.rollback()
        return db.session.scalars(sa.select(Issue).where(Issue.id == self.issue)).one()

    def mails(self, hours: float) -> list[Any]:
        """What has arrived in all when everything due until then has left."""
        with self.at(hours):
            send_surveys.send()
        return self.box.mails

    def links(self) -> list[str]:
        texts = [mail.get_body(("plain",)).get_content() for mail in self.box.mails]
        return [found.group() for text in texts if (found := re.search(r"/v/[\w-]+", text))]

    def as_owner(self) -> FlaskClient:
        forget_request()
        return as_user(self.app.test_client(), self.owner)

    def post(self, **body: Any) -> TestResponse:
        with self.at(self.hours):
            return self.as_owner().post(f"/api/v1/issues/{self.issue}/verifications", json=body)

    def shown(self) -> Any:
        with self.at(self.hours):
            response = self.as_owner().get(f"/api/v1/issues/{self.issue}/verifications")
            assert response.status_code == 200, response.text
            return response.json

    def band(self) -> str:
        db.session.rollback()
        with self.at(self.hours):
            return standing_of(self.account, clock.now()).issues.value

    def events(self, kind: str) -> list[dict[str, Any]]:
        query = sa.select(IssueEvent.data).where(IssueEvent.issue_id == self.issue, IssueEvent.kind == kind)
        return list(db.session.scalars(query.order_by(IssueEvent.id)))

    def notices(self) -> list[dict[str, Any]]:
        return list(db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user")))

    def told(self, kind: str) -> set[int]:
        return {row["user_id"] for row in self.notices() if row["kind"] == kind}

    def release(self, hours: float) -> str | None:
        with self.at(hours):
            return release_held_answers.run()


class Reader:
    """Somebody, or something, with a browser at a link. Times are seconds after `start` hours."""

    def __init__(self, world: World, link: str, start: float, agent: str = BROWSER) -> None:
        self.world, self.link, self.start, self.headers = world, link, start, {"User-Agent": agent}
        self.client = world.app.test_client()
        self.page: Page | None = None

    def open(self, seconds: float = 0, query: str = "") -> TestResponse:
        forget_request()
        with self.world.at(self.start + seconds / 3600):
            response = self.client.get(self.link + query, headers=self.headers)
        if response.status_code == 200:
            self.page = Page(response)
        return response

    def say(self, seconds: float, answer: str, comment: str = "", **more: str) -> TestResponse:
        assert self.page is not None
        forget_request()
        data = self.page.hidden | {"answer": answer, "comment": comment} | more
        with self.world.at(self.start + seconds / 3600):
            response = self.client.post(self.link, data=data, headers=self.headers)
        if response.status_code == 422:
            self.page = Page(response)
        return response

    def touch(self, seconds: float) -> TestResponse:
        """Send the form that nobody sees."""
        forget_request()
        with self.world.at(self.start + seconds / 3600):
            hidden = self.page.hidden if self.page else {}
            return self.client.post(f"{self.link}/note", data=hidden, headers=self.headers)


def found(app: Flask, client: FlaskClient, box: Mailbox, *scores: int) -> World:
    """A world with so many voices, the first of a decision maker."""
    team = make_team()
    owner, manager = make_user(Role.FRONTLINE, team_id=team, name="Ana"), make_user(Role.ACCOUNT_MANAGER)
    catch_all(team)
    account, defect = make_account(owner_id=manager), make_defect("late", wording={"en": "My claim took too long"})
    roles = [ContactRole.DECISION_MAKER] + [ContactRole.USER] * (len(scores) - 1)
    people = [ask(account, role, language="en") for role in roles]
    answers = [
        make_answer(account, score, contact_id=person, role=role, defects=((defect, "service"),))
        for person, role, score in zip(people, roles, scores, strict=True)
    ]
    issue = accept(*answers)[answers[0].response_id]
    return World(app, client, box, owner, manager, account, people, issue)


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with app.app_context(), mail_server() as box:
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield box
        app.extensions["closedloop_settings"].smtp_url = ""


@pytest.fixture
def world(app: Flask, client: FlaskClient, box: Mailbox) -> World:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3)
        world.fix()
    return world


@pytest.fixture
def three(app: Flask, client: FlaskClient, box: Mailbox) -> World:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5, 6)
        world.fix()
    return world


@pytest.fixture
def reader(world: World) -> Reader:
    world.mails(0.1)
    return Reader(world, world.links()[0], 1)
