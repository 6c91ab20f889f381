"""Sending: due invitations and reminders become messages of the outbox, and each is checked once more before it leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from feedback.egress.letters import MailRefused, message_id
from feedback.egress.smtp import Mailer, ServerUnavailable
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import about_issues
from feedback.listening.came_back import record_failure
from feedback.listening.compose import Letter, MailForm, compose
from feedback.listening.last_look import Standing, asked_before, find_standing, floor_ends, look
from feedback.listening.models import SurveyMail, Wave
from feedback.listening.rules.eligibility import Person
from feedback.listening.rules.hours import WorkingHours
from feedback.listening.rules.states import MailKind, WaveState
from feedback.listening.rules.verdicts import Verdict, find_status, verdict_of
from feedback.outbox.delivery import Message, NotNow, NotYet, Undeliverable
from feedback.outbox.service import enqueue_many
from feedback.outer_loop.said import paragraph
from feedback.permission.preference_links import preference_link
from feedback.surveys.models import Invitation, SurveyProgram, SurveyVersion
from feedback.surveys.people.submissions import find_held_stop
from feedback.surveys.rules import InvitationState, SkipReason, SurveyKind
from feedback.surveys.texts import choose_language, words
from feedback.surveys.tokens import token_of
from feedback.uow import end_reading, transaction

KIND = "send_survey"
BATCH = 500
LATE = timedelta(hours=1)  # after working hours a mail of the day may still leave; those that were held up longer wait
RELEASE = timedelta(seconds=20)  # by then the job has decided on what was held until a moment ago
PROGRAM_ENDED = "program_inactive"
_ASKABLE = (InvitationState.SENT, InvitationState.REMINDED)


@dataclass(frozen=True, slots=True)
class _Due:
    """An invitation whose mail is about to leave, and what stands against it."""

    invitation: Invitation
    program: SurveyProgram
    version: SurveyVersion | None
    standing: Standing
    mail: SurveyMail
    called_off: str  # why nobody is asked any more; empty: it goes on
    skip: SkipReason | None


def is_anything_due() -> bool:
    """A look that takes no lock: whether `queue_due` would find something."""
    now = clock.now()
    found = any(db.session.execute(statement.limit(1)).first() for statement in (_first_mails(now), _reminders(now)))
    end_reading()
    return found


def queue_due(limit: int = BATCH) -> int:
    """Put mails whose moment has come into the outbox; answers how many. Call inside `transaction()`.

    A wave that is paused keeps its invitations until it goes on; those whose last day passes meanwhile go out late, because a
    person who was planned has not done anything to be left out.
    """
    now = clock.now()
    ids = list(db.session.scalars(_first_mails(now).limit(limit).with_for_update(skip_locked=True, of=Invitation)))
    again = _reminders(now).limit(limit - len(ids)).with_for_update(skip_locked=True, of=Invitation)
    reminders = [(invitation_id, number + 1) for invitation_id, number in db.session.execute(again)]
    mails = [(invitation_id, 0) for invitation_id in ids] + reminders
    if not mails:
        return 0
    db.session.execute(sa.update(Invitation).where(Invitation.id.in_(ids)).values(state=InvitationState.QUEUED))
    reminded = sa.update(Invitation).where(Invitation.id.in_([invitation_id for invitation_id, _ in reminders]))
    db.session.execute(reminded.values(next_reminder_at=None))
    db.session.execute(sa.insert(SurveyMail), [_mail_row(*mail, now) for mail in mails])
    enqueue_many([(KIND, _key(*mail), {"invitation_id": mail[0], "number": mail[1]}) for mail in mails])
    return len(mails)


def _in_motion() -> sa.ColumnElement[bool]:
    """Of a wave that runs, or of none."""
    running = sa.select(Wave.id).where(Wave.state == WaveState.RUNNING)
    return sa.or_(Invitation.wave_id.is_(None), Invitation.wave_id.in_(running))


def _first_mails(now: datetime) -> sa.Select[int]:
    planned = (Invitation.state == InvitationState.PLANNED, Invitation.send_at <= now, _in_motion())
    return sa.select(Invitation.id).where(*planned).order_by(Invitation.send_at, Invitation.id)


def _reminders(now: datetime) -> sa.Select[int, int]:
    due = (Invitation.next_reminder_at <= now, Invitation.state.in_(_ASKABLE), Invitation.expires_at > now, _in_motion())
    return sa.select(Invitation.id, Invitation.reminders).where(*due).order_by(Invitation.next_reminder_at)


def _key(invitation_id: int, number: int) -> str:
    return f"survey-mail:{invitation_id}:{number}"


def _mail_row(invitation_id: int, number: int, now: datetime) -> dict[str, Any]:
    settings = current_app.extensions["closedloop_settings"]
    return {
        "invitation_id": invitation_id,
        "number": number,
        "kind": MailKind.REMINDER if number else MailKind.INVITATION,
        "message_id": message_id(settings.secret_key.get_secret_value(), _key(invitation_id, number), settings.mail_from),
        "queued_at": now,
    }


def send_survey(mailer: Mailer, messages: Sequence[Message]) -> Callable[[], None] | None:
    """Mail one `send_survey` message, unless something stands against it by now; answers what is to be noted then.

    Raises:
        Undeliverable: the address or the server refuses it for good.
        NotYet: its wave pauses, it is night, or its reader may just have asked for no more.
        NotNow: no mail can leave at the moment.
    """
    (message,) = messages
    invitation_id, number = message.payload["invitation_id"], message.payload["number"]
    due = _load(invitation_id, number)
    if due is None:
        return None
    if due.skip is not None or due.called_off:
        skip, why = due.skip, due.called_off
        return lambda: _stop(invitation_id, number, skip, why)
    person = due.standing.person
    try:
        mail = compose(_letter(due, message, number), current_app.extensions["closedloop_settings"])
        path = return_path(due.mail.message_id)
        end_reading()  # no transaction stays open while the mail server thinks
        mailer.send(mail, return_path=path)
    except MailRefused as error:
        if not (error.code or error.at_recipient):
            raise NotNow(f"Our own address cannot be used: {error}") from error
        _refused(invitation_id, number, person.address, error)
        raise Undeliverable(_said(invitation_id, error)) from error
    except ServerUnavailable as error:
        raise NotNow(str(error)) from error
    return lambda: _sent(invitation_id, number, person)


def give_up(message: Message, why: str) -> None:
    """A message that is tried no more: its invitation waits no longer either. Call inside `transaction()`."""
    invitation_id, number = message.payload["invitation_id"], message.payload["number"]
    mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
    open_mail = sa.update(SurveyMail).where(*mail, SurveyMail.sent_at.is_(None), SurveyMail.stopped_at.is_(None))
    db.session.execute(open_mail.values(stopped_at=clock.now(), stopped_because=why[:200]))
    waits = sa.update(Invitation).where(Invitation.id == invitation_id, Invitation.state == InvitationState.QUEUED)
    db.session.execute(waits.values(state=InvitationState.FAILED))


def return_path(of_message_id: str) -> str:
    """Where a mail goes when it cannot be delivered; a * in the setting stands for what names the mail."""
    address: str = current_app.extensions["closedloop_settings"].bounce_address
    return address.replace("*", of_message_id[1:].partition("@")[0])


def _load(invitation_id: int, number: int) -> _Due | None:
    """What is to be sent; None when there is nothing to send any more."""
    query = (
        sa.select(Invitation, SurveyProgram, SurveyVersion, SurveyMail, Wave.state)
        .select_from(Invitation)
        .join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        .join(SurveyMail, sa.and_(SurveyMail.invitation_id == Invitation.id, SurveyMail.number == number))
        .outerjoin(SurveyVersion, SurveyVersion.id == Invitation.version_id)
        .outerjoin(Wave, Wave.id == Invitation.wave_id)
        .where(Invitation.id == invitation_id)
    )
    row = db.session.execute(query).one_or_none()
    wanted = _ASKABLE if number else (InvitationState.QUEUED,)
    if row is None or row[0].state not in wanted:
        return None
    invitation, program, version, mail, wave_state = row
    if invitation.expires_at <= clock.now():
        if number:
            return None
        raise Undeliverable("The time to answer was over before the mail could leave.")
    if wave_state is WaveState.PAUSED:
        raise NotYet("its wave pauses")
    # a reminder belongs to the request that it repeats
    asked = () if number else (asked_before(invitation.contact_id, invitation_id),)
    standing = find_standing(invitation.account_id, invitation.contact_id, *asked, wave_id=invitation.wave_id)
    if standing is None:
        return None
    _wait_if_needed(standing.person)
    off = WaveState.CANCELLED.value if wave_state is WaveState.CANCELLED else "" if program.active else PROGRAM_ENDED
    off = off or about_issues.called_off(program.kind, invitation_id)
    _wait_for_floor(standing.person, program, off, number)
    return _Due(invitation, program, version, standing, mail, off, look(standing.person, program, clock.now()))


def _wait_for_floor(person: Person, program: SurveyProgram, called_off: str, number: int) -> None:
    ends = None if called_off or number else floor_ends(person, program)
    if ends is not None and ends > clock.now():
        raise NotYet("this person got another mail within the last 24 hours", until=ends)


def _wait_if_needed(person: Person) -> None:
    """Not at night, and not while it is open whether this person has just asked for no more mails."""
    now = clock.now()
    opens = _working_hours().next_opening(now, person.zone, late=LATE)
    if opens > now:
        raise NotYet("it is no working hour there", until=opens)
    held = find_held_stop(person.contact_id)
    if held is not None:
        raise NotYet("a wish to get no mails is being looked at", until=max(held, now) + RELEASE)


def _working_hours() -> WorkingHours:
    hours: WorkingHours = current_app.extensions["closedloop_settings"].working_hours
    return hours


def _letter(due: _Due, message: Message, number: int) -> Letter:
    settings, invitation = current_app.extensions["closedloop_settings"], due.invitation
    texts = due.version.texts if due.version else {}
    language = choose_language(due.standing.language or invitation.language, texts, due.program.fallbacks)
    return Letter(
        to=due.standing.person.address or "",
        language=language,
        words=_words(due, language, texts, message.created_at),
        kind=MailKind.REMINDER if number else MailKind.INVITATION,
        base_url=settings.base_url,
        token=token_of(settings.secret_key.get_secret_value(), invitation.nonce or ""),
        message_id=due.mail.message_id,
        queued_at=message.created_at,
        company=settings.company_name,
        reply_to=about_issues.answers_to(due.program.kind, invitation.id),
        form=MailForm.VERDICT if due.program.kind is SurveyKind.VERIFICATION else MailForm.SURVEY,
        preferences=preference_link(invitation.contact_id),
    )


def _words(due: _Due, language: str, texts: Mapping[str, Any], at: datetime) -> dict[str, str]:
    """The words of the survey; what we did since is the program's own text, else what initiatives delivered."""
    if due.program.kind is SurveyKind.VERIFICATION:
        return _words_about_fix(due, language)
    said = words(language, texts)
    if not said["news"]:
        person = due.standing.person
        said["news"] = paragraph(language, at, account_id=person.account_id, contact_id=person.contact_id)
    return said


