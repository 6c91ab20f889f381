"""Mails that come back: read in every shape, believed only for mails of ours, and heeded at once."""

import json
import mailbox
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import Contact
from feedback.egress.bounce_box import BoxUnavailable
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.collecting import collect
from feedback.listening.hook_views import hook_token
from feedback.listening.models import SurveyMail
from feedback.listening.rules.reports import read_report
from feedback.listening.rules.verdicts import Verdict, verdict_of
from feedback.permission.models import Suppression
from feedback.permission.rules import SuppressionReason
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState, SkipReason
from feedback.uow import transaction
from jobs import read_bounces, send_surveys
from tests.factories import make_account
from tests.slices.listening import returned
from tests.slices.listening.asking import ask, draw_up, invitation_of, rehearsed, start
from tests.slices.listening.boxes import box
from tests.slices.listening.returned import filled
from tests.smtp import Mailbox

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ID = "<0123456789abcdef0123456789abcdef01234567@company.example>"


@pytest.mark.parametrize("shape", returned.DEAD)
def test_a_dead_address_is_read_in_every_shape(shape: str) -> None:
    report = read_report(filled(returned.DEAD[shape], ID))
    assert report is not None
    assert (report.verdict, ID in report.message_ids) == (Verdict.DEAD, True)


@pytest.mark.parametrize("shape", returned.REFUSED)
def test_what_is_not_about_the_address_is_told_apart(shape: str) -> None:
    report = read_report(filled(returned.REFUSED[shape], ID))
    assert report is not None
    assert report.verdict is Verdict.REFUSED


def test_a_delay_and_a_complaint() -> None:
    found = [read_report(filled(shape, ID)) for shape in (returned.DELAYED, returned.SPAM)]
    assert [report and report.verdict for report in found] == [Verdict.DELAYED, Verdict.COMPLAINT]
    assert all(report and ID in report.message_ids for report in found)


@pytest.mark.parametrize("shape", returned.NO_REPORT)
def test_a_holiday_note_is_no_report(shape: str) -> None:
    assert read_report(filled(returned.NO_REPORT[shape], ID)) is None


@pytest.mark.parametrize("cut", range(0, 1600, 37))
def test_half_a_mail_breaks_nothing(cut: int) -> None:
    for shape in (returned.POSTFIX, returned.SPAM, returned.EXIM):
        read_report(filled(shape, ID)[:cut])
        read_report(b"\xff\x00" + filled(shape, ID)[cut:])


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        ("5.1.1", "", Verdict.DEAD),
        ("5.4.1", "Recipient address rejected: Access denied", Verdict.DEAD),
        ("5.1.1", "550 5.1.1 <spf@x.example>: User unknown in relay recipient table", Verdict.DEAD),
        ("5.2.0", "550 5.2.0 <policy@x.example>: no such user", Verdict.DEAD),
        ("5.7.1", "554 5.7.1 <a@x.example>: Recipient address rejected: Access denied", Verdict.REFUSED),
        ("5.7.1", "550 5.7.1 <a@x>: Recipient address rejected: Please see http://www.openspf.net/Why?s=mfrom", Verdict.REFUSED),
        ("5.7.23", "550 5.7.23 <a@x>: Recipient address rejected: Message rejected due to: SPF fail", Verdict.REFUSED),
        ("5.7.1", "550 5.7.1 Mailbox unavailable. Your IP is blocked by Spamhaus", Verdict.REFUSED),
        ("5.0.0", "550 Mailbox unavailable. Your IP is blocked by Spamhaus", Verdict.REFUSED),
        ("5.7.1", "554 5.7.1 <a@x.example>: Recipient address rejected: Your domain is on our blacklist", Verdict.REFUSED),
        ("5.1.1", "550 5.1.1 <a@x.example>: Recipient rejected: blocked using zen.spamhaus.org", Verdict.REFUSED),
        ("5.0.0", "550 Requested action not taken: mailbox unavailable (policy)", Verdict.REFUSED),
        ("5.0.0", "550 mailbox unavailable", Verdict.DEAD),
        ("", "", Verdict.DEAD),
        ("5.7.1", "rejected", Verdict.REFUSED),
        ("5.2.2", "", Verdict.REFUSED),
        ("5.1.8", "sender address rejected: domain", Verdict.REFUSED),
        ("5.0.0", "554 blocked by reputation", Verdict.REFUSED),
        ("4.2.2", "mailbox full", Verdict.DELAYED),
    ],
)
def test_what_a_status_means(status: str, said: str, verdict: Verdict) -> None:
    assert verdict_of(status, said) is verdict


