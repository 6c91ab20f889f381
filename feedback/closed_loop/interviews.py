"""Answers given by phone: the interviewer notes them, with the customer's yes, against one invitation like any other answer."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from feedback.access.models import User
from feedback.access.rules import Viewer
from feedback.accounts.models import Account, Contact
from feedback.accounts.queries import access_account
from feedback.accounts.queries import get_contact_in as get_role
from feedback.audit import service as audit
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.intake import accept_answers
from feedback.closed_loop.intake.by_hand import NewContent, correct_answer
from feedback.closed_loop.intake.corrections import Change
from feedback.closed_loop.intake.exclusions import check_own_detractor
from feedback.closed_loop.intake.stored import load_answers, load_issue_ids
from feedback.defects import locks
from feedback.extensions import db
from feedback.inlets.models import Interview
from feedback.issues.rules import CallWish
from feedback.kernel import clock
from feedback.kernel.errors import Forbidden, InvalidInput, NotFound, RuleViolation
from feedback.permission.queries import consent_states
from feedback.permission.rules import NOTHING_RECORDED, Channel, ConsentAction, ConsentFact, Purpose
from feedback.permission.service import ConsentDraft, record_consents
from feedback.surveys.models import Invitation, Response, ResponseVersion, SurveyProgram, SurveyVersion
from feedback.surveys.people.rules import CHANGEABLE
from feedback.surveys.personal_links import Given, find_given
from feedback.surveys.rules import SCORED_KINDS, AnswerChannel, CorrectionReason, InvitationState, band
from feedback.surveys.service import DEFAULT_SURVEY
from feedback.surveys.texts import choose_language, words

SOURCE = "interview"
MAX_NOTE = 300
_ANSWERABLE = (
    InvitationState.CREATED,
    InvitationState.PLANNED,
    InvitationState.QUEUED,
    InvitationState.SENT,
    InvitationState.REMINDED,
    InvitationState.BOUNCED,
    InvitationState.FAILED,
)


@dataclass(frozen=True, slots=True)
class Script:
    """What an interviewer needs before and during the call, in the customer's language."""

    account: Account
    contact: Contact
    program: SurveyProgram
    language: str
    words: dict[str, str]
    consent: ConsentFact
    open_since: datetime | None  # they have a link that they can still answer
    changes: Given | None  # an answer that this talk would change
    last: tuple[int, datetime] | None  # the newest answer to this survey
    own_account: bool


