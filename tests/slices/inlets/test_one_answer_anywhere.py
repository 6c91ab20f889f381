"""One invitation, one answer, whichever ways in are used at the same moment."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.closed_loop import batches
from feedback.closed_loop.drafts import AnswerDraft
from feedback.closed_loop.interviews import InterviewDraft, note_interview
from feedback.extensions import db
from feedback.inlets import receiving
from feedback.kernel import clock
from feedback.kernel.errors import DomainError
from feedback.surveys.models import Response
from feedback.surveys.people.models import Submission, SubmissionState
from feedback.uow import transaction
from jobs import release_held_answers
from tests.factories import make_user
from tests.slices.inlets.senders import generic, standard_sender
from tests.slices.inlets.test_embedding import Site
from tests.slices.test_survey_page import Page

EACH, PAGE = 3, {"User-Agent": "Mozilla/5.0 (X11)"}


def test_every_way_in_at_once_is_one_answer(app: Flask, client: FlaskClient) -> None:
    """The page, the form in another site (the same link), the acceptor, a webhook, a call, a held answer that is released."""
    receiving._refused.clear()
    site = Site(app, client)
    link = f"/s/{site.token(site.context())}"
    sender = standard_sender(app, client, mapping={"token": "/token", "account": "", "contact": ""})
    with app.app_context():
        viewer = get_viewer(make_user(Role.ADMIN))
    with clock.frozen(clock.now() - timedelta(minutes=6)):
        pages = [Page(app.test_client().get(link)).hidden for _ in range(EACH)]
        _hold(app, link)

    def page(number: int) -> None:
        app.test_client().post(link, data=pages[number] | {"score": str(number)}, headers={"User-Agent": "Mozilla/5.0 (iPhone)"})

    def acceptor(number: int) -> None:
        draft = AnswerDraft("acme", number, contact_external_id="ana", source="other", invitation_id=1)
        batches.accept_one(draft, actor="test")

    def webhook(number: int) -> None:
        other = type(sender)(app.test_client(), sender.secret)
        other.send(generic(f"g{number}", token=link.rpartition("/")[2]), f"m{number}")

    def call(number: int) -> None:
        with transaction():
            note_interview(viewer, InterviewDraft(site.account_id, site.contact_id, agreed=True, score=number))

    def release(_number: int) -> None:
        release_held_answers.run()

    _all_at_once(app, [page, acceptor, webhook, call, release])
    with app.app_context():
        assert db.session.execute(sa.select(Response.invitation_id, sa.func.count()).group_by(Response.invitation_id)).all() == [
            (1, 1)
        ]
        assert SubmissionState.HELD not in db.session.scalars(sa.select(Submission.state)).all()


def _hold(app: Flask, link: str) -> None:
    """Somebody whose scanner touched the trap has answered, and waits."""
    client = app.test_client()
    shown = Page(client.get(link, headers=PAGE)).hidden
    client.post(f"{link}/note", data=shown, headers=PAGE)
    again = Page(client.get(link, headers=PAGE)).hidden
    with clock.frozen(clock.now() + timedelta(seconds=5)):
        client.post(link, data=again | {"score": "9"}, headers=PAGE)
    with app.app_context():
        assert db.session.scalars(sa.select(Submission.state).where(Submission.state == SubmissionState.HELD)).all()


def _all_at_once(app: Flask, ways: list[Callable[[int], None]]) -> None:
    start, failed = threading.Barrier(len(ways) * EACH), []

    def one(way: Callable[[int], None], number: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with suppress(DomainError):
                    way(number)
            except Exception as error:
                failed.append((way.__name__, error))

    threads = [threading.Thread(target=one, args=(way, number)) for way in ways for number in range(EACH)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failed == []
