"""What a decision says when it is read aloud: why, who is on it, what changes it, and when; in the reader's language."""

from datetime import timedelta

import pytest

from feedback.access.rules import Role
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.permission.rules import Channel
from tests.factories import make_account, make_contact, make_survey, make_user
from tests.logins import token
from tests.slices.gate.world import (
    EVALUATE,
    NOW,
    ask,
    give_answer,
    give_consent,
    give_issue,
    give_wallet,
    make_customer,
    question,
)


@pytest.fixture
def ana(app):
    """A decision maker who scored us 4, whose issue Lea is on, at an account with a smaller issue that nobody has confirmed."""
    with app.app_context():
        account_id = make_account()
        contact_id = make_contact(account_id, name="Ana Ruiz", role="decision_maker")
        give_consent(contact_id)
        give_answer(account_id, contact_id, 4)
        give_wallet(account_id)
        lea = make_user(Role.FRONTLINE, name="Lea Gómez")
        give_issue(account_id, owner_id=lea)
        give_issue(account_id, IssueState.FIXED, severity=Severity.MINOR, owner_id=lea)
        return account_id


def test_a_no_names_the_score_every_issue_its_owner_and_the_next_date(client, app, ana):
    said = ask(client, ana, token(app))["summary"]
    assert said.startswith("Not now. Ana Ruiz (decision maker) scored us 4 on Oct 23, 2026.")
    assert "Issue #1 is open and serious; Lea Gómez is on it, next due Nov 4, 2026" in said
    assert "Issue #2 is fixed, but the customer has not confirmed it; Lea Gómez is on it." in said
    assert "What has to change: Issue #1 fixed, and the customer's word that it is." in said
    assert "A fresh score of 7 or better from Ana Ruiz." in said


def test_it_is_said_in_the_language_of_who_asks(client, app, ana):
    with clock.frozen(NOW):
        headers = token(app) | {"Accept-Language": "es"}
        said = client.post(EVALUATE, json=question(ana), headers=headers).get_json()["summary"]
    assert said.startswith("Ahora no. Ana Ruiz (")


def test_a_yes_says_why_and_how_long(client, app):
    with app.app_context():
        account_id, contact_id = make_customer()
        give_consent(contact_id, channel=Channel.PHONE)
    said = ask(client, account_id, token(app), channel="phone")["summary"]
    assert said.startswith("Yes, you may sell.")
    assert "scored us 9 on Oct 23, 2026" in said
    assert said.endswith("This holds until Nov 2, 2026, 7:00\u202fPM.")


def test_the_rows_behind_each_input_are_named(client, app, ana):
    found = ask(client, ana, token(app))
    kinds = {name: [row["type"] for row in rows] for name, rows in found["sources"].items()}
    assert kinds == {
        "advocacy": ["response"],
        "share_of_wallet": ["wallet_estimate"],
        "issues": ["issue", "issue"],
        "consent": ["consent_event"],
        "timing": [],
    }


def test_a_stored_decision_says_the_same_a_year_later(client, app, ana):
    found = ask(client, ana, token(app))
    with clock.frozen(NOW + timedelta(days=365)):
        path = f"/api/v1/gate/decisions/{found['decision_id']}?replay=1"
        stored = client.get(path, headers=token(app)).get_json()
    assert stored["summary"] == found["summary"]
    assert (stored["must_change"], stored["sources"]) == (found["must_change"], found["sources"])
    assert (stored["state"], stored["replay"]["agrees"]) == ("expired", True)


def test_everybody_who_owes_a_score_is_named_also_who_was_content_with_one_event(client, app):
    with app.app_context():
        make_survey("delivery")
        account_id = make_account(time_zone="UTC")
        elena = make_contact(account_id, name="Elena Molina", role="decision_maker")
        nuria = make_contact(account_id, name="Nuria Iglesias", role="influencer")
        for contact in (elena, nuria):
            give_consent(contact)
        give_answer(account_id, elena, 3, days=20)
        give_answer(account_id, elena, 9, days=2, survey="delivery")
        give_answer(account_id, nuria, 5, days=30)
        give_wallet(account_id)
    said = ask(client, account_id, token(app))["summary"]
    assert "A fresh score of 7 or better from Elena Molina." in said
    assert "A fresh score of 7 or better from Nuria Iglesias." in said
