"""One token, one answer, whoever sends how often at once. `benchmarks.one_answer` does the same with a thousand tokens."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from feedback.audit.models import AuditEvent
from feedback.closed_loop import batches, page_answers
from feedback.closed_loop.drafts import AnswerDraft
from feedback.closed_loop.intake import identity
from feedback.closed_loop.page_answers import PageAnswer, Told, Words
from feedback.extensions import db
from feedback.kernel import clock
from feedback.surveys.models import Invitation, Response
from feedback.surveys.people.models import Submission
from feedback.surveys.personal_links import find_asked
from feedback.surveys.service import invite_contact
from feedback.surveys.tokens import token_digest
from feedback.uow import transaction
from tests.factories import make_account, make_contact
from tests.slices.test_survey_page import Page

TOKENS, AT_ONCE = 4, 12


@pytest.fixture
def links(app: Flask) -> list[str]:
    with app.app_context():
        account = make_account(external_id="acme")
        contacts = [make_contact(account, external_id=f"c{number}") for number in range(TOKENS)]
        with transaction():
            return [urlsplit(invite_contact(account, contact, actor="test").url).path for contact in contacts]


def all_at_once(app: Flask, links: list[str], *, beside: bool = False) -> list[int]:
    """Each link from many devices, and maybe by another way in, at the same moment; the statuses."""
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        views = {link: [Page(app.test_client().get(link)).hidden for _ in range(AT_ONCE)] for link in links}
    start, found = threading.Barrier(len(links) * AT_ONCE * (2 if beside else 1)), []

    def page(link: str, number: int) -> None:
        client = app.test_client()
        start.wait()
        form = views[link][number] | {"score": str(number % 11), "comment": f"{number}"}
        with suppress(IntegrityError, UniqueViolation):  # a 500 for a browser; the tests of the second wall ask for it
            found.append(client.post(link, data=form).status_code)

    def other(place: int, number: int) -> None:
        draft = AnswerDraft("acme", number % 11, contact_external_id=f"c{place}", source="other", invitation_id=place + 1)
        with app.app_context():
            start.wait()
            batches.accept_one(draft, actor="test")

    threads = [threading.Thread(target=page, args=(link, number)) for link in links for number in range(AT_ONCE)]
    if beside:
        threads += [threading.Thread(target=other, args=(place, n)) for place in range(TOKENS) for n in range(AT_ONCE)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return found


def answers(app: Flask) -> list[int]:
    """How many answers each invitation has."""
    with app.app_context():
        counted = sa.func.count(Response.id)
        query = sa.select(counted).select_from(Invitation).outerjoin(Response, Response.invitation_id == Invitation.id)
        return list(db.session.scalars(query.group_by(Invitation.id)))


@pytest.mark.parametrize("beside", [False, True], ids=["page", "page-and-acceptor"])
def test_many_at_once_are_one_answer_each(app: Flask, links: list[str], beside: bool) -> None:
    statuses = all_at_once(app, links, beside=beside)
    assert statuses == [200] * TOKENS * AT_ONCE
    assert answers(app) == [1] * TOKENS


def test_the_database_refuses_a_second_one_by_itself(app: Flask, links: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_find_known", lambda *_: {})
    monkeypatch.setattr("feedback.closed_loop.page_answers.find_given", lambda _: None)
    all_at_once(app, links)
    assert answers(app) == [1] * TOKENS


def test_without_both_walls_there_would_be_more(app: Flask, links: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """So the tests above can fail."""
    monkeypatch.setattr(identity, "_find_known", lambda *_: {})
    monkeypatch.setattr("feedback.closed_loop.page_answers.find_given", lambda _: None)
    with app.app_context(), transaction() as session:
        session.execute(sa.text("DROP INDEX ix_response_invitation_id"))
    try:
        all_at_once(app, links)
        assert max(answers(app)) > 1
    finally:
        with app.app_context(), transaction() as session:
            session.execute(sa.delete(Response))
            [index] = [one for one in Response.__table__.indexes if one.name == "ix_response_invitation_id"]
            index.create(session.connection())


def test_a_group_is_as_if_one_after_the_other(app: Flask, links: list[str]) -> None:
    """Four forms in one transaction: one with an unknown reason, and two that say different things over one link."""
    said = [(0, 9, ()), (1, 3, ("no-such",)), (2, 4, ()), (2, 8, ())]
    forms = [_form(links[place], score, defects, f"view{number}") for number, (place, score, defects) in enumerate(said)]
    with app.app_context():
        with transaction():
            answers = [form() for form in forms]
            told = page_answers._take_all(answers)
        assert [getattr(one, "code", one) for one in told] == [Told.STORED, "unknown_code", Told.STORED, Told.STORED]
        scores = sa.select(Response.invitation_id, Response.score, Response.version).order_by(Response.invitation_id)
        assert [tuple(row) for row in db.session.execute(scores)] == [(1, 9, 1), (3, 8, 2)]
        made = sa.select(AuditEvent.actor).where(AuditEvent.action == "response.created").order_by(AuditEvent.id)
        assert list(db.session.scalars(made)) == ["invitation:1", "invitation:3"]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 3


def _form(link: str, score: int, defects: tuple[str, ...], view: str) -> Callable[[], PageAnswer]:
    def read() -> PageAnswer:
        asked = find_asked(token_digest(link.rpartition("/")[2]))
        assert asked is not None
        return PageAnswer(asked, Words(score, "", defects, "en"), view, "client")

    return read
