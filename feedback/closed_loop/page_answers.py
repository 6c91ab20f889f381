"""Answers from the survey page: each counts once, the last confirmed score is what counts, and no machine's does."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _

from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.intake import accept_answers, delete_answer
from feedback.closed_loop.intake.by_hand import DETRACTOR_MAX, NewContent, correct_answer
from feedback.closed_loop.intake.corrections import Change
from feedback.closed_loop.intake.stored import load_issue_ids
from feedback.closed_loop.verifying import page_words
from feedback.defects import locks
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.rules import CallWish
from feedback.issues.withdrawing import take_back_voice
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, RuleViolation
from feedback.listening.unsubscribe import change_asking
from feedback.surveys.models import Invitation, ResponseVersion
from feedback.surveys.people import marks, submissions
from feedback.surveys.people.models import FormKind, Submission, SubmissionState
from feedback.surveys.people.rules import AFTERWARDS, CERTAIN, HOLDS_ANSWERS, TOGETHER, SignKind, is_changeable
from feedback.surveys.people.submissions import Sent
from feedback.surveys.personal_links import Asked, Given, find_asked_by_id, find_given
from feedback.surveys.queries import known_defects
from feedback.surveys.rules import AnswerChannel, CorrectionReason, InvitationState
from feedback.uow import GroupCommit, transaction

log = logging.getLogger("closedloop.survey")
SOURCE = "survey"
MACHINE = "system:scanner"


class Told(StrEnum):
    """What came of a form that was not refused."""

    STORED = "stored"
    HELD = "held"  # stored; counts when its client has been quiet for a while
    REPEATED = "repeated"  # a double click, or a page loaded again: what is stored stays
    TOO_LATE = "too_late"
    NOT_BELIEVED = "not_believed"  # from a page whose trap was touched
    CONTRADICTED = "contradicted"  # another number within seconds, from where several links were opened at once: who means it?


@dataclass(frozen=True, slots=True)
class Words:
    """What the form said."""

    score: int
    comment: str
    defects: tuple[str, ...]
    language: str
    call_me: CallWish | None = None

    @property
    def digest(self) -> str:
        """Tells a repeated form from a changed one."""
        said = json.dumps([self.score, self.comment, sorted(self.defects), *self._wish()])
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()

    def content(self) -> dict[str, Any]:
        """As it is kept while it is held."""
        said = {"score": self.score, "comment": self.comment, "defects": list(self.defects), "language": self.language}
        return said | {"call_me": self._wish() or None}

    def _wish(self) -> list[str]:
        return [self.call_me.phone, self.call_me.best_time] if self.call_me else []

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Words":
        """From what was kept."""
        wish = CallWish(*said["call_me"]) if said.get("call_me") else None
        return cls(said["score"], said["comment"] or "", tuple(said["defects"]), said["language"] or "en", wish)


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A form that was sent from one view of the page."""

    asked: Asked
    words: Words
    view: str
    client: str

    @property
    def sent(self) -> Sent:
        """What is remembered of it."""
        return Sent(self.asked.invitation_id, self.view, FormKind.ANSWER, self.client, self.words.digest)


Outcome = Rejected | Told


def submit(answer: PageAnswer) -> Outcome:
    """Take an answer, in a transaction that it shares with others that wait at this moment."""
    return _group.submit(answer)


def _take_all(answers: Sequence[PageAnswer]) -> list[Outcome]:
    locks.hold(db.session(), locks.ACCEPTOR)  # two devices of one person, in two processes, come one after the other
    outcomes: dict[int, Outcome] = {}
    fresh: dict[int, _New] = {}
    for place, answer in enumerate(answers):
        if any(one.answer.asked.invitation_id == answer.asked.invitation_id for one in fresh.values()):
            outcomes |= _store_new(fresh)  # what is said twice over one link is looked at one after the other
            fresh = {}
        found = _look(answer)
        if isinstance(found, _New):
            fresh[place] = found
        else:
            outcomes[place] = found
    outcomes |= _store_new(fresh)
    return [outcomes[place] for place in range(len(answers))]


_group: GroupCommit[PageAnswer, Outcome] = GroupCommit(_take_all)


