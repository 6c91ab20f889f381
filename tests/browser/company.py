"""A small company in the database of the live server, and its people."""

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from feedback.access.models import User
from feedback.access.rules import Role
from feedback.demo import load
from feedback.demo.load import DemoRequest, load_demo
from feedback.demo.scenario import Size
from feedback.uow import transaction
from jobs import deliver_outbox

TINY = Size(accounts=40, contacts_per_account=2.0, answers=500, live_days=10)


def settle(app: Flask) -> None:
    """Load the property company, small, with what its people are told."""
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(load.SIZES, "small", TINY)
        load_demo(DemoRequest("property"))
        deliver_outbox.run()


def person(app: Flask, role: Role, language: str, *, theme: str = "system") -> int:
    """The first person of a role, who reads this language and has these colours from now on."""
    with app.app_context(), transaction() as session:
        found = session.scalars(sa.select(User).where(User.role == role).order_by(User.id)).first()
        found.locale, found.theme = language, theme
        return found.id


def ready(page: Page) -> None:
    """Wait until the page answers to its user."""
    expect(page.locator("#still")).to_have_count(0)
    expect(page.locator("h1")).to_be_visible()
