"""The card of NPS by revenue says who decides it."""

import pytest
from flask import Flask

from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.uow import transaction
from tests import factories
from tests.dashboards.viewing import body_of, texts, viewing

FEW = "A few accounts decide this figure: as much is said by 2.7 of equal weight."
ONE = "One account decides this figure: it says nothing about the others."


@pytest.mark.parametrize(
    ("largest", "few", "one"),
    [(1.0, False, False), (7.0, True, False), (495.0, False, True)],  # (Σw)²/Σw²: 6, 144 / 54, 1.02
)
def test_the_card_by_revenue_says_who_decides(app: Flask, largest: float, few: bool, one: bool) -> None:
    with app.app_context():
        drafts = []
        for place in range(6):
            name, revenue = f"customer-{place}", 1.0 if place else largest
            factories.make_account(external_id=name, annual_revenue=1000 * revenue)
            drafts.append(AnswerDraft(name, 9 if place % 2 else 3, f"{name}-buyer"))
        with transaction():
            accept_answers(drafts, AcceptOptions())
        admin = factories.make_user(Role.ADMIN)
    with viewing(app, admin) as viewer:
        shown = texts(body_of(viewer, "/app/defects"))
    assert (FEW in shown, ONE in shown) == (few, one)
