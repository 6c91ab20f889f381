"""The call card on the page of an account: asks first whether it is a good moment, and keeps what came of it."""

import pytest
import sqlalchemy as sa

from dashboards.pages.account.callbacks import ask_gate
from dashboards.pages.account.calling import HIDDEN, SHOWN, save_call, show_part
from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.extensions import db
from feedback.gate.contacts.models import SalesContact
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.permission.rules import Channel
from tests.dashboards.viewing import texts, viewing
from tests.factories import make_account, make_user
from tests.slices.gate.world import NOW, give_consent, make_customer


@pytest.fixture
def ana(app):
    with app.app_context():
        return make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")


@pytest.fixture
def customer(app, ana):
    with app.app_context():
        account_id, contact_id = make_customer(owner_id=ana)
        give_consent(contact_id, channel=Channel.PHONE)
        return account_id, contact_id


def ask(viewer, customer, initiation="outbound"):
    return ask_gate(viewer, 1, str(customer[1]), "phone", initiation, f"/app/accounts/{customer[0]}")


def about(customer):
    contact = db.session.get_one(Contact, customer[1])
    return {"account": customer[0], "contact": contact.external_id, "channel": "phone", "initiation": "outbound"}


def kept():
    return db.session.scalars(sa.select(SalesContact)).one()


def test_the_card_begins_with_the_question(app, ana, customer):
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        shown = ask(viewer, customer)
    assert "“Is this a good moment to talk?”" in str(shown)  # the label of the choice
    assert "all the same" not in texts(shown)


def test_under_a_no_the_card_is_for_the_record_only(app, ana, customer):
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        save_call(viewer, 1, about(customer), "no", None, None, "busy", None)
        shown = texts(ask(viewer, customer))
    assert "Log a contact that was made all the same" in shown


def test_what_follows_depends_on_the_answer(app, ana):
    with viewing(app, ana) as viewer:
        assert show_part(viewer, "yes") == (SHOWN, HIDDEN, SHOWN)
        assert show_part(viewer, "no") == (HIDDEN, SHOWN, SHOWN)
        assert show_part(viewer, None) == (HIDDEN, HIDDEN, HIDDEN)


def test_a_call_after_a_yes_is_kept_as_allowed(app, ana, customer):
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        ask(viewer, customer)
        _, said = save_call(viewer, 1, about(customer), "yes", "interested", None, "busy", " Wants a quote ")
        entry = kept()
        found = (entry.user_id, entry.good_moment, entry.outcome, entry.matched, entry.note)
    assert found == (ana, "yes", "interested", "valid", "Wants a quote")
    assert "The gate had allowed it" in texts(said)


def test_a_no_names_the_day(app, ana, customer):
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        save_call(viewer, 1, about(customer), "no", None, "2026-12-01", "budget_cycle", None)
        contact = db.session.get_one(Contact, customer[1])
        assert (contact.not_now_until.isoformat(), contact.not_now_reason) == ("2026-12-01", "budget_cycle")
        assert kept().outcome == "not_now"


def test_nobody_answered_counts_as_no_approach(app, ana, customer):
    with clock.frozen(NOW), viewing(app, ana) as viewer:
        save_call(viewer, 1, about(customer), "no_answer", None, None, "busy", None)
        assert (kept().outcome, kept().good_moment) == ("no_answer", "not_asked")


def test_what_came_of_it_has_to_be_said(app, ana, customer):
    with viewing(app, ana) as viewer, pytest.raises(InvalidInput) as missing:
        save_call(viewer, 1, about(customer), "yes", None, None, "busy", None)
    assert missing.value.errors == {"outcome": ["Choose what came of it."]}


def test_somebody_elses_account_is_not_found(app, ana, customer):
    with app.app_context():
        stranger = make_account()
    with viewing(app, ana) as viewer, pytest.raises(NotFound):
        save_call(viewer, 1, about(customer) | {"account": stranger}, "no_answer", None, None, "busy", None)
