"""What a server does before its first visitor comes."""

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards import places
from dashboards.program import Program
from dashboards.warm_up import warm_up
from feedback.access.rules import Role
from feedback.closed_loop.drafts import AcceptOptions, AnswerDraft
from feedback.closed_loop.intake import accept_answers
from feedback.extensions import db
from feedback.issues.models import Issue
from feedback.uow import transaction
from tests import factories

PROGRAM = Program("/app/assets/keyboard.js", "/app/assets/vendor/plotly-basic.min.js", "", "", "")
PLACES = [place.path for place in places.PLACES]


def test_every_page_is_drawn_once(app: Flask) -> None:
    with app.app_context():
        account = factories.make_account(external_id="n", name="Nord & Süd", owner_id=factories.make_user(Role.ACCOUNT_MANAGER))
        factories.make_contact(account, external_id="n-1")
        with transaction():
            accept_answers([AnswerDraft("n", 2, "n-1")], AcceptOptions())
        issue = db.session.scalar(sa.select(Issue.id))
    assert warm_up(app, PROGRAM) == [*PLACES, f"/app/accounts/{account}", f"/app/issues/{issue}"]


def test_a_company_without_customers_starts_as_well(app: Flask) -> None:
    assert warm_up(app, PROGRAM) == PLACES


def test_a_database_that_cannot_be_read_yet_stops_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_args: object, **_values: object) -> None:
        raise sa.exc.OperationalError("select", {}, Exception("no such table"))

    monkeypatch.setattr(type(db.session), "execute", refuse)
    assert warm_up(app, PROGRAM) == []
    assert "pages were not prepared: OperationalError" in caplog.text
