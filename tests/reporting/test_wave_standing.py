"""The monitor of a wave: numbers that add up and are those of the coverage page, and why no mail leaves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards.pages.waves.callbacks import who_at
from feedback.access.rules import Role
from feedback.audit.models import JobRun
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import NotFound, RuleViolation
from feedback.listening import service
from feedback.listening.models import SurveyMail
from feedback.listening.rules.states import ExclusionReason
from feedback.listening.unsubscribe import change_asking
from feedback.outbox.models import OutboxMessage
from feedback.reporting.wave_board import PeopleFilter, WaveBoard, list_waves, wave_board
from feedback.surveys.models import Invitation
from feedback.surveys.programs import add_version
from feedback.surveys.rules import InvitationState, SurveyKind
from feedback.uow import transaction
from jobs import send_surveys
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_survey, make_user
from tests.slices.listening.asking import ACTOR, ask, draw_up, start
from tests.smtp import Mailbox, mail_server

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
SENT = NINE + timedelta(hours=1)


@pytest.fixture
def post(app: Flask) -> Iterator[Mailbox]:
    with mail_server() as box, app.app_context(), clock.frozen(NINE):
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield box
        app.extensions["closedloop_settings"].smtp_url = ""


def _board(wave: int) -> WaveBoard:
    db.session.rollback()
    return wave_board(wave, PeopleFilter(), offset=0, limit=50)


def _stand(account: int, state: InvitationState, wave: int, *, sent: bool) -> int:
    return insert(
        Invitation,
        account_id=account,
        contact_id=ask(account),
        survey_id=1,
        wave_id=wave,
        state=state,
        created_by=ACTOR,
        created_at=NINE,
        send_at=NINE,
        sent_at=SENT if sent else None,
        expires_at=NINE + timedelta(days=30),
    )


def test_everybody_of_a_wave_is_in_one_of_its_numbers(post: Mailbox) -> None:
    account = make_account()
    ask(account)
    wave = draw_up()
    start(wave)
    for state, sent in (
        ("sent", 1),
        ("stopped", 1),
        ("stopped", 0),
        ("bounced", 1),
        ("failed", 0),
        ("skipped", 0),
        ("expired", 1),
    ):
        _stand(account, InvitationState(state), wave, sent=bool(sent))
    board = _board(wave)
    line = board.line
    parts = (line.asked, line.waiting, line.left_out, line.undelivered, line.called_off)
    assert (parts, sum(parts)) == ((3, 1, 1, 2, 1), board.everybody)
    assert [one.asked for one in list_waves()] == [3]


def _running(people: int = 3) -> int:
    for _ in range(people):
        ask(make_account())
    wave = draw_up(account_gap_days=0)
    start(wave)
    with transaction() as session:
        session.execute(sa.update(Invitation).values(send_at=NINE))
    return wave


def _run_of_job(at: datetime, detail: str | None) -> None:
    ends = at + timedelta(seconds=9)
    insert(JobRun, job="send_surveys", slot=at, worker="w", started_at=at, finished_at=ends, lease_until=ends, detail=detail)


def test_a_mail_server_that_is_down_is_told_on_the_page_of_the_wave(app: Flask, post: Mailbox) -> None:
    wave = _running()
    app.extensions["closedloop_settings"].smtp_url = "smtp://127.0.0.1:1"
    _run_of_job(NINE - timedelta(minutes=1), None)
    _run_of_job(NINE + timedelta(minutes=1), send_surveys.send())
    with clock.frozen(NINE + timedelta(minutes=2)):
        _run_of_job(clock.now(), send_surveys.send())
        found = _board(wave).standstill
        with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
            seen = texts(body_of(viewer, f"/app/waves/{wave}"))
    assert found is not None
    assert (found.waiting, found.since) == (3, NINE + timedelta(minutes=1))
    assert "127.0.0.1:1 cannot be used" in found.reason
    assert "3 mails are due and do not leave. The mail server takes no mail since Mon, Nov 23, 09:01." in seen


def test_nothing_is_said_once_the_mails_have_left(app: Flask, post: Mailbox) -> None:
    wave, url = _running(), post.url
    app.extensions["closedloop_settings"].smtp_url = "smtp://127.0.0.1:1"
    _run_of_job(NINE, send_surveys.send())
    app.extensions["closedloop_settings"].smtp_url = url
    with clock.frozen(NINE + timedelta(minutes=2)):
        _run_of_job(clock.now(), send_surveys.send())
        assert (len(post.raw), _board(wave).standstill) == (3, None)


def test_a_job_that_does_not_run_is_told_on_the_page_of_the_wave(post: Mailbox) -> None:
    wave = _running()
    _run_of_job(NINE, None)
    with clock.frozen(NINE + timedelta(minutes=2)):
        assert _board(wave).standstill is None
    with clock.frozen(NINE + timedelta(minutes=4)):
        found = _board(wave).standstill
    assert found is not None
    assert (found.waiting, found.reason, found.since) == (3, "", NINE)


def test_a_refused_log_in_is_told_as_one_and_makes_a_notice_of_its_own(app: Flask, post: Mailbox) -> None:
    make_user(Role.ADMIN)
    _running(1)
    settings = app.extensions["closedloop_settings"]
    post.log_in = "535 5.7.8 Wrong"
    for url in ("smtp://127.0.0.1:1", post.url.replace("smtp://", "smtp://me:wrong@")):
        settings.smtp_url = url
        with transaction() as session:
            session.execute(sa.update(OutboxMessage).values(available_at=NINE))
        said = send_surveys.send()
        send_surveys.send()
    told = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "notify_user")).all()
    assert said is not None
    assert said.startswith("The log-in was refused by the mail server 127.0.0.1;")
    assert "535 5.7.8 Wrong" in said
    assert len([one for one in told if one.payload["kind"] == "mail_halted"]) == 2


def test_a_refused_mail_shows_when_it_was_tried(post: Mailbox) -> None:
    wave, tried = _running(1), NINE + timedelta(hours=3)
    post.answers.append("550 5.1.1 nobody here")
    with clock.frozen(tried):
        send_surveys.send()
    (mail,) = db.session.scalars(sa.select(SurveyMail))
    (person,) = _board(wave).people
    assert (person.state, person.at, mail.sent_at) == (InvitationState.BOUNCED, tried, None)


@pytest.mark.parametrize("months", [0, 6])
def test_who_wanted_no_more_mails_after_the_first_is_shown_so(post: Mailbox, months: int) -> None:
    wave = _running(2)
    send_surveys.send()
    first = db.session.scalars(sa.select(Invitation.id).order_by(Invitation.id)).first()
    with transaction():
        change_asking(first or 0, again=False, months=months)
    assert sorted(person.wants_no_more for person in _board(wave).people) == [False, True]


def test_a_person_is_not_taken_off_twice(post: Mailbox) -> None:
    account = make_account(name="Acme")
    contact = ask(account, name="Ana")
    wave = draw_up()
    with transaction():
        service.take_off(wave, account, contact, ExclusionReason.OTHER, "On leave", actor=ACTOR)
    with pytest.raises(RuleViolation, match="was taken off this wave before"), transaction():
        service.take_off(wave, account, contact, ExclusionReason.OTHER, "On leave", actor=ACTOR)


def test_the_dialog_names_the_person_and_the_account(post: Mailbox) -> None:
    account = make_account(name="Acme")
    assert who_at(account, ask(account, name="Ana")) == "Ana at Acme"
    with pytest.raises(NotFound):
        who_at(account, 99)


def test_a_start_is_asked_back_with_how_many_and_when(app: Flask, post: Mailbox) -> None:
    for _ in range(2):
        ask(make_account(), time_zone="UTC")
    wave = draw_up(account_gap_days=0)
    with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        seen = texts(body_of(viewer, f"/app/waves/{wave}"))
    assert "2 people get a mail: the first at Mon, Nov 23, 09:00, the last at Mon, Nov 23, " in seen


def test_the_rehearsal_says_how_many_are_asked_in_another_language(app: Flask, post: Mailbox) -> None:
    survey = make_survey("visit", SurveyKind.TRANSACTIONAL)
    with transaction():
        add_version(survey, {"en": {"question": "Would you come again?"}}, actor=ACTOR)
    for language in ("ru", "ru", "en", None):
        ask(make_account(), language=language)
    wave = draw_up(survey="visit", account_gap_days=0)
    assert _board(wave).elsewise == {("ru", "en"): 2}
    with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        assert "2 people with the language Русский are asked in English" in texts(body_of(viewer, f"/app/waves/{wave}"))
