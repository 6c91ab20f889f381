"""The acceptor: every answer, from whatever channel, comes through `accept_answers`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback.accounts.intake import Party, ensure_parties
from feedback.accounts.party_memory import PartyMemory
from feedback.audit import service as audit
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft, Rejected
from feedback.closed_loop.intake.codes import create_missing, load_codes
from feedback.closed_loop.intake.content import FUTURE, Content, ReadAnswers, read
from feedback.closed_loop.intake.corrections import correct_answers, remove_answers
from feedback.closed_loop.intake.identity import Known, Plan, find_known, make_plan
from feedback.closed_loop.intake.reactions import count_answers, open_issues, publish_received
from feedback.closed_loop.intake.store import Answer, Arrival, insert_answers, scored
from feedback.closed_loop.intake.stored import load_answers, load_issue_ids
from feedback.defects import locks
from feedback.defects.statistics import append_answers
from feedback.extensions import db
from feedback.kernel import clock, events
from feedback.kernel.errors import NotFound
from feedback.surveys.events import AnswerDeleted
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState, band

__all__ = ["accept_answers", "accept_read", "delete_answer"]

Outcome = Accepted | Rejected
_LOCK = 0x0A45E2  # serialises acceptors on PostgreSQL; on SQLite the write transaction does
_BANDS = tuple(band(score).value for score in range(11))


def accept_answers(drafts: Sequence[AnswerDraft], options: AcceptOptions) -> list[Outcome]:
    """Store a list of answers with all their consequences; call it inside `transaction()`.

    The outcome is that of handing them in one after the other, with a number of statements that does not depend on the
    length of the list. Of two rows with the same time the later one is the later answer: ids ascend.
    """
    return accept_read(read(drafts, clock.now() + FUTURE), options)


def accept_read(answers: ReadAnswers, options: AcceptOptions, memory: PartyMemory | None = None) -> list[Outcome]:
    """`accept_answers` for one of many lists that `content.read` has checked already, maybe in another process."""
    return _Acceptance(db.session(), answers.rows(), options, memory).run()


class _Acceptance:
    """One list on its way through the acceptor."""

    def __init__(
        self, session: Session, contents: Sequence[Content | Rejected], options: AcceptOptions, memory: PartyMemory | None
    ) -> None:
        locks.hold(session, _LOCK)
        self.session, self.options, self.now = session, options, clock.now()
        self.contents, self.memory = contents, memory
        valid = [content for content in self.contents if isinstance(content, Content)]
        self.known, self.codes = find_known(session, valid), load_codes(session, valid)
        self.outcomes: dict[int, Outcome] = {}

    def run(self) -> list[Outcome]:
        start, size = 0, len(self.contents)
        while start < size:
            plan = make_plan(self.contents, start, self.known, self.codes, self.options)
            self.outcomes.update(plan.rejected)
            self._store(plan)
            self._repeat(plan.repeat)
            start = plan.stop
        _record(self.outcomes, self.options)
        return [self.outcomes[index] for index in range(size)]

    def _store(self, plan: Plan) -> None:
        indices = sorted([*plan.create, *plan.correct])
        active = {index: said for index in indices if isinstance(said := self.contents[index], Content)}
        if not active:
            return
        self.codes = create_missing(self.session, self.codes, list(active.values()), self.options.create_surveys)
        arrival = Arrival(self.now, self.options.default_channel, self.codes.surveys, self.codes.defects)
        parties = dict(zip(active, ensure_parties(self.session, list(active.values()), self.memory), strict=True))
        contents = [active[index] for index in plan.create]
        created = insert_answers(self.session, contents, [parties[index] for index in plan.create], arrival)
        for content, answer in zip(contents, created, strict=True):
            if content.identity:
                self.known[content.identity].response_id = answer.id
        before, after = self._correct(plan.correct, active, parties, arrival)
        _close_invitations(self.session, contents, self.now)
        count_answers(self.session, created, before, after)
        issues = open_issues(self.session, created, after, self.now)
        publish_received([*created, *after])
        for status, places, answers in (("created", plan.create, created), ("updated", list(plan.correct), after)):
            self.outcomes.update({i: _accepted(status, answer, issues) for i, answer in zip(places, answers, strict=True)})

    def _correct(
        self, correct: Mapping[int, int], active: Mapping[int, Content], parties: Mapping[int, Party], arrival: Arrival
    ) -> tuple[list[Answer], list[Answer]]:
        if not correct:
            return [], []
        said = {response_id: active[index] for index, response_id in correct.items()}
        who = {response_id: parties[index] for index, response_id in correct.items()}
        return correct_answers(self.session, said, who, arrival)

    def _repeat(self, repeat: Mapping[int, Known]) -> None:
        places = {index: known.response_id for index, known in repeat.items() if known.response_id is not None}
        if places:
            response_ids = sorted(set(places.values()))
            answers, issues = load_answers(self.session, response_ids), load_issue_ids(self.session, response_ids)
            self.outcomes.update({i: _accepted("unchanged", answers[key], issues) for i, key in places.items()})


def _close_invitations(session: Session, contents: Sequence[Content], now: datetime) -> None:
    invited = [content.invitation_id for content in contents if content.invitation_id is not None]
    if invited:
        statement = sa.update(Invitation).where(Invitation.id.in_(invited))
        session.execute(statement.values(state=InvitationState.ANSWERED, answered_at=now))


def _accepted(status: str, answer: Answer, issues: Mapping[int, int]) -> Accepted:
    return Accepted(
        status,
        answer.id,
        answer.account_id,
        answer.contact_id,
        answer.score,
        _BANDS[answer.score],
        answer.responded_at,
        tuple(sorted(answer.codes)) if len(answer.codes) > 1 else answer.codes,
        issues.get(answer.id),
        answer.role_guessed,
    )


def _record(outcomes: Mapping[int, Outcome], options: AcceptOptions) -> None:
    stored = [outcome for outcome in outcomes.values() if isinstance(outcome, Accepted) and outcome.status != "unchanged"]
    if not stored:
        return
    ids = {status: [outcome.response_id for outcome in stored if outcome.status == status] for status in ("created", "updated")}
    if options.one_by_one:
        for status, response_ids in ids.items():
            audit.record_each(options.actor, f"response.{status}", "response", response_ids)
        return
    span = (min(outcome.response_id for outcome in stored), max(outcome.response_id for outcome in stored))
    counts = {status: len(response_ids) for status, response_ids in ids.items()}
    audit.record(options.actor, "response.list_accepted", "response", f"{span[0]}-{span[1]}", **counts)


def delete_answer(response_id: int, actor: str) -> None:
    """Delete an answer and take it out of the statistics; call it inside `transaction()`.

    An issue that it opened stays: somebody may be working on it.

    Raises:
        NotFound: there is no such answer.
    """
    session = db.session()
    locks.hold(session, _LOCK)  # else an answer could be corrected and deleted at once: counted back twice, or a deadlock
    removed = remove_answers(session, [response_id])
    if not removed:
        raise NotFound
    append_answers(session, scored(removed, [-1]))
    audit.record(actor, "response.deleted", "response", response_id)
    events.publish(AnswerDeleted(response_id, removed[0].account_id))
