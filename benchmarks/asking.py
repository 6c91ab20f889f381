"""What the measurements of sending share: a company whose contacts can be asked, a wave over them, and a Monday morning."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from config import Settings
from feedback.accounts.models import Account, AccountContact, Contact
from feedback.bare_app import create_bare_app
from feedback.closed_loop.defaults import install_defaults
from feedback.kernel import clock
from feedback.listening.drafts import WaveDraft
from feedback.listening.service import create_wave
from feedback.permission.models import ConsentEvent
from feedback.surveys.models import Response, SurveyProgram
from feedback.uow import transaction

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = secrets.token_hex(32)
PEOPLE = 5  # per account


def company(folder: Path, smtp_url: str, *, accounts: int, asked: int, answers: int, **settings: Any) -> Flask:
    """An installation with so many accounts of five people; those of the first `asked` people are in segment "asked"."""
    given = {"data_dir": folder, "secret_key": SECRET, "smtp_url": smtp_url, "relationship_quarantine_days": 1} | settings
    app = create_bare_app(Settings(DATABASE_URL="", **given))
    with app.app_context():
        upgrade()
        install_defaults()
        with transaction() as session:
            survey = session.scalar(sa.select(SurveyProgram.id))
            for model, rows in _tables(accounts, asked, answers, survey):
                if rows:
                    session.execute(sa.insert(model), rows)
    return app


def _tables(accounts: int, asked: int, answers: int, survey: Any) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    random, now = Random(7), MONDAY - timedelta(days=30)
    stamps, people = {"created_at": now, "updated_at": now}, range(1, accounts * PEOPLE + 1)
    account = {"value_tier": "B", "status": "active", "annual_revenue": 1e5, "time_zone": "UTC", **stamps}
    inside = asked // PEOPLE
    yield (
        Account,
        [
            account | {"id": i, "external_id": f"A{i}", "name": f"Account {i}", "segment": "asked" if i <= inside else "other"}
            for i in range(1, accounts + 1)
        ],
    )
    named = [
        {"id": i, "external_id": f"C{i}", "name": f"Person {i}", "email": f"c{i}@customer.example", **stamps} for i in people
    ]
    yield Contact, named
    roles = ("decision_maker", "influencer", "user", "user", "user")
    role = {"role_guessed": False, "since": now}
    places = [(i, (i - 1) // PEOPLE + 1, roles[(i - 1) % PEOPLE]) for i in people]
    yield AccountContact, [role | {"account_id": account_id, "contact_id": i, "role": name} for i, account_id, name in places]
    consent = {"purpose": "feedback", "channel": "email", "action": "granted", "recorded_by": "benchmark"}
    yield ConsentEvent, [consent | {"contact_id": i, "occurred_at": now, "recorded_at": now} for i in people]
    answer = {"survey_id": survey, "source": "benchmark", "content_digest": "", "version": 1, "channel": "web", "role": "user"}
    yield (
        Response,
        [
            answer
            | {
                "account_id": (contact - 1) // PEOPLE + 1,
                "contact_id": contact,
                "score": random.choice((3, 6, 7, 8, 9, 9, 10, 10)),
                "responded_at": now - timedelta(days=540 * random.random()),
                "created_at": now,
            }
            for contact in random.choices(people, k=answers)
        ],
    )


def draw_up() -> int:
    """A wave over everybody in the segment, on one day if need be; call it in the application's context."""
    draft = WaveDraft(
        survey="relationship",
        name="Benchmark",
        starts_on=date(2026, 11, 23),
        ends_on=date(2026, 12, 18),
        audience={"segments": ["asked"]},
        account_gap_days=0,
        callbacks_per_owner_day=None,
    )
    with monday_morning(), transaction():
        return create_wave(draft, actor="benchmark")


@contextmanager
def monday_morning() -> Iterator[None]:
    """The clock goes on, but from a Monday morning: mails leave in working hours only."""
    began, usual = datetime.now(UTC), clock.now
    clock.now = lambda: MONDAY + (datetime.now(UTC) - began)
    try:
        yield
    finally:
        clock.now = usual
