"""The page of one account: whose it is, what it shows, what can be done there."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards.pages.account.callbacks import account_id_of, ask_gate, make_survey_link, save_consent, save_not_now
from dashboards.pages.account.timeline import timeline_part
from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.accounts.upserts import record_wallets
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.issues.history import note
from feedback.issues.models import Issue
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput, NotFound
from feedback.permission.models import ConsentEvent
from feedback.surveys.models import Invitation
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import body_of, texts, viewing


@pytest.fixture
def ana(app: Flask) -> int:
    with app.app_context():
        return factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")


@pytest.fixture
def account(app: Flask, ana: int) -> int:
    """Nordbau: the buyer answered 4 yesterday, a user has never answered."""
    with app.app_context():
        factories.make_defect("claims_delay", name="Late claims handling")
        account = factories.make_account(external_id="nordbau", name="Nordbau", owner_id=ana, annual_revenue=120_000.0)
        factories.make_contact(account, external_id="buyer", name="Jan Weber")
        factories.make_contact(account, "user", external_id="clerk", name="Mia Schulz")
        draft = AnswerDraft(
            "nordbau",
            4,
            contact_external_id="buyer",
            comment="Three weeks without a word.",
            defects=("claims_delay",),
            responded_at=clock.now() - timedelta(days=1),
        )
        with transaction():
            accept_answers([draft], AcceptOptions())
        return account


def contact_id(external_id: str) -> int:
    return db.session.scalars(sa.select(Contact.id).where(Contact.external_id == external_id)).one()


def test_somebody_elses_account_does_not_exist(app: Flask, account: int) -> None:
    with app.app_context():
        bea = factories.make_user(Role.ACCOUNT_MANAGER)
    with viewing(app, bea) as viewer, pytest.raises(NotFound):
        body_of(viewer, f"/app/accounts/{account}")


def test_the_page_names_the_voice_the_issue_and_the_silence(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        shown = texts(body_of(viewer, f"/app/accounts/{account}"))
    assert "Jan Weber" in shown
    assert "Three weeks without a word." in shown
    assert "Late claims handling" in shown
    assert "1 has never answered" in shown


def test_the_timeline_tells_an_opening_once(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        shown = texts(body_of(viewer, f"/app/accounts/{account}"))
    assert (shown.count("Issue #1 was opened"), "changed: opened" in shown) == (1, False)


def test_the_page_says_what_must_change(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        shown = texts(body_of(viewer, f"/app/accounts/{account}"))
    assert "A fresh score of 7 or better from Jan Weber." in shown


def test_looking_stores_no_decision(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        body_of(viewer, f"/app/accounts/{account}")
        assert db.session.scalar(sa.select(sa.func.count(GateDecision.id))) == 0


def test_asking_the_gate_stores_the_decision_and_shows_why(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        shown = texts(ask_gate(viewer, 1, str(contact_id("buyer")), "phone", "requested", f"/app/accounts/{account}"))
        stored = db.session.scalars(sa.select(GateDecision)).one()
    assert (stored.outcome, stored.initiation) == ("respond_only", "requested")
    assert "Answer only what they asked" in shown
    assert "Jan Weber (decision maker) scored us 4" in shown


def test_the_gate_is_not_asked_about_a_contact_of_another_account(app: Flask, ana: int, account: int) -> None:
    with app.app_context():
        stranger = factories.make_contact(factories.make_account())
    with viewing(app, ana) as viewer, pytest.raises(NotFound):
        ask_gate(viewer, 1, str(stranger), "phone", "outbound", f"/app/accounts/{account}")


def test_consent_recorded_on_the_page_counts_at_once(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        save_consent(viewer, 1, contact_id("buyer"), "phone", "refused", "call of 3 May")
        shown = texts(ask_gate(viewer, 1, str(contact_id("buyer")), "phone", "outbound", f"/app/accounts/{account}"))
    assert "No approach on this channel" in shown


def test_consent_without_evidence_is_refused_with_what_is_missing(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        with pytest.raises(InvalidInput) as missing:
            save_consent(viewer, 1, contact_id("buyer"), "phone", "granted", " ")
        assert missing.value.errors == {"evidence": ["Say where it is written down."]}
        assert db.session.scalar(sa.select(sa.func.count(ConsentEvent.id))) == 0


def test_consent_of_somebody_elses_contact_is_not_found(app: Flask, ana: int) -> None:
    with app.app_context():
        stranger = factories.make_contact(factories.make_account())
    with viewing(app, ana) as viewer, pytest.raises(NotFound):
        save_consent(viewer, 1, stranger, "phone", "granted", "call")


def test_not_now_is_kept_and_lifted(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        buyer = contact_id("buyer")
        save_not_now(viewer, 1, buyer, "2099-05-03", "budget")
        kept = db.session.get_one(Contact, buyer).not_now_until.isoformat()
        save_not_now(viewer, 1, buyer, None, "")
        lifted = db.session.get_one(Contact, buyer, populate_existing=True).not_now_until
    assert (kept, lifted) == ("2099-05-03", None)


def test_a_survey_link_belongs_to_the_contact_and_is_shown_once(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer:
        shown = make_survey_link(viewer, 1, contact_id("clerk"), f"/app/accounts/{account}")
        invitation = db.session.scalars(sa.select(Invitation)).one()
    url = shown.children[0].children[0].value
    assert "/s/" in url
    assert invitation.contact_id == db_contact(app, "clerk")
    assert url.rpartition("/")[2] not in invitation.token_digest


def db_contact(app: Flask, external_id: str) -> int:
    with app.app_context():
        return contact_id(external_id)


def test_an_executive_sees_the_account_but_no_consent(app: Flask, account: int) -> None:
    with app.app_context():
        eva = factories.make_user(Role.EXECUTIVE)
    with viewing(app, eva) as viewer:
        shown = texts(body_of(viewer, f"/app/accounts/{account}"))
    assert ("Jan Weber" in shown, "not recorded" in shown, "Change" in shown.split()) == (True, False, False)


@pytest.mark.parametrize(("days", "says"), [(400, True), (0, False)])
def test_an_estimate_says_when_it_was_entered_if_that_was_later(
    app: Flask, ana: int, account: int, days: int, says: bool
) -> None:
    with viewing(app, ana) as viewer, transaction():
        as_of = clock.now().date() - timedelta(days=days)
        row = {"account_external_id": "nordbau", "category": "audit", "total_spend": 10.0, "source": "review", "as_of": as_of}
        record_wallets([row])
        shown = texts(timeline_part(account, viewer, "EUR")[0])
    assert ("review" in shown, "recorded on" in shown) == (True, says)


def test_the_timeline_goes_on_where_it_stopped(app: Flask, ana: int, account: int) -> None:
    now = clock.now()
    drafts = [
        AnswerDraft("nordbau", 8, contact_external_id="clerk", responded_at=now - timedelta(days=40 + n)) for n in range(20)
    ]
    with app.app_context(), transaction():
        accept_answers(drafts, AcceptOptions())
    with viewing(app, ana) as viewer:
        first, more = timeline_part(account, viewer, "EUR")
        second, end = timeline_part(account, viewer, "EUR", more.id["cursor"])
    # of the issue's opening one line is enough
    assert (len(first), texts(end)) == (15, "That is everything.")
    assert len(second) >= 6


def test_the_timeline_tells_the_work_in_words_and_leaves_out_our_alarms(app: Flask, ana: int, account: int) -> None:
    with viewing(app, ana) as viewer, transaction() as session:
        issue = session.scalars(sa.select(Issue.id)).one()
        for kind in ("fix_planned", "nudged", "concession_requested"):
            note(issue, kind, None)
        shown = [texts(line) for line in timeline_part(account, viewer, "EUR")[0]]
    assert shown[0].startswith("Issue #1: Planned the fix")
    assert not [line for line in shown if "concession" in line or "Reminded" in line]


@pytest.mark.parametrize("path", ["/app/accounts/", "/app/accounts/7x", "/app/accounts/٧", None])
def test_an_address_without_an_account_is_not_found(path: str | None) -> None:
    with pytest.raises(NotFound):
        account_id_of(path)


def test_a_missing_consent_is_what_must_change_when_nothing_else_does(app: Flask, ana: int) -> None:
    with app.app_context():
        glad = factories.make_account(external_id="glad", name="Glad", owner_id=ana)
        factories.make_contact(glad, external_id="glad-1", name="Eva Holm")
        with transaction():
            draft = AnswerDraft("glad", 10, contact_external_id="glad-1", responded_at=clock.now() - timedelta(days=1))
            accept_answers([draft], AcceptOptions())
    with viewing(app, ana) as viewer:
        said = texts(body_of(viewer, f"/app/accounts/{glad}"))
    assert "Nothing stands in the way." not in said
    assert "No consent of Eva Holm to offers by phone is recorded." in said
    assert "The consent of Eva Holm to offers by phone, with where it is written down." in said