def _words_about_fix(due: _Due, language: str) -> dict[str, str]:
    fix = about_issues.find_fix(due.invitation.id, language)
    if fix is None:
        raise Undeliverable("Its issue is gone.")
    return about_issues.words_about(fix, language)


def _sent(invitation_id: int, number: int, person: Person) -> None:
    now = clock.now()
    mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number, SurveyMail.sent_at.is_(None))
    db.session.execute(sa.update(SurveyMail).where(*mail).values(sent_at=now))
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        return
    if invitation.state in (InvitationState.QUEUED, *_ASKABLE):  # an answer can be faster than this line
        invitation.state = InvitationState.REMINDED if number else InvitationState.SENT
    invitation.sent_at = invitation.sent_at or now
    invitation.reminders = number
    if not _was_erased(invitation):
        invitation.address = person.address
    program = db.session.get_one(SurveyProgram, invitation.survey_id)
    about_issues.note_asked(program.kind, invitation_id, number)
    days = program.reminder_days[number : number + 1]
    if days and invitation.state in _ASKABLE:
        invitation.next_reminder_at = _working_hours().next_opening(now + timedelta(days=days[0]), person.zone)


def _stop(invitation_id: int, number: int, skip: SkipReason | None, called_off: str) -> None:
    """Left out after all, or called off with the whole wave or program."""
    mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
    reason = None if called_off else skip
    why = reason.value if reason else called_off
    db.session.execute(sa.update(SurveyMail).where(*mail).values(stopped_at=clock.now(), stopped_because=why))
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        return
    if number == 0:
        invitation.state = InvitationState.SKIPPED if reason else InvitationState.STOPPED
        invitation.skip_reason, invitation.token_digest = reason, None
    invitation.next_reminder_at = None


