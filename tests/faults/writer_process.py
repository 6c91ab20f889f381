"""A process that hands in, corrects, deletes and folds at random: `python -m tests.faults.writer_process SEED ROUNDS`."""

import random
import sys
import time
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from feedback.app import create_app
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers, delete_answer
from feedback.defects.statistics import fold_all
from feedback.extensions import db
from feedback.kernel.errors import NotFound
from feedback.surveys.models import Response
from feedback.uow import transaction

DEFECTS = ("late", "rude", "lost", "dear")
START = datetime(2025, 1, 1, 12, tzinfo=UTC)
ROLES = ("decision_maker", "influencer", "user", None)


def draft(chance: random.Random) -> AnswerDraft:
    """An answer; of few names, so that processes correct each other's."""
    return AnswerDraft(
        account_external_id=f"a{chance.randrange(12)}",
        contact_external_id=f"c{chance.randrange(30)}",
        contact_role=chance.choice(ROLES),
        segment=chance.choice(["SMB", None]),
        region=chance.choice(["north", "south", None]),
        score=chance.randrange(11),
        external_id=f"r{chance.randrange(150)}",
        responded_at=START + timedelta(days=chance.randrange(120)),
        defects=tuple(chance.sample(DEFECTS, chance.randrange(3))),
    )


def hand_in(chance: random.Random) -> None:
    """One to twenty answers in one transaction."""
    with transaction():
        drafts = [draft(chance) for _ in range(chance.choice([1, 1, 3, 20]))]
        accept_answers(drafts, AcceptOptions(create_defects=True, update=True, actor="test"))


def delete(chance: random.Random) -> None:
    """Some answer, which another process may have deleted meanwhile."""
    ids = db.session.scalars(sa.select(Response.id)).all()
    db.session.rollback()
    if ids:
        try:
            with transaction():
                delete_answer(chance.choice(ids), "test")
        except NotFound:
            pass


def fold(_chance: random.Random) -> None:
    """Merge the tail into the grains."""
    with transaction() as session:
        fold_all(session)


if __name__ == "__main__":
    seed, rounds = map(int, sys.argv[1:])
    luck = random.Random(seed)
    with create_app().app_context():
        for _ in range(rounds):
            luck.choices([hand_in, delete, fold], [6, 3, 1])[0](luck)
            time.sleep(luck.uniform(0, 0.15))  # processes that wait for SQLite's one writer look every tenth of a second