@dataclass(frozen=True, slots=True)
class InterviewDraft:
    """What the interviewer noted. `note` says how the customer agreed, or refused, for the consent ledger."""

    account_id: int
    contact_id: int
    agreed: bool
    survey: str = DEFAULT_SURVEY
    score: int | None = None
    comment: str | None = None
    reasons: tuple[str, ...] = ()
    note: str | None = None
    reached: bool = True  # False: nobody picked up, so nothing was said
    call_me: CallWish | None = None  # they want to be called again, by whoever takes care of it


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of it: `accepted` is None after a refusal, or when nobody picked up."""

    interview_id: int
    accepted: Accepted | None


def script_of(viewer: Viewer, account_id: int, contact_id: int, survey: str = DEFAULT_SURVEY) -> Script:
    """Everything for one call.

    Raises:
        NotFound: the account is not the viewer's to interview, or the contact has no role in it.
        InvalidInput: there is no such survey.
    """
    account, contact, program = _parties(viewer, account_id, contact_id, survey)
    standing = _standing_invitation(account.id, contact.id, program.id)
    version = _version(program.id, standing)
    texts = version.texts if version else {}
    language = choose_language(contact.language or account.language, texts, program.fallbacks)
    given = _given(standing)
    return Script(
        account=account,
        contact=contact,
        program=program,
        language=language,
        words=words(language, texts),
        consent=consent_states([contact.id], Purpose.FEEDBACK, Channel.PHONE).get(contact.id, NOTHING_RECORDED),
        open_since=standing.created_at if standing is not None and given is None else None,
        changes=given,
        last=_last_answer(account.id, contact.id, program.id),
        own_account=account.owner_id == viewer.user_id,
    )


def note_interview(viewer: Viewer, draft: InterviewDraft) -> Noted:
    """Store what was said, that the customer did not want to, or that nobody picked up; call it inside `transaction()`.

    One invitation, one answer: an open one is answered by it, so that no mail asks again; an answer of the last 24 hours is
    changed as a new version; else the talk is its own invitation.

    Raises:
        NotFound, InvalidInput: as `script_of`; or the answer is not valid.
        Forbidden: no person is behind the request.
        RuleViolation: the customer objected to being asked by phone, or gave a detractor's answer by themselves a moment ago and
            the viewer looks after the account.
    """
    if viewer.user_id is None:
        raise Forbidden(_("An interview is noted by the person who held it: log in for it."))
    locks.hold(db.session(), locks.ACCEPTOR)
    account, contact, program = _parties(viewer, draft.account_id, draft.contact_id, draft.survey)
    if not draft.reached:
        return Noted(_store(viewer, account, contact, program, None, None, reached=False), None)
    _record_consent(viewer, contact, draft)
    if not draft.agreed:
        return Noted(_store(viewer, account, contact, program, None, None), None)
    if draft.score is None:
        raise InvalidInput({"score": [_("The score is a whole number from 0 to 10.")]})
    invitation = _standing_invitation(account.id, contact.id, program.id) or _invite(viewer, account, contact, program)
    accepted = _accept(viewer, draft, account, contact, program, invitation)
    return Noted(_store(viewer, account, contact, program, invitation.id, accepted.response_id), accepted)


def _parties(viewer: Viewer, account_id: int, contact_id: int, survey: str) -> tuple[Account, Contact, SurveyProgram]:
    account = access_account(account_id, viewer=viewer, permission="interview.write")
    role = get_role(account.id, contact_id)
    if role.left_at is not None:
        raise NotFound
    program = db.session.scalar(sa.select(SurveyProgram).where(SurveyProgram.code == survey))
    if program is None or not program.active or program.kind not in SCORED_KINDS:
        raise InvalidInput({"survey": [_("There is no active survey '%(code)s'.", code=survey)]})
    return account, db.session.get_one(Contact, contact_id), program


def _standing_invitation(account_id: int, contact_id: int, survey_id: int) -> Invitation | None:
    """The one that this talk answers: one whose answer can still be changed, else the newest that can be answered."""
    now = clock.now()
    mine = (Invitation.account_id == account_id, Invitation.contact_id == contact_id, Invitation.survey_id == survey_id)
    lately = sa.exists().where(Response.invitation_id == Invitation.id, Response.created_at > now - CHANGEABLE)
    waiting = sa.and_(Invitation.state.in_(_ANSWERABLE), Invitation.expires_at > now)
    query = sa.select(Invitation).where(*mine, sa.or_(lately, waiting)).order_by(lately.desc(), Invitation.id.desc()).limit(1)
    return db.session.scalar(query)


def _given(invitation: Invitation | None) -> Given | None:
    return None if invitation is None else find_given(invitation.id)


def _last_answer(account_id: int, contact_id: int, survey_id: int) -> tuple[int, datetime] | None:
    mine = (Response.account_id == account_id, Response.contact_id == contact_id, Response.survey_id == survey_id)
    query = sa.select(Response.score, Response.responded_at).where(*mine)
    row: Any = db.session.execute(query.order_by(Response.responded_at.desc(), Response.id.desc()).limit(1)).one_or_none()
    return None if row is None else (row[0], row[1])


def _version(survey_id: int, invitation: Invitation | None) -> SurveyVersion | None:
    """The texts the person was asked with, else those of today."""
    if invitation is not None and invitation.version_id is not None:
        return db.session.get(SurveyVersion, invitation.version_id)
    query = sa.select(SurveyVersion).where(SurveyVersion.survey_id == survey_id)
    return db.session.scalar(query.order_by(SurveyVersion.number.desc()).limit(1))


def _invite(viewer: Viewer, account: Account, contact: Contact, program: SurveyProgram) -> Invitation:
    """The talk as an invitation of its own. It has no link: nobody but the interviewer answers it."""
    now, settings = clock.now(), current_app.extensions["closedloop_settings"]
    version = _version(program.id, None)
    invitation = Invitation(
        account_id=account.id,
        contact_id=contact.id,
        survey_id=program.id,
        version_id=version.id if version else None,
        state=InvitationState.CREATED,
        created_by=viewer.actor,
        created_at=now,
        expires_at=now + timedelta(days=settings.invitation_valid_days),
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(viewer.actor, "invitation.created", "invitation", invitation.id, account_id=account.id, contact_id=contact.id)
    return invitation


def _accept(
    viewer: Viewer, draft: InterviewDraft, account: Account, contact: Contact, program: SurveyProgram, invitation: Invitation
) -> Accepted:
    given = _given(invitation)
    if given is not None:
        return _change(viewer, given, draft)
    version = _version(program.id, invitation)
    said = AnswerDraft(
        account_external_id=account.external_id,
        contact_external_id=contact.external_id,
        score=draft.score if draft.score is not None else -1,
        source=SOURCE,
        survey=program.code,
        comment=draft.comment,
        language=choose_language(contact.language or account.language, version.texts if version else {}, program.fallbacks),
        channel=AnswerChannel.PHONE,
        defects=draft.reasons,
        call_me=draft.call_me,
        invitation_id=invitation.id,
    )
    outcome = accept_answers([said], AcceptOptions(one_by_one=True, actor=viewer.actor))[0]
    if isinstance(outcome, Rejected):
        raise InvalidInput(outcome.errors)
    return outcome


def _change(viewer: Viewer, given: Given, draft: InterviewDraft) -> Accepted:
    if not _all_noted_by(viewer, given.response_id):
        check_own_detractor(draft.account_id, given.score, viewer)
    content = NewContent(score=draft.score or 0, comment=draft.comment, defects=draft.reasons, call_me=draft.call_me)
    # it says this already: the button was pressed twice
    with suppress(RuleViolation):
        correct_answer(given.response_id, content, Change(viewer.actor, CorrectionReason.CHANGED_BY_PHONE))
    session = db.session()
    [answer] = load_answers(session, [given.response_id]).rows()
    issue_id = load_issue_ids(session, [answer.id]).get(answer.id)
    about = (answer.id, answer.account_id, answer.contact_id, answer.score, band(answer.score).value, answer.moment)
    return Accepted("updated", *about, answer.codes, issue_id)


def _all_noted_by(viewer: Viewer, response_id: int) -> bool:
    """Whether everything that this answer ever said was noted by the viewer in interviews."""
    first = sa.select(Interview.interviewer_id).where(Interview.response_id == response_id).order_by(Interview.id).limit(1)
    by_phone = sa.exists().where(Response.id == response_id, Response.source == SOURCE)
    others = sa.exists().where(
        ResponseVersion.response_id == response_id, ResponseVersion.changed_by.is_distinct_from(viewer.actor)
    )
    interviewer, began_by_phone, changed_by_others = db.session.execute(
        sa.select(first.scalar_subquery(), by_phone, others)
    ).one()
    return interviewer == viewer.user_id and began_by_phone and not changed_by_others


def _record_consent(viewer: Viewer, contact: Contact, draft: InterviewDraft) -> None:
    """The customer's word about being interviewed, in the ledger, with who heard it."""
    known = consent_states([contact.id], Purpose.FEEDBACK, Channel.PHONE).get(contact.id, NOTHING_RECORDED)
    if draft.agreed and known.action is ConsentAction.OBJECTED:
        raise RuleViolation(_("This person objected to being asked by phone. Only they can take that back, in writing."))
    heard_by = db.session.scalar(sa.select(User.name).where(User.id == viewer.user_id))
    evidence = " · ".join(part for part in (f"phone interview by {heard_by}", (draft.note or "").strip()) if part)
    action = ConsentAction.GRANTED if draft.agreed else ConsentAction.REFUSED
    said = ConsentDraft(contact.id, Purpose.FEEDBACK, Channel.PHONE, action, clock.now(), "consent", evidence[: MAX_NOTE + 200])
    record_consents([said], recorded_by=viewer.actor)


def _store(
    viewer: Viewer,
    account: Account,
    contact: Contact,
    program: SurveyProgram,
    invitation_id: int | None,
    response_id: int | None,
    *,
    reached: bool = True,
) -> int:
    interview = Interview(
        account_id=account.id,
        contact_id=contact.id,
        survey_id=program.id,
        invitation_id=invitation_id,
        response_id=response_id,
        interviewer_id=viewer.user_id or 0,
        own_account=account.owner_id == viewer.user_id,
        agreed=response_id is not None,
        reached=reached,
        held_at=clock.now(),
    )
    db.session.add(interview)
    db.session.flush()
    what = "interview.answered" if response_id is not None else "interview.refused" if reached else "interview.missed"
    audit.record(viewer.actor, what, "interview", interview.id, account_id=account.id, contact_id=contact.id)
    return interview.id
