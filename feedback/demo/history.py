"""The eighteen months: answers that arrived before, and the recent past played day by day."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from types import MappingProxyType

import sqlalchemy as sa

from feedback.accounts.models import Account
from feedback.accounts.queries import contact_ids_by_external_id
from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.demo.company import ACTOR, chunks
from feedback.demo.generate import PlannedAnswer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.surveys.rules import AnswerChannel
from feedback.surveys.service import invite_contact
from feedback.uow import transaction

_CHUNK = 10_000
_TOLD = 5  # days
_ASKED_BY_LINK = 3  # every third answer of the days that are played
Progress = Callable[[str], None]


def draft_of(answer: PlannedAnswer, invitation_id: int | None = None) -> AnswerDraft:
    """A planned answer as a channel would hand it in."""
    channel = AnswerChannel.EMAIL if answer.survey is None else AnswerChannel.PHONE
    return AnswerDraft(
        invitation_id=invitation_id,
        source="demo",
        external_id=f"{answer.account.external_id[:3]}-{answer.number:07d}",
        account_external_id=answer.account.external_id,
        contact_external_id=answer.contact.external_id,
        score=answer.score,
        survey=answer.survey or "relationship",
        comment=answer.comment,
        language=answer.contact.language,
        channel=channel if invitation_id is None else AnswerChannel.WEB,
        responded_at=answer.at,
        defects=answer.defects,
    )


def invite(answers: Sequence[PlannedAnswer]) -> dict[int, int]:
    """Ask every third of these people by a personal link, and of them every third in vain; answers number → invitation."""
    asked = [answer for answer in answers if answer.number % _ASKED_BY_LINK == 0]
    if not asked:
        return {}
    accounts = {answer.account.external_id for answer in asked}
    by_name = sa.select(Account.external_id, Account.id).where(Account.external_id.in_(accounts))
    ids = {name: account_id for name, account_id in db.session.execute(by_name)}  # noqa: C416  rows are no pairs to mypy
    people = contact_ids_by_external_id(answer.contact.external_id for answer in asked)
    found = {}
    with transaction():
        for answer in asked:
            contact_id = people[answer.contact.external_id]
            link = invite_contact(
                ids[answer.account.external_id], contact_id, survey=answer.survey or "relationship", actor=ACTOR
            )
            if answer.number % (2 * _ASKED_BY_LINK):
                found[answer.number] = link.invitation_id
    return found


def accept(
    answers: Sequence[PlannedAnswer], invited: Mapping[int, int] = MappingProxyType({}), progress: Progress = lambda _: None
) -> None:
    """Hand answers to the acceptor; a refused one is an error of the demo."""
    done = 0
    for part in chunks(answers, _CHUNK):
        drafts = [draft_of(answer, invited.get(answer.number)) for answer in part]
        with transaction():
            outcomes = accept_answers(drafts, AcceptOptions(actor=ACTOR))
        refused = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        if refused:
            raise RuntimeError(f"the demo's own answers were refused: {refused[:3]}")
        done += len(part)
        progress(f"{done:,} of {len(answers):,} earlier answers")


def play_days(
    answers: Sequence[PlannedAnswer], start: datetime, end: datetime, evening: Callable[[datetime], None], progress: Progress
) -> None:
    """Let each day's answers arrive at that day's time, and the staff work in the evening."""
    by_day = {day: list(group) for day, group in groupby(answers, key=lambda answer: answer.at.date())}
    day, days = start, (end - start).days
    while day < end:
        today = by_day.get(day.date(), [])
        if today:
            with clock.frozen(min(answer.at for answer in today) - timedelta(hours=2)):
                invited = invite(today)
            with clock.frozen(min(end, max(answer.at for answer in today) + timedelta(minutes=5))):
                accept(today, invited)
        with clock.frozen(min(end, day.replace(hour=19))):
            evening(day)
        day += timedelta(days=1)
        if (played := (day - start).days) % _TOLD == 0 or day >= end:
            progress(f"played {min(played, days)} of {days} days")
