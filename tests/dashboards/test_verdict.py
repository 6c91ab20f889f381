"""A no on the page of an account: why, what would change it, who is on it and when; and a last word that holds it back."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask

from dashboards.pages.account.callbacks import ask_gate
from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.models import Commitment
from feedback.kernel import clock
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_contact, make_survey, make_user
from tests.slices.gate.world import NOW, give_answer, give_issue, make_customer


@pytest.fixture
def ana(app: Flask) -> int:
    with app.app_context():
        return make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")


def page_of(app: Flask, user: int, account: int) -> str:
    with clock.frozen(NOW), viewing(app, user) as viewer:
        return texts(body_of(viewer, f"/app/accounts/{account}"))


def asked(app: Flask, user: int, account: int, contact: int, channel: str = "email") -> str:
    with clock.frozen(NOW), viewing(app, user) as viewer:
        return texts(ask_gate(viewer, 1, str(contact), channel, "outbound", f"/app/accounts/{account}"))


def test_a_last_word_that_holds_is_not_called_silence(app: Flask, ana: int) -> None:
    with app.app_context():
        make_survey("delivery")
        account, buyer = make_customer(9, owner_id=ana)
        give_answer(account, buyer, 5, days=3, survey="delivery")
    said = page_of(app, ana, account)
    assert re.search(r"Held back: the last word of Contact \d+ was 5, on Oct 30, 2026; a fresh 7 or better is missing\.", said)
    assert ("1 of 1 heard" in said, "Not heard" in said, "If the silent ones" in said, "Nobody who decides" in said) == (
        True,
        False,
        False,
        False,
    )


def test_silence_is_called_silence(app: Flask, ana: int) -> None:
    with app.app_context():
        account, _ = make_customer(None, owner_id=ana)
    said = page_of(app, ana, account)
    assert ("Not heard" in said, "Held back" in said, "If the silent ones" in said) == (True, False, True)


def test_a_no_names_what_would_change_it_who_is_on_it_and_when(app: Flask, ana: int) -> None:
    with app.app_context():
        account, buyer = make_customer(9, owner_id=ana)
        issue = give_issue(account, owner_id=make_user(Role.FRONTLINE, name="L. Gómez"))
        due = NOW + timedelta(days=1)
        insert(Commitment, issue_id=issue, text="A call on Tuesday", due_at=due, created_at=NOW)
    said = asked(app, ana, account, buyer)
    assert "No, hold" in said
    assert "What would change it Issue #1 fixed, and the customer's word that it is. On it: L. Gómez" in said
    assert ("Promised: A call on Tuesday" in said, "Ask again on Nov 4, 2026." in said) == (True, True)


def test_a_missing_consent_is_for_the_account_manager(app: Flask, ana: int) -> None:
    with app.app_context():
        account, buyer = make_customer(9, owner_id=ana)
    said = asked(app, ana, account, buyer, "phone")
    assert re.search(r"The consent of Contact \d+ to offers by phone, with where it is written down\. On it: Ana Torres", said)
    assert "Ask again on Nov 3, 2026." in said


def test_a_wait_names_its_day(app: Flask, ana: int) -> None:
    with app.app_context():
        account, buyer = make_customer(9, owner_id=ana)
        with transaction():
            db.session.get_one(Contact, buyer).not_now_until = date(2027, 1, 10)
    said = asked(app, ana, account, buyer)
    assert ("Not now" in said, "Ask again on Jan 10, 2027." in said) == (True, True)


def test_a_yes_asks_for_no_change(app: Flask, ana: int) -> None:
    with app.app_context():
        account, buyer = make_customer(9, owner_id=ana)
    said = asked(app, ana, account, buyer)
    assert ("Yes, you may sell" in said, "What would change it" in said, "Ask again" in said) == (True, False, False)


def test_rows_and_policy_are_for_administrators(app: Flask, ana: int) -> None:
    with app.app_context():
        account, buyer = make_customer(9, owner_id=ana)
        admin = make_user(Role.ADMIN)
    shown = [re.search(r"R\d\d, P\d\d", asked(app, user, account, buyer)) is not None for user in (ana, admin)]
    assert shown == [False, True]


def test_an_answer_after_a_claim_says_that_it_does_not_lower_the_account(app: Flask, ana: int) -> None:
    with app.app_context():
        make_survey("after_claim")
        account, buyer = make_customer(9, owner_id=ana)
        give_answer(account, buyer, 7, days=1, survey="after_claim")
    page = page_of(app, ana, account)
    assert "index 100 · 1 of 1 heard" in page
    assert re.search(r"7 .{1,20} After_Claim: lowers this person alone ▲ 9 .{1,20} Relationship survey: counts for the", page)
    assert re.search(r"Contact \d+ answered “After_Claim”", page)


@pytest.mark.parametrize(
    ("relationship", "later", "use"),
    [
        (None, (8, 5), "After_Claim: counts half, for want of a relationship answer"),
        (None, (8, 200), "After_Claim: too old to count"),
        (9, (5, 5), "After_Claim: holds the account back until a fresh 7"),
        (9, (10, 5), "After_Claim: leaves the advocacy as it is"),
    ],
)
def test_each_answer_says_what_it_does(app: Flask, ana: int, relationship: int | None, later: tuple[int, int], use: str) -> None:
    with app.app_context():
        make_survey("after_claim")
        account, buyer = make_customer(relationship, owner_id=ana)
        give_answer(account, buyer, later[0], days=later[1], survey="after_claim")
    assert use in page_of(app, ana, account)


def test_the_worse_answer_that_counts_stands_beside_the_newest(app: Flask, ana: int) -> None:
    with app.app_context():
        make_survey("delivery")
        account, _ = make_customer(10, owner_id=ana)
        user = make_contact(account, ContactRole.USER)
        give_answer(account, user, 6, days=27)
        give_answer(account, user, 10, days=1, survey="delivery")
    page, said = page_of(app, ana, account), asked(app, ana, account, user)
    assert re.search(r"10 .{1,20} Delivery: leaves the advocacy as it is ◼ 6 .{1,20} Relationship survey: counts for the", page)
    assert re.search(r"A fresh score of 7 or better from Contact \d+\.", said)
