"""The customers' side of the demo after a fix: mails reach them, most say that it is solved, some do not, some stay silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from feedback.accounts.models import Account, Contact
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.closed_loop.verifying.page_words import Said, take
from feedback.demo.company import ACTOR
from feedback.demo.hours import waking_moment
from feedback.demo.scenario import load_texts
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.issues.verifying.models import RecoveryPulse, Verification
from feedback.issues.verifying.queries import find_by_invitation
from feedback.issues.verifying.rules import Verdict
from feedback.kernel import clock
from feedback.listening import about_issues
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import AnswerChannel, InvitationState, SurveyKind

SILENT_EVERY = 7  # of the issues, so many never hear from their customer
REMINDED_AFTER = (timedelta(days=5), timedelta(days=12))


def is_silent(number: int) -> bool:
    """Whether nobody at this customer ever says whether it is solved."""
    return number % SILENT_EVERY == 3


class Customers:
    """Everybody who is asked whether a fix holds, for one demo company."""

    def __init__(self, prefix: str, seed: int) -> None:
        self._accounts, self._seed, self._texts = prefix, seed, load_texts("verdicts")

    def answer(self, day: datetime) -> None:
        """One evening: what was planned has left, reminders too, and some have answered. Call inside `transaction()`."""
        self._deliver(day)
        for row in self._asked():
            waited = day - row.sent_at
            self._remind(row, waited)
            if waited >= timedelta(days=1 + row.id % 3):
                self._say(row)
        self._score(day)

    def _deliver(self, day: datetime) -> None:
        query = sa.select(Invitation, SurveyProgram.kind).join(SurveyProgram, SurveyProgram.id == Invitation.survey_id)
        kinds = (SurveyKind.VERIFICATION, SurveyKind.RECOVERY_PULSE)
        due = (Invitation.state == InvitationState.PLANNED, Invitation.send_at <= day, SurveyProgram.kind.in_(kinds))
        for invitation, kind in db.session.execute(query.where(*due, self._ours(Invitation)).order_by(Invitation.id)).all():
            if about_issues.called_off(kind, invitation.id):
                invitation.state = InvitationState.STOPPED
                continue
            invitation.state, invitation.sent_at = InvitationState.SENT, invitation.send_at
            db.session.flush()
            about_issues.note_asked(kind, invitation.id, 0)

    def _ours(self, model: Any) -> sa.ColumnElement[bool]:
        return model.account_id.in_(sa.select(Account.id).where(Account.external_id.like(self._accounts)))

    def _asked(self) -> Sequence[Any]:
        """Mails without an answer, about the fix that stands."""
        query = (
            sa.select(Invitation.id, Invitation.sent_at, Invitation.reminders, Issue.number, Contact.language)
            .join(Verification, Verification.invitation_id == Invitation.id)
            .join(Issue, sa.and_(Issue.id == Verification.issue_id, Issue.reopen_count == Verification.round))
            .join(Contact, Contact.id == Invitation.contact_id)
            .where(Invitation.state.in_((InvitationState.SENT, InvitationState.REMINDED)), self._ours(Invitation))
        )
        return db.session.execute(query.order_by(Invitation.id)).all()

    def _remind(self, row: Any, waited: timedelta) -> None:
        if row.reminders < len(REMINDED_AFTER) and waited >= REMINDED_AFTER[row.reminders]:
            changed = sa.update(Invitation).where(Invitation.id == row.id)
            db.session.execute(changed.values(reminders=row.reminders + 1, state=InvitationState.REMINDED))
            about_issues.note_asked(SurveyKind.VERIFICATION, row.id, row.reminders + 1)

    def _say(self, row: Any) -> None:
        random = Random(f"verdict:{self._seed}:{row.id}")
        verdict = random.choices((Verdict.YES, Verdict.PARTLY, Verdict.NO, None), (45, 6, 7, 42))[0]
        if verdict is None or is_silent(row.number):
            return
        found = find_by_invitation(row.id, lock=True)
        if found is None:
            return
        words = self._texts[verdict.value]
        with clock.frozen(min(clock.now(), waking_moment(clock.now().date(), f"{self._seed}:{row.id}"))):
            take(*found, Said(verdict, random.choice(words.get(row.language) or words["en"])))

    def _score(self, day: datetime) -> None:
        """Recovery pulses: two of three people answer within a few days."""
        query = (
            sa.select(
                Invitation.id, Invitation.sent_at, Account.external_id.label("account"), Contact.external_id.label("contact")
            )
            .join(RecoveryPulse, RecoveryPulse.invitation_id == Invitation.id)
            .join(Account, Account.id == Invitation.account_id)
            .join(Contact, Contact.id == Invitation.contact_id)
            .where(Invitation.state == InvitationState.SENT, self._ours(Invitation))
            .order_by(Invitation.id)
        )
        code = db.session.scalar(sa.select(SurveyProgram.code).where(SurveyProgram.kind == SurveyKind.RECOVERY_PULSE))
        drafts = [
            AnswerDraft(
                source="demo",
                external_id=f"pulse-{row.account}-{row.id}",
                account_external_id=row.account,
                contact_external_id=row.contact,
                score=random.choices((5, 7, 8, 9, 10), (1, 2, 4, 4, 2))[0],
                survey=code or "",
                channel=AnswerChannel.WEB,
                invitation_id=row.id,
                responded_at=clock.now(),
            )
            for row in db.session.execute(query)
            if (random := Random(f"pulse:{self._seed}:{row.id}")).random() < 0.66
            and day - row.sent_at >= timedelta(days=1 + row.id % 4)
        ]
        if drafts:
            accept_answers(drafts, AcceptOptions(actor=ACTOR))
