"""A wave of 10,000: planned over a company of 100,000 contacts, and handed to a mail server at 20 mails a second.

    python -m benchmarks.waves [--mails 10000] [--steady 2000] [--contacts 100000] [--answers 100000] [--no-evidence]

Planning is the rehearsal and the start, each on its own. Then `steady` mails become due evenly, and the rest all at once; the
mail server of this process notes when each arrives. The job runs as the scheduler runs it: nine of ten seconds. Beside it, what
people write instead: a loop with a query, a connection and a mail for each person.
"""

import argparse
import json
import smtplib
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.asking import MONDAY, PEOPLE, company, draw_up, monday_morning
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening import queries
from feedback.listening.carrying import carry_mails
from feedback.listening.planning import plan_started_waves, start_wave
from feedback.listening.rehearsal import rehearse
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.uow import transaction
from tests.smtp import Mailbox, mail_server

EVIDENCE = Path(__file__).resolve().parent.parent / "docs" / "evidence" / "waves.json"
WATCH, SLOT = 9.6, 10.0  # seconds, as jobs/send_surveys.py and the schedule have it
GOALS = {"planning_s": 10.0, "handing_over_s": 600.0, "late_95_s": 10.0}


def main() -> None:
    """Measure, print, write the evidence."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="closedloop-waves-") as name, mail_server() as box:
        size = {"accounts": arguments.contacts // PEOPLE, "asked": arguments.mails, "answers": arguments.answers}
        app = company(Path(name), box.url, **size)
        with app.app_context(), monday_morning():
            figures = _plan()
            figures |= _hand_over(box, arguments)
            figures |= _loop(box, 300)
    print(json.dumps(figures, indent=2))
    if not arguments.no_evidence:
        evidence = {"measured_on": datetime.now(UTC).date().isoformat(), "goals": GOALS, **vars(arguments), **figures}
        EVIDENCE.write_text(json.dumps(evidence, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--steady", type=int, default=2_000, help="of the mails, those that become due evenly")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--no-evidence", action="store_true")
    return parser.parse_args()


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {"s": round(time.perf_counter() - wall, 2), "cpu_s": round(time.process_time() - cpu, 2)}


def _plan() -> dict[str, Any]:
    wave_id = draw_up()

    def rehearsed() -> Any:
        wave = queries.get_wave(wave_id)
        return rehearse(wave, db.session.get_one(SurveyProgram, wave.survey_id))

    def start() -> Any:
        start_wave(wave_id, actor="benchmark")
        plan_started_waves()

    rehearsal, first = _timed(rehearsed)
    _, second = _timed(start)
    return {"asked": len(rehearsal.asked), "rehearsal": first, "start": second, "planning_s": round(first["s"] + second["s"], 2)}


def _hand_over(box: Mailbox, arguments: argparse.Namespace) -> dict[str, Any]:
    with transaction() as session:  # nothing is due yet
        session.execute(sa.update(Invitation).values(send_at=MONDAY + timedelta(days=1)))
    ids = list(db.session.scalars(sa.select(Invitation.id).order_by(Invitation.id)))
    rate, lead = 20.0, 3.0
    began = clock.now() + timedelta(seconds=lead)
    due = {invitation_id: began + timedelta(seconds=n / rate) for n, invitation_id in enumerate(ids[: arguments.steady])}
    burst = began + timedelta(seconds=arguments.steady / rate)
    due |= dict.fromkeys(ids[arguments.steady :], burst)
    with transaction() as session:
        session.execute(sa.update(Invitation), [{"id": i, "send_at": at} for i, at in due.items()])
    arrivals = _watch(box)
    cpu = time.process_time()
    while len(box.raw) < len(ids):
        slot = time.monotonic()
        carry_mails(WATCH)
        time.sleep(max(0.0, slot + SLOT - time.monotonic()))
    cpu = time.process_time() - cpu
    address = dict(db.session.execute(sa.select(Contact.email, Invitation.id).join(Invitation)).all())
    late = [(at - due[address[to]]).total_seconds() for to, at in arrivals()]
    steady = sorted(late[: arguments.steady])
    everything = max(at for _, at in arrivals()) - began
    return {
        "handing_over_s": round(everything.total_seconds(), 1),
        "mails_per_s": round(len(ids) / everything.total_seconds(), 2),
        "late_median_s": round(statistics.median(steady), 2),
        "late_95_s": round(steady[int(len(steady) * 0.95) - 1], 2),
        "late_worst_s": round(steady[-1], 2),
        "cpu_ms_per_mail": round(1000 * cpu / len(ids), 1),
        "repeated": len(box.raw) - len({mail for mail, _ in arrivals()}),
    }


def _watch(box: Mailbox) -> Callable[[], list[tuple[str, datetime]]]:
    """Notes when each mail arrives; answers (address, moment) in that order."""
    seen: list[tuple[str, datetime]] = []

    class Noting(list[bytes]):
        def append(self, raw: bytes) -> None:
            super().append(raw)
            with lock:
                to = raw.split(b"\r\nTo: ", 1)[1].split(b"\r\n", 1)[0]
                seen.append((to.decode(), clock.now()))

    lock, box.raw = threading.Lock(), Noting()
    return lambda: list(seen)


def _loop(box: Mailbox, mails: int) -> dict[str, Any]:
    """What people write: a query, a connection and a mail for each person, no check, no note of what was sent."""
    host, port = box.url.removeprefix("smtp://").split(":")
    ids = list(db.session.scalars(sa.select(Contact.id).limit(mails)))
    began = time.process_time()
    for contact_id in ids:
        contact = db.session.get(Contact, contact_id)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@b.example", contact.email if contact else "", "How are we doing?"
        mail.set_content("Please answer.")
        mail.add_alternative("<p>Please answer.</p>", subtype="html")
        with smtplib.SMTP(host, int(port)) as connection:
            connection.send_message(mail)
    return {"plain_loop_cpu_ms_per_mail": round(1000 * (time.process_time() - began) / mails, 1)}


if __name__ == "__main__":
    main()
