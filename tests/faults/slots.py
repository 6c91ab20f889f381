"""What killed schedulers left: slots without an effect, and slots that were run again. The test and the benchmark count alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
from flask import Flask

from feedback.extensions import db
from feedback.outbox.models import OutboxMessage
from tests.faults.scheduler_process import EFFECT


@dataclass(frozen=True)
class Slots:
    """Each slot takes effect under its key, so that a run that was killed between its work and its end leaves it once."""

    slots: int
    missing: int
    repeated_after_a_kill: int
    repeated_without_a_kill: int


def effects(app: Flask) -> list[datetime]:
    """The slots that took effect, in order."""
    with app.app_context():
        keys = db.session.scalars(sa.select(OutboxMessage.key).where(OutboxMessage.kind == "effect")).all()
        db.session.remove()
        db.engine.dispose()
    return sorted(datetime.fromisoformat(key.removeprefix(EFFECT)) for key in keys)


def count_slots(found: Sequence[datetime], starts: Iterable[str], killed: Collection[int]) -> Slots:
    """Count, of a job with a slot each second.

    Args:
        starts: lines of slot and process, in the order in which runs began.
        killed: the processes that were.
    """
    gaps = [(later - earlier) // timedelta(seconds=1) - 1 for earlier, later in pairwise(found)]
    begun: dict[str, list[int]] = defaultdict(list)
    for line in starts:
        slot, process = line.split()
        begun[slot].append(int(process))
    repeated = [processes for processes in begun.values() if len(processes) > 1]
    alive = [processes for processes in repeated if not set(processes[:-1]) <= set(killed)]
    return Slots(len(found), sum(gaps), len(repeated), len(alive))
