"""A silent decision maker of a valuable customer is told about once, to those who can call."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback.access.rules import Role
from feedback.accounts.rules import ContactRole, ValueTier
from feedback.extensions import db
from feedback.kernel import clock
from feedback.listening.models import Wave
from feedback.listening.rules.states import QuarantineMode, WaveState
from feedback.listening.silence import announce_silence
from feedback.outbox.models import OutboxMessage
from feedback.permission.rules import SuppressionReason
from feedback.permission.suppressions import suppress
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.surveys.rules import InvitationState
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_user

DAY = timedelta(days=1)


class Asked:
    """A wave that asked one decision maker of one tier A account eight days ago."""

    def __init__(self, tier: ValueTier = ValueTier.A, role: ContactRole = ContactRole.DECISION_MAKER) -> None:
        self.owner, self.starter = make_user(Role.ACCOUNT_MANAGER), make_user(Role.EXPERIENCE_MANAGER)
        account = make_account(value_tier=tier, owner_id=self.owner, name="Acme")
        self.contact = make_contact(account, role, name="Ana Ruiz")
        survey, today = db.session.scalar(sa.select(SurveyProgram.id)), clock.now().date()
        wave = {"survey_id": survey, "name": "W", "state": WaveState.RUNNING, "audience": {}, "starts_on": today}
        wave |= {"ends_on": today, "account_gap_days": 0, "quarantine": QuarantineMode.BLOCK, "created_by": "x"}
        wave |= {"started_by": f"user:{self.starter}", "created_at": clock.now()}
        sent = {"survey_id": survey, "state": InvitationState.REMINDED, "created_by": "x", "created_at": clock.now() - 9 * DAY}
        sent |= {"sent_at": clock.now() - 8 * DAY, "expires_at": clock.now() + 9 * DAY, "reminders": 2}
        sent |= {"account_id": account, "contact_id": self.contact, "wave_id": insert(Wave, **wave)}
        self.invitation = insert(Invitation, **sent)


def look() -> list[tuple[str, int]]:
    with transaction():
        announce_silence()
    rows = db.session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "notify_user"))
    return sorted((payload["kind"], payload["user_id"]) for payload in rows)


def test_account_manager_and_starter_hear_of_it_once(app: Flask) -> None:
    with app.app_context():
        asked = Asked()
        told = [("silent_decision_maker", asked.owner), ("silent_decision_maker", asked.starter)]
        assert look() == told
        assert look() == told  # a second scheduler, or the next day


@pytest.mark.parametrize(("tier", "role"), [(ValueTier.B, ContactRole.DECISION_MAKER), (ValueTier.A, ContactRole.USER)])
def test_others_are_no_news(app: Flask, tier: ValueTier, role: ContactRole) -> None:
    with app.app_context():
        Asked(tier, role)
        assert look() == []


@pytest.mark.parametrize("values", [{"sent_at": 4}, {"next_reminder_at": 0}, {"state": InvitationState.ANSWERED}])
def test_it_waits_until_the_mails_are_over(app: Flask, values: dict[str, object]) -> None:
    with app.app_context():
        asked = Asked()
        at = {name: clock.now() - value * DAY if isinstance(value, int) else value for name, value in values.items()}
        with transaction() as session:
            session.execute(sa.update(Invitation).where(Invitation.id == asked.invitation).values(**at))
        assert look() == []


def test_who_opted_out_is_left_in_peace(app: Flask) -> None:
    with app.app_context():
        asked = Asked()
        with transaction():
            suppress(SuppressionReason.UNSUBSCRIBED, actor="x", contact_id=asked.contact)
        assert look() == []


def test_a_dead_address_is_another_message(app: Flask) -> None:
    with app.app_context():
        asked = Asked()
        with transaction() as session:
            session.execute(sa.update(Invitation).values(state=InvitationState.BOUNCED))
        assert {kind for kind, _ in look()} == {"dead_address"}
        assert asked.owner in {user for _, user in look()}
