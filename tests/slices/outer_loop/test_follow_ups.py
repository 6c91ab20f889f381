"""Telling customers: calls, skips, and letters that look at every stop again before they leave."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.accounts.models import AccountContact, Contact, Interaction
from feedback.accounts.rules import ErasureReason
from feedback.closed_loop.erasure import erase_person
from feedback.extensions import db
from feedback.issues.rules import IssueSource, IssueState, Severity
from feedback.kernel import clock
from feedback.listening.came_back import record_report
from feedback.listening.rules.reports import read_report
from feedback.outer_loop.models import FollowUpBatch, FollowUpItem
from feedback.permission.rules import Channel, ConsentAction, Purpose, SuppressionReason
from feedback.permission.suppressions import suppress, suppressed_contacts
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.factories import make_account, make_contact, make_team, make_user
from tests.logins import as_user
from tests.slices.gate.world import give_consent, give_issue
from tests.slices.listening import returned
from tests.smtp import Mailbox

BATCHES = "/api/v1/follow-up-batches"


def over(client: FlaskClient, *, title: Any = "Portal is down", outcome: Any = "The portal is back.", **values: Any) -> int:
    """A disruption that has just ended; its follow-up."""
    body = {"title": title, "reach": {"regions": ["Iberia"]}, "message": "We are looking for the cause.", **values}
    made = client.post("/api/v1/disruptions", json=body).get_json()["id"]
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        ended = client.post(f"/api/v1/disruptions/{made}/transitions", json={"to": "over", "outcome": outcome})
    return int(ended.get_json()["batch_id"])


def customer(**contact: Any) -> tuple[int, int]:
    account_id = make_account(region="Iberia", name="Nordbau")
    return account_id, make_contact(account_id, **{"email": "ana@example.com", "name": "Ana Ruiz", "language": "en"} | contact)


def only_item() -> FollowUpItem:
    db.session.rollback()
    return db.session.scalars(sa.select(FollowUpItem)).one()


def outcome(client: FlaskClient, batch_id: int, what: str, **values: Any) -> Any:
    return client.post(f"{BATCHES}/{batch_id}/items/{only_item().id}/outcome", json={"outcome": what} | values)


def letters(post: Mailbox) -> list[EmailMessage]:
    """What customers got; staff get mails about their bell."""
    return [mail for mail in post.mails if mail["To"] == "ana@example.com"]


def deliver(after: timedelta = timedelta(minutes=2)) -> None:
    with clock.frozen(clock.now() + after):
        deliver_outbox.run()


def test_a_letter_leaves_filled_in_the_customers_language(manager: FlaskClient, post: Mailbox) -> None:
    account_id, _ = customer(language="es")
    batch = over(manager)
    assert outcome(manager, batch, "mail").get_json()["state"] == "queued"
    deliver()
    (mail,) = letters(post)
    assert mail["Content-Language"] == "es"
    assert "Portal is down" in mail["Subject"]
    text = mail.get_content()
    assert "/p/" in text.rsplit("\n\n", 1)[-1], "the person's own page stands below"
    assert "Ana Ruiz" in text
    assert "The portal is back." in text
    assert "We are looking for the cause." not in text, "that was said while it went on"
    assert "{" not in text
    assert only_item().state == "mailed"
    (talk,) = db.session.scalars(sa.select(Interaction))
    assert (talk.account_id, talk.channel, talk.direction) == (account_id, "email", "out")
    assert (talk.summary.startswith(mail["Subject"]), "The portal is back." in talk.summary) == (True, True)


def test_without_words_for_the_end_the_letter_says_only_that_it_is_over(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    outcome(manager, over(manager, outcome=None), "mail")
    deliver()
    (mail,) = letters(post)
    assert "“Portal is down” is over.\n\nIf something still" in mail.get_content().replace("\r\n", "\n")


def test_what_the_letter_says_can_be_written_after_the_end(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    batch = over(manager, outcome=None)
    shown = manager.get("/api/v1/disruptions").get_json()["items"][0]
    assert (shown["message"], shown["outcome"]) == ("We are looking for the cause.", None)
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        words = {"outcome": {"en": "It works.", "es": "Ya funciona."}}
        changed = manager.patch(f"/api/v1/disruptions/{shown['id']}", json=words)
    assert changed.get_json()["outcomes"] == {"en": "It works.", "es": "Ya funciona."}
    outcome(manager, batch, "mail")
    deliver()
    assert "It works." in letters(post)[0].get_content()


def test_an_answer_reaches_a_person_as_the_letter_says(manager: FlaskClient, post: Mailbox) -> None:
    seller = make_user(Role.ACCOUNT_MANAGER, email="seller@example.com")
    make_contact(make_account(region="Iberia", owner_id=seller), email="ana@example.com", name="Ana Ruiz")
    outcome(manager, over(manager), "mail")
    deliver()
    (mail,) = letters(post)
    assert mail["Reply-To"] == "seller@example.com"


def test_a_letter_has_the_words_of_its_language(manager: FlaskClient, post: Mailbox) -> None:
    customer(language="es")
    words = {
        "title": {"en": "Portal is down", "es": "El portal está caído"},
        "outcome": {"en": "It works.", "es": "Ya funciona."},
    }
    outcome(manager, over(manager, **words), "mail")
    deliver()
    (mail,) = letters(post)
    assert "El portal está caído" in mail["Subject"]
    assert "Ya funciona." in mail.get_content()
    assert "It works." not in mail.get_content()


def test_who_reads_a_language_that_lacks_the_words_gets_a_letter_that_is_whole_in_another(
    manager: FlaskClient, post: Mailbox
) -> None:
    customer(language="es")
    outcome(manager, over(manager, title={"en": "Portal is down"}, outcome={"en": "It works."}), "mail")
    deliver()
    (mail,) = letters(post)
    assert mail["Content-Language"] == "en"
    assert "Ana Ruiz" in mail.get_content()


def listed(client: FlaskClient, batch: int) -> list[Any]:
    items = client.get(f"{BATCHES}/{batch}/items").get_json()["items"]
    return [(item["account_id"], item["issue_id"], item["facts"]["issue"]) for item in items]


def test_the_gravest_open_issue_of_the_customer_is_known_and_comes_first(manager: FlaskClient) -> None:
    (calm, _), (fixed, _), (angry, _) = (customer() for _ in range(3))
    waits = give_issue(fixed, IssueState.FIXED, severity=Severity.CRITICAL)
    give_issue(angry, severity=Severity.MINOR)
    worst = give_issue(angry, severity=Severity.CRITICAL)
    give_issue(angry, IssueState.FIXED, severity=Severity.CRITICAL)
    give_issue(calm, source=IssueSource.SILENCE)
    assert listed(manager, over(manager)) == [(angry, worst, "open"), (fixed, waits, "fixed"), (calm, None, "none")]


def test_the_letter_says_that_the_open_issue_is_not_forgotten(manager: FlaskClient, post: Mailbox) -> None:
    account_id, _ = customer()
    give_issue(account_id)
    outcome(manager, over(manager), "mail")
    deliver()
    assert "Issue #1 of Nordbau is still open with us" in letters(post)[0].get_content()


def test_with_the_last_customer_it_is_closed(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    assert db.session.get_one(FollowUpBatch, batch, populate_existing=True).closed_at is not None


def stop_listed(contact_id: int) -> None:
    with transaction():
        suppress(SuppressionReason.UNSUBSCRIBED, actor="test", contact_id=contact_id)


def bounced(contact_id: int) -> None:
    with transaction():
        suppress(SuppressionReason.HARD_BOUNCE, actor="test", contact_id=contact_id, address="ana@example.com")


def refused(contact_id: int) -> None:
    give_consent(contact_id, ConsentAction.REFUSED, purpose=Purpose.SERVICE, channel=Channel.EMAIL)


def gone(contact_id: int) -> None:
    with transaction() as session:
        left = sa.update(AccountContact).where(AccountContact.contact_id == contact_id)
        session.execute(left.values(left_at=clock.now()))


def without_address(contact_id: int) -> None:
    with transaction() as session:
        session.execute(sa.update(Contact).where(Contact.id == contact_id).values(email=None))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (stop_listed, "stop_list"),
        (bounced, "bounced"),
        (refused, "refused"),
        (gone, "left_role"),
        (without_address, "no_address"),
    ],
)
def test_what_happens_meanwhile_stops_a_letter(manager: FlaskClient, post: Mailbox, happens: Any, reason: str) -> None:
    _, contact_id = customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    happens(contact_id)
    deliver()
    item = only_item()
    assert (letters(post), item.state, item.stopped_because) == ([], "open", reason)


def test_a_closed_follow_up_sends_nothing(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    manager.patch(f"{BATCHES}/{batch}", json={"closed": True})
    deliver()
    assert (letters(post), only_item().stopped_because) == ([], "closed")


def test_a_letter_waits_for_working_hours(manager: FlaskClient, post: Mailbox) -> None:
    customer(time_zone="Asia/Tokyo")  # nine in the evening there
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    assert letters(post) == []
    deliver(timedelta(hours=13))
    assert len(letters(post)) == 1


def test_an_address_that_the_server_refuses_leaves_the_customer_open(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    post.script["ana@example.com"] = ["550 5.1.1 no such user"]
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    item = only_item()
    assert (item.state, item.stopped_because) == ("open", "not_delivered")


def test_without_a_mail_server_nobody_waits_for_a_letter(manager: FlaskClient) -> None:
    customer()
    assert outcome(manager, over(manager), "mail").status_code == 409
    assert only_item().state == "open"


def test_a_call_stands_in_the_customers_timeline(manager: FlaskClient) -> None:
    account_id, contact_id = customer()
    assert outcome(manager, over(manager), "called", note="All is well").get_json()["state"] == "called"
    (talk,) = db.session.scalars(sa.select(Interaction))
    assert (talk.account_id, talk.contact_id, talk.summary) == (account_id, contact_id, "All is well")


def test_nobody_is_called_twice_for_the_same(manager: FlaskClient) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "called", note="All is well")
    assert outcome(manager, batch, "called", note="Again").status_code == 409


def test_a_call_can_be_taken_back(manager: FlaskClient) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "called", note="Wrong line")
    assert outcome(manager, batch, "open").get_json()["state"] == "open"
    assert db.session.get_one(FollowUpBatch, batch, populate_existing=True).closed_at is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "called"}, "note"),
        ({"outcome": "skipped"}, "reason"),
        ({"outcome": "skipped", "reason": "other"}, "note"),
    ],
)
def test_what_is_missing_is_said(manager: FlaskClient, body: dict[str, Any], field: str) -> None:
    customer()
    batch = over(manager)
    response = manager.post(f"{BATCHES}/{batch}/items/{only_item().id}/outcome", json=body)
    assert (response.status_code, list(response.get_json()["errors"])) == (422, [field])


def test_a_letter_with_a_place_that_nobody_can_fill_is_refused(manager: FlaskClient) -> None:
    customer()
    letters = {"en": {"subject": "Hello", "text": "Dear {firstname}"}}
    response = manager.patch(f"{BATCHES}/{over(manager)}", json={"letters": letters})
    assert (response.status_code, "{firstname}" in str(response.get_json()["errors"]["letters.en"])) == (422, True)


def test_the_team_that_is_to_tell_sees_who(manager: FlaskClient, app: Flask, now: datetime) -> None:
    account_id, _ = customer()
    mine, other = make_team(), make_team()
    batch = over(manager, team_id=mine)
    member = as_user(app.test_client(), make_user(Role.FRONTLINE, team_id=mine))
    stranger = as_user(app.test_client(), make_user(Role.FRONTLINE, team_id=other))
    items = member.get(f"{BATCHES}/{batch}/items").get_json()["items"]
    assert [item["account_id"] for item in items] == [account_id]
    assert stranger.get(f"{BATCHES}/{batch}/items").status_code == 404
    assert outcome(stranger, batch, "called", note="Hello").status_code == 404
    assert outcome(member, batch, "called", note="Hello").status_code == 200


def come_back(post: Mailbox, template: str) -> int:
    """The mail server of the customer sends the letter back."""
    name = str(letters(post)[0]["Message-ID"])
    report = read_report(template.replace("{id}", name).replace("{to}", "ana@example.com").encode())
    assert report is not None
    with transaction():
        return record_report(report)


def test_a_letter_that_comes_back_opens_the_customer_again_and_strikes_the_address(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    assert come_back(post, returned.POSTFIX) == 1
    item = only_item()
    assert (item.state, item.stopped_because) == ("open", "bounced")
    assert db.session.get_one(FollowUpBatch, batch).closed_at is None
    assert suppressed_contacts([item.contact_id or 0]) == {item.contact_id: SuppressionReason.HARD_BOUNCE}


def test_the_same_report_twice_is_one(manager: FlaskClient, post: Mailbox) -> None:
    customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    assert [come_back(post, returned.POSTFIX) for _ in range(2)] == [1, 0]


def test_an_erased_person_leaves_no_address_behind(manager: FlaskClient, post: Mailbox) -> None:
    _, contact_id = customer()
    batch = over(manager)
    outcome(manager, batch, "mail")
    deliver()
    with transaction():
        erase_person(contact_id, ErasureReason.REQUESTED, actor="test")
    assert (only_item().address, only_item().message_id) == (None, None)
