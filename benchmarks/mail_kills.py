"""The sender is killed again and again: no mail is lost, and every repeat is the same mail.

    python -m benchmarks.mail_kills [--mails 6000] [--kills 210] [--control mark-first|fresh-ids] [--no-evidence]

A mail server in this process keeps everything it gets. Processes that send are killed (SIGKILL) at random moments. The controls
break the sender on purpose and must be noticed: one notes a mail as sent before it is, the other gives each attempt its own id.
"""

import argparse
import json
import multiprocessing
import os
import random
import re
import secrets
import signal
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.asking import MONDAY, SECRET, company, draw_up, monday_morning
from config import Settings
from feedback.bare_app import create_bare_app
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import sending
from feedback.listening.carrying import carry_mails
from feedback.listening.planning import plan_started_waves, start_wave
from feedback.outbox import delivery
from feedback.surveys.models import Invitation
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.smtp import mail_server

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "mail_kills.json"
CONTROLS = ("mark-first", "fresh-ids")
FAST: dict[str, Any] = {"mails_per_second": 1000, "mail_lease_seconds": 1}
_OPEN = (InvitationState.PLANNED, InvitationState.QUEUED)


def main() -> None:
    """Kill, count, print, write the evidence; status 1 if a mail was lost or a repeat was another mail."""
    arguments = _arguments()
    figures = run(arguments.mails, arguments.kills, arguments.control)
    print(json.dumps(figures, indent=2))
    if not arguments.no_evidence and not arguments.control:
        evidence = {"measured_on": datetime.now(UTC).date().isoformat(), **figures}
        EVIDENCE.write_text(json.dumps(evidence, indent=2) + "\n")
    raise SystemExit(bool(figures["lost"] or figures["other_repeats"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=6000)
    parser.add_argument("--kills", type=int, default=210)
    parser.add_argument("--control", choices=CONTROLS, default="")
    parser.add_argument("--no-evidence", action="store_true")
    return parser.parse_args()


def run(mails: int, kills: int, control: str = "") -> dict[str, Any]:
    """Send a wave of so many mails with so many kills on the way."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.asking", "feedback.listening.carrying"])
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="closedloop-kills-") as name, mail_server() as box, monday_morning():
        app = company(Path(name), box.url, accounts=mails // 5, asked=mails, answers=0, **FAST)
        with app.app_context():
            wave_id = draw_up()
            start_wave(wave_id, actor="benchmark")
            plan_started_waves()
            with transaction() as session:
                session.execute(sa.update(Invitation).values(send_at=MONDAY))
            asked = session.scalar(sa.select(sa.func.count()).where(Invitation.state.in_(_OPEN))) or 0
            done, left = 0, asked
            while left:
                carrier = context.Process(
                    target=_carry, args=(name, SECRET, box.url, control, (clock.now() - MONDAY).total_seconds())
                )
                carrier.start()
                arrived, killed = len(box.raw), False
                # spread the kills over all mails: until then each process has its share to send
                remaining = asked - len(box.raw)
                share = max(1, remaining // max(1, kills - done)) if done < kills else asked
                # at most half of what is left, so that somebody is there to be killed each time
                most = min(2 * share, remaining // 2) if done < kills else 2 * share
                _wait(carrier, len(box.raw) + random.randint(1, max(1, most)), box.raw)
                if done < kills and carrier.is_alive():
                    os.kill(carrier.pid or 0, signal.SIGKILL)
                    done, killed = done + 1, True
                carrier.join()
                if control and not killed and len(box.raw) == arrived:
                    break  # what is left now was lost: the sender thinks that it has sent it
                db.session.rollback()
                left = db.session.scalar(sa.select(sa.func.count()).where(Invitation.state.in_(_OPEN))) or 0
            states = dict(db.session.execute(sa.select(Invitation.state, sa.func.count()).group_by(Invitation.state)).all())
    return _count(box.raw, asked, done, control) | {
        "sent": states.get(InvitationState.SENT, 0),
        "seconds": round(time.monotonic() - began, 1),
    }


def _wait(carrier: Any, until: int, arrived: list[bytes]) -> None:
    stop = time.monotonic() + 30
    while carrier.is_alive() and len(arrived) < until and time.monotonic() < stop:
        time.sleep(0.001)


def _count(raw: list[bytes], asked: int, kills: int, control: str) -> dict[str, Any]:
    mails: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in raw:
        to, message_id, token = (
            re.search(pattern, one.decode("ascii"))[1]  # type: ignore[index]
            for pattern in (r"\r\nTo: (\S+)", r"\r\nMessage-ID: (\S+)", r"/s/([\w-]+)")
        )
        mails[to].add((message_id, token))
    return {
        "mails": asked,
        "kills": kills,
        "control": control or None,
        "lost": asked - len(mails),
        "repeats": len(raw) - len(mails),
        "other_repeats": sum(len(found) - 1 for found in mails.values()),
    }


def _carry(folder: str, secret: str, smtp_url: str, control: str, ahead: float) -> None:
    """A process that sends until nothing is left, or until it is killed."""
    given = {"data_dir": Path(folder), "secret_key": secret, "smtp_url": smtp_url} | FAST
    app = create_bare_app(Settings(DATABASE_URL="", **given))
    began, base = time.time(), MONDAY.timestamp() + ahead
    clock.now = lambda: datetime.fromtimestamp(base + time.time() - began, UTC)
    _break(control)
    with app.app_context():
        carry_mails(2)


def _break(control: str) -> None:
    if control == "mark-first":
        deliver = delivery._deliver_outside

        def marked_first(messages: Any, handlers: Any) -> None:
            with transaction():
                delivery._mark_delivered(messages)
                invitation_id = messages[0].payload["invitation_id"]
                db.session.execute(sa.update(Invitation).where(Invitation.id == invitation_id).values(state="queued"))
            deliver(messages, handlers)

        delivery._deliver_outside = marked_first
    elif control == "fresh-ids":
        load = sending._load

        def with_fresh_id(*args: Any) -> Any:
            due = load(*args)
            if due is not None:
                due.mail.message_id = f"<{secrets.token_hex(20)}@localhost>"
            return due

        sending._load = with_fresh_id


if __name__ == "__main__":
    main()
