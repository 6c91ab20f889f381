"""The acceptor: every answer, from whatever channel, comes through `accept_answers`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.intake import ensure_parties
from feedback.accounts.party_memory import PartyMemory
from feedback.audit import service as audit
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake.answers import Answers
from feedback.closed_loop.intake.codes import create_missing, load_codes
from feedback.closed_loop.intake.content import FUTURE, read
from feedback.closed_loop.intake.corrections import correct_answers, remove_answers
from feedback.closed_loop.intake.counting import count
from feedback.closed_loop.intake.exclusions import load_excluded
from feedback.closed_loop.intake.forgotten import meet_erased, refuse_old
from feedback.closed_loop.intake.identity import Identities, Known, Plan, make_plan
from feedback.closed_loop.intake.outcomes import Outcome, Outcomes, Stored
from feedback.closed_loop.intake.reactions import count_answers, open_issues, publish_received
from feedback.closed_loop.intake.reasons import Words
from feedback.closed_loop.intake.said import ReadAnswers
from feedback.closed_loop.intake.store import Arrival, insert_answers
from feedback.closed_loop.intake.stored import load_answers, load_issue_ids
from feedback.defects import locks
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.bulk import in_list
from feedback.kernel.errors import NotFound
from feedback.kernel.prepared import Prepared
from feedback.surveys.events import AnswerDeleted
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState

__all__ = ["Outcome", "accept_answers", "accept_read", "delete_answer"]


def accept_answers(drafts: Sequence[AnswerDraft], options: AcceptOptions) -> list[Outcome]:
    """Store a list of answers with all their consequences; call it inside `transaction()`.

    The outcome is that of handing them in one after the other, with a number of statements that does not depend on the
    length of the list. Of two rows with the same time the later one is the later answer: ids ascend.
    """
    return accept_read(read(drafts, clock.now() + FUTURE), options).each()


def accept_read(
    said: ReadAnswers, options: AcceptOptions, memory: PartyMemory | None = None, *, one_by_one: bool = True
) -> Outcomes:
    """`accept_answers` for one of many lists that `content.read` has checked already, maybe in another process.

    Without `one_by_one`, answers that were stored before are not read back, only counted.
    """
    return _Acceptance(db.session(), said, options, memory, one_by_one=one_by_one).run()


class _Acceptance:
    """One list on its way through the acceptor."""

    def __init__(
        self, session: Session, said: ReadAnswers, options: AcceptOptions, memory: PartyMemory | None, *, one_by_one: bool
    ) -> None:
        locks.hold(session, locks.ACCEPTOR)
        self.session, self.options, self.now = session, options, clock.now()
        self.memory, self.one_by_one = memory, one_by_one
        self.said, met = meet_erased(session, said)
        self.identities, self.codes = Identities(session, said), load_codes(session, said)
        refuse_old(self.said, met, self.identities)
        self.outcomes = Outcomes()

    def run(self) -> Outcomes:
        start, unknown_codes = 0, self.codes.refusals(self.said, self.options)
        while start < len(self.said):
            plan = make_plan(self.said, start, self.identities, unknown_codes, self.options)
            self.outcomes.rejected.update(plan.rejected)
            self._store(plan)
            self._repeat(plan.repeat)
            start = plan.stop
        self.outcomes.record(self.options)
        return self.outcomes

    def _store(self, plan: Plan) -> None:
        places = sorted([*plan.create, *plan.correct])
        if not places:
            return
        said = self.said.take(places)
        self.codes = create_missing(self.session, self.codes, said, self.options.create_surveys)
        arrival = Arrival(self.now, self.options.default_channel, self.codes.surveys, self.codes.defects)
        parties = ensure_parties(self.session, said.columns, self.memory)
        now_at = {place: index for index, place in enumerate(places)} if plan.correct else {}
        new = [now_at[place] for place in plan.create] if plan.correct else range(len(places))
        contents = said.take(new)
        created = insert_answers(self.session, contents, parties.take(new), arrival)
        self.identities.created(plan.create, created["id"])
        old = {response_id: now_at[place] for place, response_id in plan.correct.items()}
        before, after = correct_answers(self.session, old, said, parties, arrival)
        _close_invitations(self.session, contents, self.now)
        count_answers(self.session, created, before, after)
        issues = open_issues(self.session, created, after, self.now, lambda: _words(created, contents))
        publish_received(created, after)
        self.outcomes.stored.append(Stored("created", plan.create, created, issues))
        self.outcomes.stored.append(Stored("updated", list(plan.correct), after, issues))

    def _repeat(self, repeat: Mapping[int, Known]) -> None:
        if not self.one_by_one:
            self.outcomes.unchanged += len(repeat)
        elif repeat:
            ids = {place: known.response_id for place, known in repeat.items() if known.response_id is not None}
            response_ids = sorted(set(ids.values()))
            found, issues = load_answers(self.session, response_ids), load_issue_ids(self.session, response_ids)
            same, catalogue = {answer.id: answer for answer in found.rows()}, dict(found.catalogue)
            for answer, cited in load_excluded(self.session, [key for key in response_ids if key not in same]):
                same[answer.id], catalogue = answer, catalogue | cited
            answers = Answers.of([same[key] for key in ids.values()], catalogue)
            self.outcomes.stored.append(Stored("unchanged", list(ids), answers, issues))


def _words(created: Answers, said: ReadAnswers) -> Words:
    wishes = zip(created["id"], said["call_me"], strict=True)
    comments = dict(zip(created["id"], said["comment"], strict=True))
    return Words(comments, {response_id: wish for response_id, wish in wishes if wish is not None})


def _close_invitations(session: Session, said: ReadAnswers, now: datetime) -> None:
    invited = [invitation_id for invitation_id in said["invitation_id"] if invitation_id is not None]
    if invited:
        _ANSWERED.change(session.connection(), {"ids": invited, "now": now})


_invitation: Any = Invitation.__table__
_ANSWERED = Prepared(
    sa.update(_invitation)
    .where(in_list(_invitation.c.id, "ids"))
    .values(state=InvitationState.ANSWERED, answered_at=sa.bindparam("now", type_=_invitation.c.answered_at.type))
)


def delete_answer(response_id: int, actor: str) -> None:
    """Delete an answer and take it out of the statistics; call it inside `transaction()`.

    An issue that it opened stays: somebody may be working on it.

    Raises:
        NotFound: there is no such answer.
    """
    session = db.session()
    locks.hold(
        session, locks.ACCEPTOR
    )  # else an answer could be corrected and deleted at once: counted back twice, or a deadlock
    removed = remove_answers(session, [response_id])
    if not len(removed):
        raise NotFound
    count(session, removed, [-1])
    audit.record(actor, "response.deleted", "response", response_id)
    events.publish(AnswerDeleted(response_id, removed["account_id"][0]))
