"""An exception in a real browser: asked for under the gate's no, granted by somebody else, allowed by the next answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.rules import Role
from feedback.accounts.models import WalletEstimate
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.kernel import clock
from feedback.permission.models import ConsentEvent
from feedback.permission.rules import Channel, ConsentAction, Purpose
from feedback.uow import transaction
from tests import factories

pytestmark = pytest.mark.browser


@pytest.fixture
def company(app: Flask) -> dict[str, int]:
    """An account manager with a customer who buys nearly all from us and one who is angry, and an executive."""
    with app.app_context():
        ids = {"ana": factories.make_user(Role.ACCOUNT_MANAGER, name="Ana Torres")}
        ids["bo"] = factories.make_user(Role.EXECUTIVE, name="Bo Lind")
        for name, score in (("Nordbau", 10), ("Iberseguros", 3)):
            ids[name] = _customer(name, score, ids["ana"])
    return ids


def _customer(name: str, score: int, owner: int) -> int:
    now = clock.now()
    account = factories.make_account(external_id=name, name=name, owner_id=owner, time_zone="UTC")
    contact = factories.make_contact(account, external_id=f"{name}-1", name=f"Buyer of {name}")
    spend = {"category": "all", "total_spend": 100.0, "our_spend": 90.0, "confidence": 0.9, "as_of": now.date()}
    factories.insert(WalletEstimate, account_id=account, created_at=now, **spend)
    said = {"purpose": Purpose.OFFERS, "action": ConsentAction.GRANTED, "recorded_by": "test"}
    for channel in (Channel.EMAIL, Channel.PHONE):
        factories.insert(ConsentEvent, contact_id=contact, channel=channel, occurred_at=now, recorded_at=now, **said)
    with transaction():
        accept_answers([AnswerDraft(name, score, f"{name}-1", responded_at=now - timedelta(days=1))], AcceptOptions())
    return account


def ask_the_gate(page: Page, live_server: str, account: int) -> None:
    page.goto(f"{live_server}/app/accounts/{account}")
    expect(page.locator("#still")).to_have_count(0)
    page.locator("#gate-ask").click()


def test_an_exception_from_the_request_to_the_yes(
    page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], company: dict[str, int]
) -> None:
    log_in(company["ana"])
    ask_the_gate(page, live_server, company["Nordbau"])
    page.get_by_text("Ask for an exception").click()
    page.locator("#exception-note").fill("Their tender closes on Friday.")
    page.locator("#exception-ask").click()
    expect(page.get_by_text("It was handed in.")).to_be_visible()
    log_in(company["bo"])
    page.goto(f"{live_server}/app/exceptions")
    expect(page.get_by_text("Ana Torres asks: Their tender closes on Friday.")).to_be_visible()
    page.get_by_role("button", name="Grant it").click()
    expect(page.get_by_text("Nobody asks for an exception.")).to_be_visible()
    log_in(company["ana"])
    ask_the_gate(page, live_server, company["Nordbau"])
    expect(page.get_by_text("Bo Lind made an exception until")).to_be_visible()


def test_a_detractor_shows_a_sentence_and_no_button(
    page: Page, live_server: str, complaints: list[str], log_in: Callable[[int], None], company: dict[str, int]
) -> None:
    log_in(company["ana"])
    ask_the_gate(page, live_server, company["Iberseguros"])
    expect(page.get_by_text("There is no exception for a detractor")).to_be_visible()
    expect(page.get_by_text("Ask for an exception")).to_have_count(0)
