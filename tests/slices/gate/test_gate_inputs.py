"""Where each input comes from, and that the very next decision sees it change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.accounts.models import AccountContact, Spend
from feedback.accounts.rules import ContactRole
from feedback.extensions import db
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.permission.rules import ConsentAction, Purpose
from feedback.uow import transaction
from tests.factories import insert, make_account, make_contact, make_survey
from tests.logins import token
from tests.slices.gate.world import (
    EVALUATE,
    NOW,
    ago,
    ask,
    give_answer,
    give_consent,
    give_issue,
    give_voice,
    give_wallet,
    make_customer,
    question,
)


@pytest.fixture
def gate(app: Flask) -> dict[str, str]:
    return token(app, "gate")


def inputs(client: FlaskClient, account_id: int, headers: dict[str, str], **values: Any) -> dict[str, str]:
    return ask(client, account_id, headers, **values)["inputs"]


# --- who is asked for -------------------------------------------------------------------------------------------------


def test_an_account_without_contacts_has_no_consent_and_an_open_moment(
    client: FlaskClient, app: Flask, gate: dict[str, str]
) -> None:
    with app.app_context():
        account_id = make_account()
    found = ask(client, account_id, gate)
    assert found["contact"] is None
    assert found["inputs"] == {
        "advocacy": "unknown", "share_of_wallet": "unknown", "issues": "none",
        "consent": "not_recorded", "timing": "open", "initiation": "outbound",
    }  # fmt: skip


def _contact(account_id: int, kind: str) -> int:
    """One contact that is worse in one respect than the last of the order."""
    role = {"maker": ContactRole.DECISION_MAKER, "influencer": ContactRole.INFLUENCER}.get(kind, ContactRole.USER)
    until = date(2026, 12, 24) if kind == "deferred" else None
    contact_id = make_contact(account_id, role, not_now_until=until)
    actions = {"refused": ConsentAction.REFUSED, "silent on consent": None}
    action = actions.get(kind, ConsentAction.GRANTED)
    [give_consent(contact_id, one) for one in [action] if one]
    [give_answer(account_id, contact_id, 9) for _ in range(kind in ("answered", "maker", "influencer", "twin"))]
    return contact_id


@pytest.mark.parametrize(
    ("kinds", "taken"),
    [
        (["refused", "silent on consent", "deferred"], 2),
        (["refused", "silent on consent"], 1),
        (["deferred", "open"], 1),
        (["open", "answered"], 1),
        (["answered", "influencer", "maker"], 2),
        (["answered", "influencer"], 1),
        (["answered", "twin"], 0),
    ],
    ids=["consent first", "then not recorded", "then the open moment", "then an own answer", "then the decision maker",
         "then the influencer", "then the oldest id"],
)  # fmt: skip
def test_without_a_name_the_order_picks_the_contact(
    client: FlaskClient, app: Flask, gate: dict[str, str], kinds: list[str], taken: int
) -> None:
    with app.app_context():
        account_id = make_account()
        contacts = [_contact(account_id, kind) for kind in kinds]
    assert ask(client, account_id, gate)["contact"]["id"] == contacts[taken]


def test_the_named_contact_is_taken(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
        contact_id = make_contact(account_id, external_id="second")
    assert ask(client, account_id, gate, contact_external_id="second")["contact"]["id"] == contact_id


# --- advocacy ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "band"), [(6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter"), (None, "unknown")]
)
def test_the_decision_makers_score_gives_the_band(
    client: FlaskClient, app: Flask, gate: dict[str, str], score: int | None, band: str
) -> None:
    with app.app_context():
        account_id, _ = make_customer(score)
    assert inputs(client, account_id, gate)["advocacy"] == band


@pytest.mark.parametrize(
    ("score", "band", "account"), [(3, "detractor", "passive"), (7, "passive", "promoter"), (10, "promoter", "promoter")]
)
def test_the_contacts_own_band_lowers_it_for_this_contact_alone(
    client: FlaskClient, app: Flask, gate: dict[str, str], score: int, band: str, account: str
) -> None:
    with app.app_context():
        account_id, _ = make_customer(10)
        user = make_contact(account_id, ContactRole.USER, external_id="the user")
        give_answer(account_id, user, score)
    named = ask(client, account_id, gate, contact_external_id="the user")
    assert (named["inputs"]["advocacy"], inputs(client, account_id, gate)["advocacy"]) == (band, account)


def test_a_transactional_answer_lowers_its_contact_for_90_days(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        make_survey("delivery")
        recent, old = make_customer(9), make_customer(9)
        give_answer(*recent, 7, days=89, survey="delivery")
        give_answer(*old, 7, days=91, survey="delivery")
    assert [inputs(client, one[0], gate)["advocacy"] for one in (recent, old)] == ["passive", "promoter"]


@pytest.mark.parametrize("role", [ContactRole.DECISION_MAKER, ContactRole.INFLUENCER])
def test_an_old_detractor_answer_holds_until_this_person_scores_seven(
    client: FlaskClient, app: Flask, gate: dict[str, str], role: ContactRole
) -> None:
    with app.app_context():
        account_id, _ = make_customer(10)
        person = make_contact(account_id, role, name="Ben Ode")
        give_answer(account_id, person, 2, days=900)
    held = ask(client, account_id, gate)
    assert (held["inputs"]["advocacy"], held["play"]) == ("unknown", "survey_first")
    assert "Ben Ode" in held["reasons"][-1]["text"]
    with app.app_context():
        give_answer(account_id, person, 7, days=20)
    assert inputs(client, account_id, gate)["advocacy"] == "promoter"


def test_the_hold_ends_when_this_person_leaves_the_role(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer(10)
        person = make_contact(account_id)
        give_answer(account_id, person, 2, days=900)
    assert inputs(client, account_id, gate)["advocacy"] == "unknown"
    with app.app_context(), transaction():
        db.session.get(AccountContact, (account_id, person)).left_at = ago(1)
    assert inputs(client, account_id, gate)["advocacy"] == "promoter"


def test_an_answer_about_another_account_does_not_count_here(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        (account_id, broker), other = make_customer(9), make_account()
        insert(AccountContact, account_id=other, contact_id=broker, role=ContactRole.DECISION_MAKER, since=ago(9))
        give_answer(other, broker, 1)
    assert [inputs(client, one, gate)["advocacy"] for one in (account_id, other)] == ["promoter", "detractor"]


# --- issues and the two keys --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "values", "band"),
    [
        (IssueState.NEW, {}, "major_open"),
        (IssueState.IN_FIX, {"severity": Severity.CRITICAL}, "major_open"),
        (IssueState.ROUTED, {"severity": Severity.MINOR}, "minor_open"),
        (IssueState.ROUTED, {"severity": Severity.MINOR, "next_due_at": ago(0.1)}, "major_open"),
        (IssueState.FIXED, {"severity": Severity.MINOR}, "fixed_unverified"),
        (IssueState.CLOSED_UNVERIFIED, {"closed_at": ago(1)}, "fixed_unverified"),
        (IssueState.VERIFIED, {"verified_at": ago(1)}, "none"),
        (IssueState.CLOSED, {"verified_at": ago(1), "closed_at": ago(1)}, "none"),
    ],
)
def test_what_an_issue_means(
    client: FlaskClient, app: Flask, gate: dict[str, str], state: IssueState, values: dict[str, Any], band: str
) -> None:
    with app.app_context():
        account_id, _ = make_customer()
        give_issue(account_id, state, **values)
    assert inputs(client, account_id, gate)["issues"] == band


def test_the_worst_issue_counts(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer()
        give_issue(account_id, severity=Severity.MINOR)
        give_issue(account_id, IssueState.FIXED)
    assert inputs(client, account_id, gate)["issues"] == "fixed_unverified"


def test_closed_unverified_counts_until_its_customer_scores_seven(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer(9)
        issue_id = give_issue(account_id, IssueState.CLOSED_UNVERIFIED, fixed_at=ago(4), closed_at=ago(3))
        give_voice(issue_id, contact_id)
    assert inputs(client, account_id, gate)["issues"] == "fixed_unverified"
    with app.app_context():
        give_answer(account_id, contact_id, 7, days=1)
    assert inputs(client, account_id, gate)["issues"] == "none"


def test_both_keys_are_needed_and_in_their_order(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer(None)
        bad = give_answer(account_id, contact_id, 3, days=30)
        issue_id = give_issue(account_id, IssueState.CLOSED, verified_at=ago(10), closed_at=ago(9))
        give_voice(issue_id, contact_id, bad)
    assert inputs(client, account_id, gate)["advocacy"] == "detractor"  # verified alone is not enough
    with app.app_context():
        give_answer(account_id, contact_id, 9, days=20)
    assert inputs(client, account_id, gate)["advocacy"] == "unknown"  # a score before the fix was verified is not enough
    with app.app_context():
        give_answer(account_id, contact_id, 9, days=5)
    assert inputs(client, account_id, gate)["advocacy"] == "promoter"


# --- consent and moment -------------------------------------------------------------------------------------------------


def test_consent_is_read_per_purpose_and_channel(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer()
        give_consent(contact_id, ConsentAction.REFUSED, purpose=Purpose.PARTNER_OFFERS)
    found = [
        inputs(client, account_id, gate, **one)["consent"] for one in ({}, {"channel": "phone"}, {"purpose": "partner_offers"})
    ]
    assert found == ["allowed", "not_recorded", "refused"]


# not before 4 Nov: in Auckland that day begins on 3 Nov 11:00 UTC, in Honolulu on 4 Nov 10:00 UTC
@pytest.mark.parametrize(
    ("zones", "until"),
    [
        ((None, None), datetime(2026, 11, 4, tzinfo=UTC)),
        (("Pacific/Auckland", "Pacific/Honolulu"), datetime(2026, 11, 3, 11, tzinfo=UTC)),
        ((None, "Pacific/Honolulu"), datetime(2026, 11, 4, 10, tzinfo=UTC)),
        (("Nowhere/Land", "Pacific/Honolulu"), datetime(2026, 11, 4, 10, tzinfo=UTC)),
    ],
    ids=["installation", "contact", "account", "unknown zone"],
)
def test_not_now_lasts_until_the_day_begins_where_the_contact_is(
    client: FlaskClient, app: Flask, gate: dict[str, str], zones: tuple[str | None, str | None], until: datetime
) -> None:
    with app.app_context():
        account_id = make_account(time_zone=zones[1])
        contact_id = make_contact(account_id, time_zone=zones[0], not_now_until=date(2026, 11, 4))
        give_consent(contact_id)
        give_answer(account_id, contact_id, 9)
        give_wallet(account_id)
    found = ask(client, account_id, gate)
    assert (found["inputs"]["timing"], found["outcome"], found["next_review_at"]) == ("deferred", "defer", until.isoformat())
    assert datetime.fromisoformat(found["expires_at"]) == min(until, NOW + timedelta(hours=24))


def test_on_the_day_itself_the_moment_is_open(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id = make_account()
        give_consent(make_contact(account_id, not_now_until=NOW.date()))
    assert inputs(client, account_id, gate)["timing"] == "open"


# --- share of wallet ----------------------------------------------------------------------------------------------------


def test_the_latest_estimate_of_each_category_counts(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer(share=None)
        give_wallet(account_id, 0.9, as_of=date(2026, 1, 1))
        give_wallet(account_id, 0.1, as_of=date(2026, 2, 1))
        give_wallet(account_id, 0.5, as_of=date(2026, 2, 1), category="other")
        give_wallet(account_id, 0.9, as_of=date(2027, 1, 1))  # not yet
    assert inputs(client, account_id, gate)["share_of_wallet"] == "low"


def test_spend_of_twelve_complete_months_stands_in_for_our_part(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer(share=None, annual_revenue=10.0)
        give_wallet(account_id, our_spend=None)
        for month, amount in ((date(2025, 10, 1), 900.0), (date(2025, 11, 1), 30.0), (date(2026, 10, 1), 30.0)):
            insert(Spend, account_id=account_id, month=month, amount=amount, product_code="")
    assert inputs(client, account_id, gate)["share_of_wallet"] == "high"


def test_annual_revenue_stands_in_for_our_part(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, _ = make_customer(share=None, annual_revenue=80.0)
        give_wallet(account_id, our_spend=None)
    assert inputs(client, account_id, gate)["share_of_wallet"] == "high"


# --- until when ---------------------------------------------------------------------------------------------------------


SOON = NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (lambda account, contact: give_answer(account, contact, 9, days=364.9), NOW + timedelta(days=0.1)),
        (lambda account, _contact: give_issue(account, severity=Severity.MINOR, next_due_at=SOON), SOON),
        (lambda account, _contact: give_wallet(account, as_of=date(2025, 5, 3)), datetime(2026, 11, 3, tzinfo=UTC)),
        (lambda account, _contact: give_wallet(account), NOW + timedelta(hours=24)),
    ],
    ids=["an answer expires", "a clock runs out", "an estimate gets too old", "nothing changes"],
)
def test_a_decision_ends_when_an_input_is_known_to_change(
    client: FlaskClient, app: Flask, gate: dict[str, str], prepare: Any, expected: datetime
) -> None:
    with app.app_context():
        account_id = make_account()
        contact_id = make_contact(account_id)
        prepare(account_id, contact_id)
    found = datetime.fromisoformat(ask(client, account_id, gate)["expires_at"])
    assert abs(found - expected) < timedelta(seconds=1)


def test_the_band_changes_at_that_moment(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    with app.app_context():
        account_id, contact_id = make_customer(None)
        give_answer(account_id, contact_id, 9, days=364.9)
    assert inputs(client, account_id, gate)["advocacy"] == "promoter"
    with clock.frozen(NOW + timedelta(days=0.11)):
        later = client.post(EVALUATE, json=question(account_id), headers=gate)
    assert later.get_json()["inputs"]["advocacy"] == "unknown"