def _refused(invitation_id: int, number: int, address: str | None, error: MailRefused) -> None:
    """The server's own no is a bounce when it is about the address; else the mail failed, and the address may be good."""
    with transaction():
        mail = (SurveyMail.invitation_id == invitation_id, SurveyMail.number == number)
        why = {"stopped_at": clock.now(), "stopped_because": _said(invitation_id, error)[:200]}
        db.session.execute(sa.update(SurveyMail).where(*mail).values(**why))
        invitation = db.session.get(Invitation, invitation_id)
        if invitation is None:
            return
        if _was_erased(invitation):
            return
        status = find_status(error.reply) or f"{error.code // 100}.0.0"
        if error.at_recipient and verdict_of(status, error.reply) is Verdict.DEAD:
            invitation.address = address
            db.session.flush()
            record_failure(invitation_id, number, Verdict.DEAD, status)
        elif invitation.state is InvitationState.QUEUED:
            invitation.state = InvitationState.FAILED
        invitation.next_reminder_at = None


def _was_erased(invitation: Invitation) -> bool:
    """Whether the person was erased while the mail server thought: then nothing that says who it was is written again."""
    return invitation.token_digest is None


def _said(invitation_id: int, error: MailRefused) -> str:
    """The server's words; they quote the address."""
    invitation = db.session.get(Invitation, invitation_id)
    return str(error) if invitation is not None and not _was_erased(invitation) else f"refused with {error.code}"
