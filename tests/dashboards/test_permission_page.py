"""The privacy officer's page: what is due, what waits for a second person, what holds; nobody else opens it."""

from datetime import timedelta

import pytest
from flask import Flask

from dashboards.pages.permission.callbacks import agree, close_request, decline, propose
from dashboards.places import home_of, places_of
from feedback.access.rules import Role
from feedback.closed_loop.subject_requests import get_request, list_requests, note_request
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.permission.countries import PolicyDraft, list_policies, propose_policy
from feedback.permission.notices import publish_notice
from feedback.permission.rights import RequestKind, RequestState
from feedback.permission.rules import Coverage, LawfulStance, Purpose, SuppressionReason
from feedback.permission.suppressions import Reach, add_entry
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_user

PAGE = "/app/permission"


@pytest.fixture
def officer(app: Flask) -> int:
    """With a late request, a proposal of somebody else, an entry of the stop list and a notice."""
    with app.app_context():
        account = make_account(name="Nordbau")
        contact = make_contact(account, name="Ana Ruiz")
        long_ago = clock.now().date() - timedelta(days=90)
        with transaction():
            note_request(contact, RequestKind.RECTIFICATION, actor="user:1", received_on=long_ago)
            notice = publish_notice(Purpose.OFFERS, "en", "We send offers.", actor="user:1")
            draft = PolicyDraft("DE", Purpose.OFFERS, LawfulStance.LEGITIMATE_INTEREST, "Opinion of May", notice_id=notice.id)
            propose_policy(draft, actor="user:999")
            add_entry(SuppressionReason.LEGAL, Reach(account_id=account, covers=Coverage.OFFERS), actor="user:1")
        return make_user(Role.PRIVACY_OFFICER)


def test_everything_stands_there_with_what_is_late_marked(app: Flask, officer: int) -> None:
    with viewing(app, officer) as viewer:
        seen = texts(body_of(viewer, PAGE))
    for words in (
        "Ana Ruiz",
        "overdue",
        "Nordbau",
        "For legal reasons",
        "We send offers.",
        "Opinion of May",
        "Put a row forward",
    ):
        assert words in seen


def test_an_empty_page_says_what_that_means(app: Flask) -> None:
    with app.app_context():
        officer = make_user(Role.PRIVACY_OFFICER)
    with viewing(app, officer) as viewer:
        seen = texts(body_of(viewer, PAGE))
    assert "Nobody has asked for anything." in seen
    assert "everywhere nothing is sent or sold without a yes" in seen


def test_somebody_elses_proposal_is_agreed_to(app: Flask, officer: int) -> None:
    with viewing(app, officer) as viewer:
        agree(viewer, 1, str(list_policies()[0].id))
        assert list_policies()[0].approved_by == viewer.actor


def test_or_turned_down(app: Flask, officer: int) -> None:
    with viewing(app, officer) as viewer:
        decline(viewer, 1, str(list_policies()[0].id))
        assert list_policies()[0].declined_by == viewer.actor


def test_what_tightens_holds_at_once_and_ones_own_proposal_is_not_offered(app: Flask, officer: int) -> None:
    with viewing(app, officer) as viewer:
        propose(viewer, 1, "fr", "offers", "phone", "never", None, None, "Law of 2023")
        row = list_policies()[0]
        assert (row.country, row.stance, row.approved_at is not None) == ("FR", LawfulStance.NEVER, True)


@pytest.mark.parametrize(("country", "reason"), [("", "x"), ("Atlantis", "x"), ("DE", " ")])
def test_a_row_needs_a_country_and_a_reason(app: Flask, officer: int, country: str, reason: str) -> None:
    with viewing(app, officer) as viewer, pytest.raises(InvalidInput):
        propose(viewer, 1, country, "offers", "", "never", None, None, reason)


def test_a_request_is_closed_with_what_was_done(app: Flask, officer: int) -> None:
    with viewing(app, officer) as viewer:
        request = list_requests()[0].id
        with pytest.raises(InvalidInput):
            close_request(viewer, 1, str(request), "done", " ")
        close_request(viewer, 1, str(request), "done", "The name was corrected")
        assert get_request(request).state is RequestState.DONE


def test_who_sells_has_no_such_page_and_the_officer_begins_there(app: Flask, officer: int) -> None:
    with app.app_context():
        manager = make_user(Role.ACCOUNT_MANAGER)
    with viewing(app, manager) as viewer:
        assert PAGE not in [place.path for place in places_of(viewer)]
    with viewing(app, officer) as viewer:
        assert home_of(viewer) == PAGE
