"""A mail server with which three of ten attempts go wrong, in every way that one can: no mail is lost, none leaves twice.

    python -m benchmarks.mail_troubles [--mails 10000] [--share 0.3] [--seed 1]

Refusals for now and for good, greylisting, silence, connections that break in the middle of a mail, and a yes that comes late.
Hours between the attempts pass at once; the server waits really.
"""

import argparse
import json
import logging
import random
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.asking import MONDAY, company, draw_up
from feedback.egress import smtp
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.planning import plan_started_waves, start_wave
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from jobs import send_surveys
from tests.smtp import FOR_GOOD, Mailbox, mail_server, troubles

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "mail_troubles.json"
OPEN = (InvitationState.PLANNED, InvitationState.QUEUED)


def main() -> None:
    """Send, count, print, write the evidence; status 1 if a mail was lost or left twice."""
    arguments = _arguments()
    logging.disable(logging.WARNING)  # of each attempt that went wrong
    figures = run(arguments.mails, arguments.share, arguments.seed)
    print(json.dumps(figures, indent=2))
    EVIDENCE.write_text(json.dumps({"measured_on": datetime.now(UTC).date().isoformat(), **figures}, indent=2) + "\n")
    raise SystemExit(bool(figures["lost"] or figures["twice"] or figures["to_refused"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--share", type=float, default=0.3, help="of the attempts go wrong")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def run(mails: int, share: float, seed: int) -> dict[str, Any]:
    """Send a wave of so many mails past such a server."""
    smtp.TIMEOUT, began, chance = 1.0, time.monotonic(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="closedloop-troubles-") as name, mail_server() as box:
        box.silence, box.per_connection = 1.3, 200
        app = company(Path(name), box.url, accounts=mails // 5, asked=mails, answers=0, mails_per_second=1000)
        with app.app_context(), clock.frozen(MONDAY):
            start_wave(draw_up(), actor="benchmark")
            plan_started_waves()
            with transaction() as session:
                session.execute(sa.update(Invitation).values(send_at=MONDAY))
            scripts = {f"c{i}@customer.example": troubles(chance, share) for i in range(1, mails + 1)}
            box.script = {address: list(script) for address, script in scripts.items()}
            rounds = _carry()
            states = Counter(str(state) for state in db.session.scalars(sa.select(Invitation.state)))
    return _count(box, scripts) | {
        "states": states,
        "rounds": rounds,
        "seconds": round(time.monotonic() - began),
    }


def _carry() -> int:
    """Attempt by attempt, over the working hours of a few days; answers how many times the sender looked."""
    for number, minutes in enumerate(m for day in range(4) for m in range(day * 1440, day * 1440 + 480, 5)):
        with clock.frozen(MONDAY + timedelta(minutes=minutes)):
            send_surveys.send()
            db.session.rollback()
            if not db.session.scalar(sa.select(sa.func.count()).where(Invitation.state.in_(OPEN))):
                return number + 1
    return number + 1


def _count(box: Mailbox, scripts: dict[str, list[str]]) -> dict[str, Any]:
    refused = {address for address, script in scripts.items() if script and script[-1] in FOR_GOOD}
    arrived = Counter(str(mail["To"]) for mail in box.mails)
    return {
        "mails": len(scripts),
        "attempts_that_went_wrong": sum(map(len, scripts.values())),
        "kinds": len({word for script in scripts.values() for word in script}),
        "refused_for_good": len(refused),
        "arrived": len(arrived),
        "lost": len(set(scripts) - refused - set(arrived)),
        "twice": sum(times - 1 for times in arrived.values()),
        "to_refused": len(refused & set(arrived)),
    }


if __name__ == "__main__":
    main()
