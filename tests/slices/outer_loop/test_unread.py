"""Who reads a language in which nothing is written is counted before anything is sent."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role, Viewer
from feedback.extensions import db
from feedback.kernel import clock
from feedback.outer_loop.initiatives import InitiativeDraft, propose_initiative
from feedback.outer_loop.letters import drafts
from feedback.outer_loop.models import FollowUpBatch
from feedback.outer_loop.queries.unread import Unread, title_instead, unread_letters, unread_words
from feedback.outer_loop.rules.scope import Reach
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_user
from tests.slices.outer_loop.test_follow_ups import BATCHES, over

WORDS = {"title": {"en": "Portal is down", "es": "El portal está caído"}, "outcome": {"en": "It works."}}

SYSTEM = Viewer(kind="token", name="test")


def customers(*languages: str | None) -> None:
    for place, language in enumerate(languages):
        account = make_account(region="Iberia", name=f"Customer {place}", language=language)
        make_contact(account, email=f"{place}@example.com", language=None)


@pytest.fixture
def told(manager: FlaskClient) -> int:
    """One customer who reads English, two Spanish ones, and one whose language nobody writes."""
    customers("en", "es", "es-MX", "fi")
    return over(manager, **WORDS)


def unread(app: Flask, batch_id: int) -> list[Unread]:
    with viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        return unread_letters(db.session.get_one(FollowUpBatch, batch_id), viewer, permission="follow_up.work")


def test_a_letter_that_tells_of_what_is_not_translated_counts(app: Flask, told: int) -> None:
    assert unread(app, told) == [Unread("es", 2, has_letter=True)]


def test_a_language_without_a_letter_counts(app: Flask, manager: FlaskClient, told: int) -> None:
    letter = {"subject": "Over", "text": "It works again."}
    manager.patch(f"{BATCHES}/{told}", json={"letters": {"es": letter}})
    assert unread(app, told) == [Unread("en", 2)]


def test_the_page_says_so_before_anything_is_sent(app: Flask, told: int) -> None:
    later = clock.now() + timedelta(minutes=5)
    with clock.frozen(later), viewing(app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        batch = db.session.get_one(FollowUpBatch, told)
        pages = [f"/app/follow-ups/{told}", f"/app/disruptions/{batch.disruption_id}"]
        shown = [texts(body_of(viewer, page)) for page in pages]
    assert ["2 customers read Spanish: what the letter tells of is not written in it" in text for text in shown] == [True, True]


def test_whoever_declares_sees_it_while_writing(app: Flask, told: int) -> None:
    with app.app_context():
        assert unread_words(Reach(regions=("Iberia",)), ["en"]) == [Unread("es", 2)]


@pytest.mark.parametrize(("said", "quoted"), [({}, "Claims in five days"), ({"news": {"en": "It is quick now."}}, None)])
def test_a_letter_that_quotes_the_title_says_so(app: Flask, said: dict[str, dict[str, str]], quoted: str | None) -> None:
    with app.app_context(), transaction():
        made = propose_initiative(InitiativeDraft("Claims in five days", **said), viewer=SYSTEM)
        batch = FollowUpBatch(initiative_id=made.id, letters=drafts(disruption=False), created_at=clock.now())
        assert title_instead(batch) == quoted
