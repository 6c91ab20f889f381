"""Who is asked by mail whether a fix holds, and who later for a score. Call these inside `transaction()`."""

from collections.abc import Collection
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from feedback.access.rules import Viewer
from feedback.extensions import db
from feedback.issues.events import FixSettled, FixTalkedOf, IssueFixed
from feedback.issues.history import note
from feedback.issues.models import Issue, IssueVoice
from feedback.issues.queries.single import lock_issue, unheard_people
from feedback.issues.rules import IssueState
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.queries import voice_facts, waiting_voices
from feedback.issues.verifying.rules import Way
from feedback.kernel import clock
from feedback.kernel.errors import RuleViolation
from feedback.listening.last_look import Standing, find_standing, look
from feedback.listening.triggers import store_request, working_moment
from feedback.surveys import programs
from feedback.surveys.models import Invitation, Response, SurveyProgram
from feedback.surveys.rules import Band, InvitationState, SkipReason, SurveyKind, band
from feedback.surveys.service import ensure_survey
from feedback.web.languages import LANGUAGES

ACTOR = "system"
VERIFICATION, PULSE = "is_it_solved", "recovery_pulse"
LONGEST_PAUSE = timedelta(days=60)  # a pulse waits so long for somebody who said "not now"; later it says nothing about the fix
REMINDERS = {VERIFICATION: [5, 7], PULSE: [7]}
_SOON = timedelta(minutes=1)
_UNDER_WAY = (InvitationState.PLANNED, InvitationState.QUEUED, InvitationState.SENT, InvitationState.REMINDED)


def after_fix(event: IssueFixed) -> None:
    """Ask everybody who told us of the problem, and has heard from us."""
    ask_by_mail(db.session.get_one(Issue, event.issue_id))


def after_talk(event: FixTalkedOf) -> None:
    """Whoever has heard from us only now is asked now."""
    issue = db.session.get_one(Issue, event.issue_id)
    query = sa.select(Verification.contact_id).where(Verification.issue_id == issue.id, Verification.round == issue.reopen_count)
    if issue.state is IssueState.FIXED:
        ask_by_mail(issue, but=frozenset(db.session.scalars(query)))


def ask_everybody(issue_id: int, *, viewer: Viewer) -> list[int]:
    """Ask those behind an issue who have not said yes, and are not being asked, once more by mail.

    Raises:
        NotFound: the issue is not there or not the viewer's.
        RuleViolation: there is no fix to ask about.
    """
    issue = lock_issue(issue_id, viewer=viewer, permission="issue.work")
    if issue.state is not IssueState.FIXED:
        raise RuleViolation(_("Issue %(number)s has no fix to ask about; move it to fixed first.", number=issue.number))
    return ask_by_mail(issue)


def ask_by_mail(issue: Issue, *, but: Collection[int | None] = ()) -> list[int]:
    """Plan a mail to each person behind an issue who has not said yes and is not being asked; answers to whom.

    Somebody to whom no mail may go gets a line with the reason, so that the owner sees whom to call. Whoever has heard nothing
    from us since they spoke up is left to a call: "is it solved?" must not be our first words to them.
    """
    asked = []
    left_out = {*but, *unheard_people(issue)}
    for contact_id in waiting_voices(issue):
        if contact_id not in left_out and not _is_being_asked(issue, contact_id):
            invitation_id = _plan(_program(VERIFICATION), issue, contact_id, timedelta())
            if invitation_id is not None:
                row = {"issue_id": issue.id, "contact_id": contact_id, "round": issue.reopen_count, "way": Way.MAIL}
                db.session.add(Verification(**row, invitation_id=invitation_id, created_at=clock.now()))
                asked.append(contact_id)
    db.session.flush()
    return asked


def _is_being_asked(issue: Issue, contact_id: int) -> bool:
    query = (
        sa.select(Verification.id)
        .join(Invitation, Invitation.id == Verification.invitation_id)
        .where(
            Verification.issue_id == issue.id,
            Verification.contact_id == contact_id,
            Verification.round == issue.reopen_count,
            Invitation.state.in_(_UNDER_WAY),
            Invitation.expires_at > clock.now(),
        )
    )
    return db.session.execute(query.limit(1)).first() is not None


def after_settling(event: FixSettled) -> None:
    """Plan the recovery pulses: one score of each person who complained, some time after it was solved."""
    issue = db.session.get_one(Issue, event.issue_id)
    for contact_id in _complainants(issue):
        plan_pulse(issue, contact_id)


def _complainants(issue: Issue) -> list[int]:
    """The people behind an issue who scored us as detractors, or told us without a score; the happy ones need no recovery."""
    query = (
        sa.select(IssueVoice.contact_id, sa.func.min(Response.score))
        .join(Response, Response.id == IssueVoice.response_id)
        .where(IssueVoice.issue_id == issue.id, IssueVoice.contact_id.is_not(None))
        .group_by(IssueVoice.contact_id)
    )
    scores = {contact_id: score for contact_id, score in db.session.execute(query)}  # noqa: C416  typed rows
    people = [voice.contact_id for voice in voice_facts(issue) if voice.there]
    return [one for one in people if one not in scores or band(scores[one]) is Band.DETRACTOR]