@pytest.fixture
def sent(post: Mailbox) -> tuple[int, str]:
    """A contact who got a mail, and its Message-ID; two reminders are to come."""
    contact = ask(make_account(), email="ana@customer.example")
    with transaction() as session:
        session.execute(sa.update(SurveyProgram).values(reminder_days=[2, 2]))
    (place,) = start(draw_up()).asked
    assert place.planned.send_at is not None
    with clock.frozen(place.planned.send_at):
        send_surveys.send()
    return contact, str(post.mails[0]["Message-ID"])


def entries() -> list[tuple[SuppressionReason, str | None]]:
    db.session.rollback()
    return [(reason, to) for reason, to in db.session.execute(sa.select(Suppression.reason, Suppression.address))]


def maildir(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *mails: bytes) -> None:
    folder = mailbox.Maildir(tmp_path / "bounces")
    for mail in mails:
        folder.add(mail)
    monkeypatch.setattr(app.extensions["closedloop_settings"], "bounce_mailbox", f"maildir://{tmp_path / 'bounces'}")


def test_a_bounce_ends_reminders_and_buries_the_address(
    app: Flask, sent: tuple[int, str], post: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact, message_id = sent
    maildir(app, tmp_path, monkeypatch, filled(returned.POSTFIX, message_id), b"\xff no mail at all")
    assert read_bounces.run() == "1 dead, 1 no report"
    assert read_bounces.run() is None
    assert invitation_of(contact).state is InvitationState.BOUNCED
    assert entries() == [(SuppressionReason.HARD_BOUNCE, "ana@customer.example")]
    assert db.session.execute(sa.select(SurveyMail.bounce, SurveyMail.bounced_at)).all() == [("5.1.1", MONDAY)]
    with clock.frozen(MONDAY + timedelta(days=2, hours=9)):
        send_surveys.send()
    assert len(post.raw) == 1
    assert rehearsed(draw_up(name="Next")).skipped == {SkipReason.BOUNCED: 1}
    with transaction() as session:
        session.execute(sa.update(Contact).values(email="new@customer.example"))
    assert rehearsed(draw_up(name="After")).skipped == {}


def test_a_complaint_holds_at_any_address(sent: tuple[int, str]) -> None:
    contact, message_id = sent
    with box("imap", [filled(returned.SPAM, message_id)]) as url:
        assert collect(url) == Counter(complaint=1)
    assert invitation_of(contact).state is InvitationState.STOPPED
    with transaction() as session:
        session.execute(sa.update(Contact).values(email="new@customer.example"))
    assert rehearsed(draw_up(name="Next")).skipped == {SkipReason.STOP_LIST: 1}


def test_a_delay_changes_nothing_but_the_note(sent: tuple[int, str]) -> None:
    contact, message_id = sent
    with box("pop3", [filled(returned.DELAYED, message_id)]) as url:
        assert collect(url) == Counter(delayed=1)
        assert collect(url) == Counter()
    assert invitation_of(contact).state is InvitationState.SENT
    assert entries() == []


@pytest.mark.parametrize("shape", ["full", "policy"])
def test_a_refusal_ends_the_invitation_but_not_the_address(sent: tuple[int, str], shape: str) -> None:
    contact, message_id = sent
    with box("imap", [filled(returned.REFUSED[shape], message_id)]) as url:
        collect(url)
    assert invitation_of(contact).state is InvitationState.FAILED
    assert entries() == []


def test_forged_and_foreign_reports_change_nothing(sent: tuple[int, str]) -> None:
    contact, message_id = sent
    guesses = [ID, "<1@localhost>", "<survey-mail:1:0@localhost>", message_id.replace("<", "<0"), message_id.upper(), "<%@%>"]
    shapes = [*returned.DEAD.values(), returned.SPAM]
    with box("imap", [filled(shape, guess) for shape in shapes for guess in guesses]) as url:
        seen = collect(url)
    assert set(seen) <= {"not ours", "no report"}
    assert invitation_of(contact).state is InvitationState.SENT
    assert entries() == []


def test_the_address_it_came_back_to_names_the_mail_too(sent: tuple[int, str]) -> None:
    contact, message_id = sent
    token = message_id[1:41]
    raw = filled(returned.POSTFIX, "<gone@x.example>").replace(b"bounces@company", f"bounces+{token}@company".encode())
    with box("imap", [raw]) as url:
        assert collect(url) == Counter(dead=1)
    assert invitation_of(contact).state is InvitationState.BOUNCED


def test_an_answer_outlives_a_bounce(sent: tuple[int, str]) -> None:
    contact, message_id = sent
    with transaction() as session:
        session.execute(sa.update(Invitation).values(state=InvitationState.ANSWERED))
    with box("imap", [filled(returned.POSTFIX, message_id)]) as url:
        collect(url)
    assert invitation_of(contact).state is InvitationState.ANSWERED
    assert len(entries()) == 1


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("imap://me:wrong@127.0.0.1:1/", "cannot be read"),
        ("maildir:///nowhere/at/all", "cannot be read"),
        ("ftp://x", "Write the mailbox as"),
        ("imap://me:wrong@{host}/", "wrong password"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_why_without_its_password(now: datetime, url: str, why: str) -> None:
    with box("imap", []) as there, pytest.raises(BoxUnavailable, match=why) as caught:
        collect(url.replace("{host}", there.rpartition("@")[2].strip("/")))
    assert "me:wrong" not in str(caught.value)


def hook(client: FlaskClient, body: Any, **more: Any) -> Any:
    return client.post(f"/m/{hook_token()}", json=body, **more)


def events(message_id: str) -> dict[str, Any]:
    bare, status = message_id.strip("<>"), "5.1.1"
    ses = {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"status": status, "diagnosticCode": "550 5.1.1 unknown"}]},
        "mail": {"headers": [{"name": "Message-ID", "value": message_id}]},
    }
    return {
        "ours": {"events": [{"type": "bounce", "message_id": message_id, "status": status}]},
        "sendgrid": [{"event": "bounce", "type": "bounce", "smtp-id": message_id, "status": status, "reason": "550 unknown"}],
        "mailgun": {
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "message": {"headers": {"message-id": bare}},
                "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
            }
        },
        "ses": {"Type": "Notification", "Message": json.dumps(ses)},
    }


