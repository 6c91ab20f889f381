"""The work list of calls, and the page of one call."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboards import shell
from dashboards.pages.interview import callbacks
from dashboards.places import places_of
from feedback.access.rules import Role
from feedback.extensions import db
from feedback.inlets.models import Interview
from feedback.inlets.rules.kinds import ConnectorKind
from feedback.kernel import clock
from feedback.kernel.errors import NotFound
from feedback.permission.rules import ConsentAction
from feedback.surveys.rules import InvitationState, SkipReason
from tests.dashboards.test_short_pages import links_of
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_account, make_user
from tests.reporting.test_call_list import Company
from tests.slices.inlets.senders import make_connector, send_typeform, typeform

LIST = "/app/interview"


@pytest.fixture
def company(app: Flask) -> Company:
    with app.app_context():
        return Company()


def shown(app: Flask, company: Company, address: str, user_id: int | None = None) -> tuple[str, list[str]]:
    with viewing(app, user_id or company.manager, address) as viewer:
        body = body_of(viewer, address)
        return texts(body), links_of(body)


def asked(app: Flask, company: Company, *args: Any, **values: Any) -> int:
    with app.app_context():
        return company.asked(*args, **values)


def test_nobody_was_asked_yet(app: Flask, company: Company) -> None:
    text, links = shown(app, company, LIST)
    assert "Nobody was asked by mail yet" in text
    assert "/app/waves/new" in links


def test_everybody_answered(app: Flask, company: Company) -> None:
    with app.app_context():
        company.answer(company.asked(days=20), days=3)
    assert "Nobody has to be called" in shown(app, company, LIST)[0]


def test_a_name_that_nobody_has(app: Flask, company: Company) -> None:
    text, links = shown(app, company, f"{LIST}?q=Nemo")
    assert "Nobody is called “Nemo”" in text
    assert LIST in links


def test_only_what_is_for_later(app: Flask, company: Company) -> None:
    asked(app, company, days=1)
    text, links = shown(app, company, LIST)
    assert "Others are on the list" in text
    assert f"{LIST}?group=all" in links
    assert "May still answer the mail: call from" in shown(app, company, f"{LIST}?group=later")[0]


def test_who_must_not_be_called_says_why_and_has_no_button(app: Flask, company: Company) -> None:
    contact = asked(app, company, name="Ana")
    with app.app_context():
        company.says(contact, ConsentAction.REFUSED)
    text, links = shown(app, company, f"{LIST}?group=leave")
    assert "Said no to being asked by phone" in text
    assert "tel:+1 555" not in links


def test_a_line_leads_to_the_call_and_the_call_back_with_the_filters(app: Flask, company: Company) -> None:
    contact = asked(app, company, name="Ana")
    call = f"{LIST}/{company.account}/{contact}?survey=relationship&within=relationship&customer={company.account}"
    _text, links = shown(app, company, f"{LIST}?survey=relationship&customer={company.account}")
    assert call in links
    assert f"{LIST}?survey=relationship&customer={company.account}" in shown(app, company, call)[1]


def test_before_the_answer_is_stored_the_page_says_what_stays(app: Flask, company: Company) -> None:
    contact = asked(app, company)
    text, _links = shown(app, company, f"{LIST}/{company.account}/{contact}")
    assert "A number from 0 to 6 opens an issue at once. The issue stays" in text
    assert "can only be raised by a colleague" not in text


def test_who_looks_after_the_account_is_told_more(app: Flask, company: Company) -> None:
    with app.app_context():
        owner = make_user(Role.ACCOUNT_MANAGER)
        account = make_account(owner_id=owner)
        contact = company.asked(account=account)
    assert "can only be raised by a colleague" in shown(app, company, f"{LIST}/{account}/{contact}", owner)[0]
    with pytest.raises(NotFound):
        shown(app, company, f"{LIST}/{company.account}/{contact}", owner)


@pytest.mark.parametrize(
    ("state", "reason", "text"),
    [
        (InvitationState.BOUNCED, None, "nobody is at the e-mail address"),
        (InvitationState.FAILED, None, "the mail was refused"),
        (InvitationState.SKIPPED, SkipReason.NO_PERMISSION, "no consent to mails is recorded"),
    ],
)
def test_each_line_says_why(app: Flask, company: Company, state: InvitationState, reason: SkipReason | None, text: str) -> None:
    asked(app, company, state, skip_reason=reason)
    assert text in shown(app, company, LIST)[0]


def test_a_call_that_nobody_picked_up_leads_to_the_next(app: Flask, company: Company) -> None:
    first, _second = asked(app, company), asked(app, company, name="Bea")
    who = {"account": company.account, "contact": first, "survey": "relationship", "search": {}}
    with viewing(app, company.manager, LIST) as viewer:
        assert "Next: Bea" in texts(callbacks.miss(viewer, 1, who))
    with viewing(app, company.manager, LIST) as viewer:
        assert "Nobody picked up a few hours ago" in texts(body_of(viewer, f"{LIST}?group=later"))
        assert db.session.query(Interview.reached, Interview.agreed).all() == [(False, False)]


@pytest.mark.parametrize(("calls", "said"), [(2, "too few for a rate"), (6, "of those who picked up answered")])
def test_a_rate_of_few_calls_is_not_shown(app: Flask, company: Company, calls: int, said: str) -> None:
    contact = asked(app, company)
    values = {"account_id": company.account, "contact_id": contact, "survey_id": 1, "interviewer_id": company.manager}
    with app.app_context():
        for _number in range(calls):
            insert(Interview, **values, own_account=False, agreed=True, held_at=clock.now() - timedelta(days=1))
    assert said in shown(app, company, LIST)[0]


def test_the_menu_counts_what_waits_in_quarantine(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make_account(external_id="acme", name="Acme")
        make_connector(ConnectorKind.TYPEFORM)
        admin = make_user(Role.ADMIN)
    send_typeform(client, typeform("a1", score=3))
    send_typeform(client, typeform("a2", account="ghost"))
    with viewing(app, admin, "/app/inbound") as viewer:
        assert "Received 1 1 waits for somebody" in texts(shell._menu_of(places_of(viewer), None, "bottom-start"))
        body = body_of(viewer, "/app/inbound?state=done")
        assert "ana · Acme" in texts(body)
