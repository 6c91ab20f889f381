"""What is deleted after its time, and that no figure changes by it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role, Viewer
from feedback.extensions import db
from feedback.inlets.models import InboundEvent
from feedback.inlets.rules.kinds import ConnectorKind, EventState
from feedback.kernel import clock
from feedback.listening import service
from feedback.listening.models import SurveyMail, WaveExclusion
from feedback.listening.rules.states import ExclusionReason
from feedback.reporting.coverage import CoverageFilter, coverage
from feedback.reporting.defect_board import BoardFilters
from feedback.reporting.honesty import honesty_board
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from jobs import purge_records
from tests.factories import make_account
from tests.slices.inlets.senders import make_connector, send_typeform, typeform
from tests.slices.listening.asking import ask, draw_up, start

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EXECUTIVE = Viewer("user", "X", 1, Role.EXECUTIVE)


@pytest.fixture(autouse=True)
def monday(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(MONDAY):
        yield


def purge(days: int) -> None:
    with clock.frozen(MONDAY + timedelta(days=days)):
        purge_records.run()


def rows(*columns: Any) -> list[Any]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(columns[0]))]


def a_wave() -> None:
    """Two people who were asked long ago, one of whom is still under way, and one who was taken off."""
    for name in ("Ended", "Under way", "Taken off"):
        ask(make_account(name=name), name=name)
    wave_id = draw_up()
    with transaction():
        service.take_off(wave_id, 3, 3, ExclusionReason.SENSITIVE_TALKS, "Talks about the renewal", actor="user:1")
    start(wave_id)
    for contact, state in ((1, InvitationState.EXPIRED), (2, InvitationState.SENT)):
        with transaction() as session:
            mine = sa.update(Invitation).where(Invitation.contact_id == contact).returning(Invitation.id)
            [invitation] = session.execute(mine.values(state=state, sent_at=MONDAY)).one()
            mail = {"invitation_id": invitation, "number": 0, "kind": "invitation", "message_id": f"<{contact}@x>"}
            session.execute(sa.insert(SurveyMail).values(**mail, queued_at=MONDAY))


def test_the_receipts_of_mails_go_after_two_years_but_not_while_they_are_needed() -> None:
    a_wave()
    purge(729)
    assert rows(SurveyMail.message_id) == [("<1@x>",), ("<2@x>",)]
    purge(731)
    assert rows(SurveyMail.message_id) == [("<2@x>",)]


def test_the_words_about_who_was_taken_off_go_and_the_line_stays() -> None:
    a_wave()
    purge(1094)
    assert rows(WaveExclusion.note) == [("Talks about the renewal",)]
    purge(1096)
    assert rows(WaveExclusion.note, WaveExclusion.reason) == [("", ExclusionReason.SENSITIVE_TALKS)]


def test_no_figure_changes_by_it() -> None:
    a_wave()

    def figures() -> tuple[Any, ...]:
        board, whole = honesty_board(EXECUTIVE, BoardFilters(survey="")), coverage(EXECUTIVE, CoverageFilter())
        owners = [(line.owner, line.seen) for line in board.owners]
        return board.total, board.unhappy, owners, whole.asked, whole.bounced, whole.roles, whole.silent_people

    before = figures()
    purge(5000)
    assert rows(SurveyMail.message_id) == [("<2@x>",)]
    assert figures() == before


@pytest.fixture
def received(client: FlaskClient) -> None:
    """An answer, the same once more, one that came too late, and one of nobody."""
    make_account(external_id="acme")
    make_connector(ConnectorKind.TYPEFORM)
    send_typeform(client, typeform("a1", score=3, at="2026-11-20T10:00:00Z", event="new"))
    send_typeform(client, typeform("a1", score=9, at="2026-11-19T10:00:00Z", event="old"))
    send_typeform(client, typeform("a2", account="ghost"))


def states() -> list[EventState]:
    return [state for _id, state in rows(InboundEvent.id, InboundEvent.state)]


def test_what_nobody_can_replay_any_more_leaves_the_quarantine(received: None) -> None:
    assert states() == [EventState.DONE, EventState.SUPERSEDED, EventState.QUARANTINED]
    purge(89)
    assert states()[2] is EventState.QUARANTINED
    purge(91)
    assert states()[2] is EventState.DISCARDED


def test_events_without_an_answer_go_and_the_receipt_of_the_answer_stays(received: None) -> None:
    purge(91)
    purge(731)
    assert states() == [EventState.DONE]


def test_an_old_event_that_is_sent_again_after_years_changes_nothing(client: FlaskClient, received: None) -> None:
    purge(91)
    purge(2000)
    send_typeform(client, typeform("a1", score=9, at="2026-11-19T10:00:00Z", event="old"))
    assert (states(), rows(Response.score)) == ([EventState.DONE, EventState.SUPERSEDED], [(3,)])


def test_without_its_answer_a_receipt_goes_too(received: None) -> None:
    with transaction() as session:
        session.execute(sa.delete(Response))
    purge(91)
    purge(731)
    assert states() == []