@pytest.mark.parametrize("service", ["ours", "sendgrid", "mailgun", "ses"])
def test_services_report_in_their_own_shapes(client: FlaskClient, sent: tuple[int, str], service: str) -> None:
    contact, message_id = sent
    assert hook(client, events(message_id)[service]).json == {"reports": 1, "matched": 1}
    assert invitation_of(contact).state is InvitationState.BOUNCED
    assert entries() == [(SuppressionReason.HARD_BOUNCE, "ana@customer.example")]
    assert hook(client, events(message_id)[service]).status_code == 200
    assert len(entries()) == 1


def test_a_returned_mail_can_be_posted_as_it_is(client: FlaskClient, sent: tuple[int, str]) -> None:
    answer = client.post(f"/m/{hook_token()}", data=filled(returned.SPAM, sent[1]), content_type="message/rfc822")
    assert answer.json == {"reports": 1, "matched": 1}


def test_without_the_secret_address_nothing_is_taken(client: FlaskClient, sent: tuple[int, str]) -> None:
    for guess in ("x", hook_token()[:-1], hook_token() + "x", "ü"):
        assert client.post(f"/m/{guess}", json=events(sent[1])["ours"]).status_code == 404
    assert entries() == []


@pytest.mark.parametrize("body", [{}, [1], {"events": [1]}, "x", None, {"Type": "Notification", "Message": "{"}])
def test_what_is_not_understood_is_said(client: FlaskClient, now: datetime, body: Any) -> None:
    assert hook(client, body).status_code == 422


def test_events_that_are_no_failure_are_taken_and_ignored(client: FlaskClient, sent: tuple[int, str]) -> None:
    body = [{"event": "delivered", "smtp-id": sent[1]}, {"event": "open"}]
    assert hook(client, body).json == {"reports": 0, "matched": 0}