class _New(NamedTuple):
    """What a link says for the first time. `first`: its view has sent nothing before either."""

    answer: PageAnswer
    first: bool


def _look(answer: PageAnswer) -> Outcome | _New:
    """Take a form that changes, repeats or may not; what is to be stored as a new answer comes back."""
    earlier = submissions.find_earlier(answer.sent)
    if earlier is not None:
        state, same = earlier
        if state is SubmissionState.DROPPED:
            return Told.NOT_BELIEVED
        if same:
            return Told.HELD if state is SubmissionState.HELD else Told.REPEATED
    given = find_given(answer.asked.invitation_id)
    if given is not None and not is_changeable(given.answered_at, clock.now()):
        return Told.TOO_LATE
    held = _hold(answer)
    if held is not None:
        return held
    if given is None:
        return _New(answer, first=earlier is None)
    refusal = _store(answer.asked, answer.words, given)
    if refusal is None:
        submissions.note_accepted(answer.sent, first=earlier is None)
    return refusal or Told.STORED


def _hold(answer: PageAnswer) -> Outcome | None:
    """Keep it back, or refuse to, if its client did what no person can; None for a person's."""
    if marks.last_sign(answer.asked.invitation_id, answer.client, HOLDS_ANSWERS) is not None:
        if _contradicts(answer):
            submissions.supersede_held(answer.sent)
            return Told.CONTRADICTED
        unknown = set(answer.words.defects) - known_defects(answer.words.defects)
        if unknown:
            return Rejected("unknown_code", {"defects": [_("We do not know one of the problems.")]})
        if submissions.hold(answer.sent, answer.words.content()):
            return Told.HELD
    return None


def _contradicts(answer: PageAnswer) -> bool:
    """Whether a client that opened two scores at once has sent another one a few seconds ago: then somebody is asked."""
    if marks.last_sign(answer.asked.invitation_id, answer.client, (SignKind.TWO_SCORES,)) is None:
        return False
    held = submissions.find_held_content(answer.asked.invitation_id, answer.client)
    if held is None:
        return False
    said, at = held
    return bool(said["score"] != answer.words.score) and clock.now() - at < TOGETHER


def _store_new(fresh: Mapping[int, _New]) -> dict[int, Outcome]:
    """Hand a list of new answers to the acceptor at once: a group costs little more than one of them."""
    answers = [one.answer for one in fresh.values()]
    actors = [f"invitation:{answer.asked.invitation_id}" for answer in answers]
    drafts = [_draft(answer.asked, answer.words) for answer in answers]
    told = accept_answers(drafts, AcceptOptions(one_by_one=True, actors=actors)) if drafts else []
    outcomes: dict[int, Outcome] = {}
    for (place, new), outcome in zip(fresh.items(), told, strict=True):
        if isinstance(outcome, Rejected):
            outcomes[place] = outcome
        else:
            submissions.note_accepted(new.answer.sent, first=new.first)
            outcomes[place] = Told.STORED
    return outcomes


def _store(asked: Asked, words: Words, given: Given | None) -> Rejected | None:
    """Write an answer, or change the one that was given; answers why not."""
    if given is not None:
        return _change(given, words, Change(f"invitation:{asked.invitation_id}", CorrectionReason.CHANGED_BY_CUSTOMER))
    outcome = accept_answers([_draft(asked, words)], AcceptOptions(actor=f"invitation:{asked.invitation_id}", one_by_one=True))[0]
    return outcome if isinstance(outcome, Rejected) else None


def _draft(asked: Asked, words: Words) -> AnswerDraft:
    return AnswerDraft(
        account_external_id=asked.account_external_id,
        contact_external_id=asked.contact_external_id,
        score=words.score,
        source=SOURCE,
        survey=asked.survey,
        comment=words.comment,
        language=words.language,
        channel=AnswerChannel.WEB,
        defects=words.defects,
        call_me=words.call_me,
        invitation_id=asked.invitation_id,
    )


