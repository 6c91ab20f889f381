"""The page on honest programs: whose people were taken off, and how that compares with those who were asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role, Viewer
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import service
from feedback.listening.rules.states import ExclusionReason
from feedback.reporting.defect_board import BoardFilters
from feedback.reporting.honesty import HonestyBoard, honesty_board
from feedback.surveys.models import Invitation, Response
from feedback.surveys.rules import InvitationState, SurveyKind
from feedback.uow import transaction
from tests.factories import insert, make_account, make_survey, make_user
from tests.logins import as_user
from tests.slices.listening.asking import ask, draw_up, start

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday(app: Flask) -> Iterator[None]:
    with app.app_context(), clock.frozen(MONDAY):
        yield


def _said(account: int, contact: int, survey: int, score: int) -> None:
    said = {"source": "test", "content_digest": f"{contact}", "channel": "web", "role": "user", "version": 1}
    at = {"responded_at": MONDAY - timedelta(days=300), "created_at": MONDAY}
    insert(Response, account_id=account, contact_id=contact, survey_id=survey, score=score, **said, **at)


def _wave(owner: int, taken_off: list[int], asked: list[int], *, actor: str = "user:1") -> int:
    """A wave of people with these scores, some of them taken off."""
    survey, off = make_survey(f"of_{owner}", SurveyKind.RELATIONSHIP), []
    for score in taken_off + asked:
        account = make_account(owner_id=owner)
        contact = ask(account)
        _said(account, contact, survey, score)
        off.append((account, contact))
    wave_id = draw_up()
    with transaction():
        for account, contact in off[: len(taken_off)]:
            service.take_off(wave_id, account, contact, ExclusionReason.SENSITIVE_TALKS, "Talks", actor=actor)
    return wave_id


def _board(role: Role = Role.EXECUTIVE, user_id: int = 0, survey: str = "") -> HonestyBoard:
    return honesty_board(Viewer("user", "X", user_id, role), BoardFilters(survey=survey))


def test_who_takes_off_the_unhappy_stands_out() -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    start(_wave(owner, [2, 3, 4, 5], [9] * 16 + [3]))
    board = _board()
    (line,) = board.owners
    assert (line.seen.off_unhappy, line.seen.off_other, line.seen.asked_unhappy, line.seen.asked_other) == (4, 0, 1, 16)
    assert line.stands_out
    assert line.q == pytest.approx(line.test.p)  # type: ignore[union-attr]
    assert (board.total, board.unhappy) == (4, 4)


def test_whose_choice_is_like_the_rest_does_not() -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    start(_wave(owner, [9, 8, 3], [9] * 10 + [3] * 4))
    (line,) = _board().owners
    assert not line.stands_out


def test_an_account_manager_sees_their_own() -> None:
    mine, theirs = make_user(Role.ACCOUNT_MANAGER), make_user(Role.ACCOUNT_MANAGER)
    _wave(mine, [2], [9])
    _wave(theirs, [2, 3], [9])
    assert _board(Role.ACCOUNT_MANAGER, mine).total == 1
    assert _board(Role.FRONTLINE, mine).total == 0
    assert _board().total == 3


def test_by_name_of_whoever_did_it_and_before_the_start_without_a_test() -> None:
    manager = make_user(Role.EXPERIENCE_MANAGER, name="Nora")
    _wave(make_user(Role.ACCOUNT_MANAGER), [2], [9], actor=f"user:{manager}")
    board = _board()
    assert [person.by for person in board.shown] == ["Nora"]
    assert (board.owners, board.bounds) == ([], None)


def test_a_program_can_be_chosen() -> None:
    _wave(make_user(Role.ACCOUNT_MANAGER), [2], [9])
    assert _board(survey="relationship").total == 1
    assert _board(survey="other").total == 0


def test_who_could_not_be_asked_is_not_compared() -> None:
    account = make_account(owner_id=make_user(Role.ACCOUNT_MANAGER))
    fine, refuses = ask(account), ask(account, consents=False, email=None)
    with transaction():
        db.session.get_one(Contact, refuses).email = None
    wave_id = draw_up()
    with transaction():
        for contact in (fine, refuses):
            service.take_off(wave_id, account, contact, ExclusionReason.OTHER, "Talks", actor="user:1")
    ask(make_account())
    start(wave_id)
    board = _board()
    assert [(one.contact_id, one.compared) for one in sorted(board.shown, key=lambda one: one.contact_id)] == [
        (fine, True),
        (refuses, False),
    ]
    assert [line.seen.taken_off for line in board.owners] == [1]


def test_the_answer_before_is_one_of_the_same_kind() -> None:
    account = make_account()
    contact = ask(account)
    _said(account, contact, make_survey("after_claim"), 1)
    wave_id = draw_up()
    with transaction():
        service.take_off(wave_id, account, contact, ExclusionReason.OTHER, "Talks", actor="user:1")
    assert [person.prior_score for person in _board().shown] == [None]


def test_who_was_stopped_after_the_mail_was_asked() -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    start(_wave(owner, [9], [9, 9, 9]))
    with transaction():
        stopped, never_left = db.session.scalars(sa.select(Invitation).where(Invitation.state == "planned").limit(2))
        stopped.state = never_left.state = InvitationState.STOPPED
        stopped.sent_at = MONDAY
    (line,) = _board().owners
    assert line.seen.asked_other == 2


def test_drafts_are_listed_and_in_no_figure() -> None:
    owner = make_user(Role.ACCOUNT_MANAGER)
    _wave(owner, [2, 3], [9])
    board = _board()
    assert (board.total, board.people, board.unhappy, board.of_drafts) == (2, 0, 0, 2)
    start(_wave(make_user(Role.ACCOUNT_MANAGER), [2], [9]))
    board = _board()
    assert (board.total, board.people, board.unhappy, board.of_drafts) == (3, 1, 1, 2)


def test_taken_off_a_draft_and_a_started_wave_counts_as_taken_off() -> None:
    account = make_account(owner_id=make_user(Role.ACCOUNT_MANAGER))
    contact = ask(account)
    _said(account, contact, make_survey("yearly", SurveyKind.RELATIONSHIP), 9)
    ask(make_account())
    for name in ("Draft", "Started"):
        wave_id = draw_up(name=name)
        with transaction():
            service.take_off(wave_id, account, contact, ExclusionReason.OTHER, "Talks", actor="user:1")
    start(wave_id)
    board = _board()
    assert (board.total, board.people, board.unhappy, board.of_drafts) == (2, 1, 0, 0)


def test_the_page_of_drafts_alone_says_that_nobody_was_asked(client: FlaskClient) -> None:
    _wave(make_user(Role.ACCOUNT_MANAGER), [2, 3], [9])
    executive = as_user(client, make_user(Role.EXECUTIVE))
    text = executive.get("/app/honesty").get_data(as_text=True)
    assert "off waves that were started; 2 more off waves that were not" in text
    assert "not started: nobody was asked" in text
    lines = executive.get("/app/honesty.csv").get_data(as_text=True).splitlines()
    assert [line.split(",")[lines[0].split(",").index("wave_was_started")] for line in lines[1:]] == ["false", "false"]


def test_taken_off_twice_is_one_person() -> None:
    account = make_account(owner_id=make_user(Role.ACCOUNT_MANAGER))
    contact = ask(account)
    _said(account, contact, make_survey("yearly", SurveyKind.RELATIONSHIP), 2)
    for name in ("One", "Two"):
        wave_id = draw_up(name=name)
        with transaction():
            service.take_off(wave_id, account, contact, ExclusionReason.OTHER, "Talks", actor="user:1")
        ask(make_account())
        start(wave_id)
    board = _board()
    assert (board.total, board.people, board.unhappy) == (2, 1, 1)
    assert [line.seen.taken_off for line in board.owners] == [1]
