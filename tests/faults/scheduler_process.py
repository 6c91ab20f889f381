"""A scheduler as its own process, with jobs that write down what they did: `python -m tests.faults.scheduler_process`."""

import os
import time
from pathlib import Path

from feedback.app import create_app
from feedback.outbox.service import enqueue
from feedback.uow import transaction
from jobs.runner import current_slot
from jobs.schedule import CatchUp, Every, Job
from jobs.scheduler import run_scheduler

EFFECT = "effect:"


def write_effect() -> None:
    """Note the start outside the database, take a while, then write the slot's effect under its key."""
    slot = current_slot().isoformat()
    with Path(os.environ["STARTS_FILE"]).open("a") as starts:
        starts.write(f"{slot} {os.getpid()}\n")
    time.sleep(0.3)
    with transaction():
        enqueue("effect", EFFECT + slot, {})


def take_long() -> None:
    """Note the start, take two seconds, note the end."""
    path = Path(os.environ["STARTS_FILE"])
    with path.open("a") as notes:
        notes.write("long begins\n")
    time.sleep(2)
    with path.open("a") as notes:
        notes.write("long ends\n")


SCHEDULES = {
    "effects": (Job("write_effect", Every(1), CatchUp.EACH, "tests.faults.scheduler_process:write_effect", ""),),
    "long": (Job("take_long", Every(60), CatchUp.ONCE, "tests.faults.scheduler_process:take_long", ""),),
}

if __name__ == "__main__":
    run_scheduler(create_app(), SCHEDULES[os.environ["SCHEDULE"]])