def plan_pulse(issue: Issue, contact_id: int) -> None:
    """Ask one person for a score, once per fix."""
    days = timedelta(days=current_app.extensions["closedloop_settings"].recovery_pulse_days)
    known = (RecoveryPulse.issue_id == issue.id, RecoveryPulse.contact_id == contact_id)
    again = (*known, RecoveryPulse.round == issue.reopen_count)
    if db.session.execute(sa.select(RecoveryPulse.id).where(*again)).first() is not None:
        return
    invitation_id = _plan(_program(PULSE), issue, contact_id, days)
    if invitation_id is None:
        return
    now = clock.now()
    row = {"issue_id": issue.id, "contact_id": contact_id, "round": issue.reopen_count, "invitation_id": invitation_id}
    db.session.add(RecoveryPulse(**row, due_at=now + days, created_at=now))
    db.session.flush()
    note(issue.id, "pulse_planned", None, contact_id=contact_id, due_at=(now + days).isoformat())


def _plan(program: SurveyProgram, issue: Issue, contact_id: int, wait: timedelta) -> int | None:
    """The invitation, planned for its moment or left out for its reason; None where the person is not known any more."""
    standing = find_standing(issue.account_id, contact_id)
    if standing is None:
        return None
    moment = working_moment(standing, wait)
    reason = look(standing.person, program, moment)
    later = _after_pause(standing, moment) if reason is SkipReason.NOT_NOW and program.kind is SurveyKind.RECOVERY_PULSE else None
    if later is not None:
        moment, reason = later, look(standing.person, program, later)
    return store_request(standing, program, None if reason else moment, reason, f"issue:{issue.id}").id


def _after_pause(standing: Standing, planned: datetime) -> datetime | None:
    """The first working moment after the last day on which this person wants to be left alone; None where that is too far off."""
    person = standing.person
    if person.not_now_until is None:
        return None
    day_after = datetime.combine(person.not_now_until + timedelta(days=1), time.min, tzinfo=person.zone)
    later = working_moment(standing, day_after - clock.now())
    return later if later - planned <= LONGEST_PAUSE else None


def put_off_pulses() -> int:
    """Pulses that would leave while their reader wants to be left alone wait for the end of that; answers how many do."""
    due = (Invitation.state == InvitationState.PLANNED, Invitation.send_at <= clock.now() + _SOON)
    query = sa.select(RecoveryPulse, Invitation).join(Invitation, Invitation.id == RecoveryPulse.invitation_id).where(*due)
    put_off = 0
    for pulse, invitation in db.session.execute(query.with_for_update(of=Invitation)):
        standing, planned = find_standing(invitation.account_id, invitation.contact_id), invitation.send_at
        later = _after_pause(standing, pulse.due_at) if standing is not None else None
        if planned is not None and later is not None and later > planned:
            invitation.send_at, invitation.expires_at = later, invitation.expires_at + (later - planned)
            put_off += 1
    return put_off


def _program(code: str) -> SurveyProgram:
    """The program that issues ask with; it comes into being with the first question."""
    found = _find_program(code)
    return found or _make_program(code)


def _find_program(code: str) -> SurveyProgram | None:
    kind = {VERIFICATION: SurveyKind.VERIFICATION, PULSE: SurveyKind.RECOVERY_PULSE}[code]
    query = sa.select(SurveyProgram).where(SurveyProgram.kind == kind).order_by(SurveyProgram.id).limit(1)
    return db.session.scalar(query)


def _make_program(code: str) -> SurveyProgram:
    names = _in_each_language(code)
    kind = SurveyKind.VERIFICATION if code == VERIFICATION else SurveyKind.RECOVERY_PULSE
    ensure_survey(code, name=names.pop("en"), names=names, kind=kind)
    program = _find_program(code)
    if program is None:
        raise RuntimeError(f"another survey program is called {code!r}: give that one another code")
    program.reminder_days = REMINDERS[code]
    db.session.flush()
    if code == PULSE:
        programs.add_version(program.id, _pulse_texts(), actor=ACTOR)
    return program


def _in_each_language(code: str) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = _("Is it solved?") if code == VERIFICATION else _("Recovery pulse")
    return found


def _pulse_texts() -> dict[str, dict[str, str]]:
    found = {}
    for language in LANGUAGES:
        with force_locale(language):
            found[language] = {
                "subject": _("How do you stand with us now?"),
                "invitation": _(
                    "Some weeks ago something went wrong between us, and we worked on it. We would like to know how things are "
                    "now. One number is enough; a sentence helps us more."
                ),
                "reminder": _("A few days ago we asked how things are between us now. One number is enough."),
            }
    return found