def _change(given: Given, words: Words, change: Change) -> Rejected | None:
    content = NewContent(score=words.score, comment=words.comment, defects=words.defects, call_me=words.call_me)
    try:
        correct_answer(given.response_id, content, change)
    except InvalidInput as error:
        return Rejected("invalid", error.errors)
    except RuleViolation:  # it says this already
        return None
    return None


def touch_trap(invitation_id: int, client: str, kind: SignKind, view: str | None = None) -> None:
    """A client did what gives machines away; call inside `transaction()`.

    What it sent and was not believed yet is forgotten. What it sent a moment ago and was believed is taken back. The link
    stays open: the person is still to come.
    """
    locks.hold(db.session(), locks.ACCEPTOR)
    marks.note_sign(invitation_id, client, kind)
    if kind not in CERTAIN:
        return
    submissions.drop_held(invitation_id, client)
    if submissions.accepted_since(invitation_id, client, clock.now() - AFTERWARDS, view):
        _take_back(invitation_id)
        submissions.mark_dropped(invitation_id, client, view)
    if view:
        submissions.burn_view(invitation_id, view, client)


def _take_back(invitation_id: int) -> None:
    """As if the last answer over this link had not been given."""
    given = find_given(invitation_id)
    if given is None:
        return
    log.warning("an answer over invitation %s was a machine's and is taken back", invitation_id)
    issue_id = load_issue_ids(db.session(), [given.response_id]).get(given.response_id)
    before = _version_before(given)
    if before is not None:
        _change(given, before.words, Change(MACHINE, CorrectionReason.MACHINE_UNDONE))
        if issue_id is not None and before.words.score > DETRACTOR_MAX:
            opened_it = _opened_at(issue_id) >= before.replaced_at
            take_back_voice(issue_id, given.response_id, given.score, opened_it=opened_it)
        return
    delete_answer(given.response_id, MACHINE)
    if issue_id is not None:
        take_back_voice(issue_id, given.response_id, given.score, opened_it=True)
    invitation = db.session.get_one(Invitation, invitation_id)
    mailed = InvitationState.REMINDED if invitation.reminders else InvitationState.SENT
    invitation.state = mailed if invitation.sent_at else InvitationState.CREATED
    invitation.answered_at = None
    db.session.flush()


class _Before(NamedTuple):
    """What a link had said until a machine changed it, and when that was."""

    words: Words
    replaced_at: datetime


def _version_before(given: Given) -> _Before | None:
    key = (ResponseVersion.response_id == given.response_id, ResponseVersion.version == given.version - 1)
    row = db.session.execute(sa.select(ResponseVersion.content, ResponseVersion.replaced_at).where(*key)).one_or_none()
    if row is None:
        return None
    said, replaced_at = row
    return _Before(Words.of(said), replaced_at)


def _opened_at(issue_id: int) -> datetime:
    return db.session.execute(sa.select(Issue.opened_at).where(Issue.id == issue_id)).scalar_one()


def release_due() -> dict[str, int]:
    """Count what was held and turned out to be a person's; answers how many of each state."""
    counts: dict[str, int] = {}
    with transaction():
        locks.hold(db.session(), locks.ACCEPTOR)
        for submission in submissions.list_due():
            state = _release(submission)
            submissions.settle(submission, state)
            db.session.flush()
            counts[state.value] = counts.get(state.value, 0) + 1
    return counts


def _release(submission: Submission) -> SubmissionState:
    if submissions.is_superseded(submission):
        return SubmissionState.SUPERSEDED
    said = submission.content
    if submission.form is FormKind.UNSUBSCRIBE:
        change_asking(submission.invitation_id, again=bool(said["again"]), months=int(said.get("months", 0)))
        return SubmissionState.ACCEPTED
    if submission.form is FormKind.VERDICT:
        return page_words.release(submission.invitation_id, said)
    asked = find_asked_by_id(submission.invitation_id)
    if asked is None:
        return SubmissionState.DROPPED
    refusal = _store(asked, Words.of(said), find_given(submission.invitation_id))
    if refusal is None:
        return SubmissionState.ACCEPTED
    log.error("a held answer over invitation %s was refused: %s", submission.invitation_id, refusal.errors)
    return SubmissionState.DROPPED
