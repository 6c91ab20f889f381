"""The eighteen months: answers that arrived before, and the recent past played day by day."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from feedback.closed_loop.drafts import Accepted, AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.demo.company import ACTOR, chunks
from feedback.demo.generate import PlannedAnswer
from feedback.kernel import clock
from feedback.surveys.rules import AnswerChannel
from feedback.uow import transaction

_CHUNK = 10_000
Progress = Callable[[str], None]


def draft_of(answer: PlannedAnswer) -> AnswerDraft:
    """A planned answer as a channel would hand it in."""
    return AnswerDraft(
        source="demo",
        external_id=f"{answer.account.external_id[:3]}-{answer.number:07d}",
        account_external_id=answer.account.external_id,
        contact_external_id=answer.contact.external_id,
        score=answer.score,
        survey=answer.survey or "relationship",
        comment=answer.comment,
        language=answer.contact.language,
        channel=AnswerChannel.EMAIL if answer.survey is None else AnswerChannel.PHONE,
        responded_at=answer.at,
        defects=answer.defects,
    )


def accept(answers: Sequence[PlannedAnswer]) -> None:
    """Hand answers to the acceptor; a refused one is an error of the demo."""
    for part in chunks(answers, _CHUNK):
        with transaction():
            outcomes = accept_answers([draft_of(answer) for answer in part], AcceptOptions(actor=ACTOR))
        refused = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        if refused:
            raise RuntimeError(f"the demo's own answers were refused: {refused[:3]}")


def play_days(
    answers: Sequence[PlannedAnswer], start: datetime, end: datetime, evening: Callable[[datetime], None], progress: Progress
) -> None:
    """Let each day's answers arrive at that day's time, and the staff work in the evening."""
    by_day = {day: list(group) for day, group in groupby(answers, key=lambda answer: answer.at.date())}
    day = start
    while day < end:
        today = by_day.get(day.date(), [])
        if today:
            with clock.frozen(min(end, max(answer.at for answer in today) + timedelta(minutes=5))):
                accept(today)
        with clock.frozen(min(end, day.replace(hour=19))):
            evening(day)
        day += timedelta(days=1)
    progress(f"played {(end - start).days} days")
