"""Mails before they are sent: as they will look, in three languages, and a test mail of which nothing counts."""

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.extensions import db
from feedback.surveys import programs
from feedback.surveys.models import Invitation, SurveyProgram
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.factories import make_user
from tests.logins import as_user, token
from tests.smtp import Mailbox

GREETINGS = {"en": "Good day", "es": "Buenos días", "ru": "Добрый день"}


@pytest.fixture
def program(post: Mailbox) -> int:
    program_id = db.session.scalar(sa.select(SurveyProgram.id))
    texts = {language: {"greeting": f"{greeting} from {language},"} for language, greeting in GREETINGS.items()}
    with transaction():
        programs.add_version(program_id, texts, actor="test")
    return int(program_id or 0)


@pytest.fixture
def manager(app: Flask, client: FlaskClient, post: Mailbox) -> FlaskClient:
    with app.app_context():
        return as_user(client, make_user(Role.EXPERIENCE_MANAGER, email="nora@company.example"))


@pytest.mark.parametrize("language", GREETINGS)
def test_each_mail_is_shown_in_each_language(app: Flask, client: FlaskClient, program: int, language: str) -> None:
    items = client.get(f"/api/v1/programs/{program}/mails?language={language}", headers=token(app, "read")).json["items"]
    assert [(item["number"], item["kind"]) for item in items] == [(0, "invitation"), (1, "reminder"), (2, "reminder")]
    for item in items:
        assert f"{GREETINGS[language]} from {language}," in item["html"]
        assert f"{GREETINGS[language]} from {language}," in item["text"]
        assert item["language"] == language
    assert items[0]["text"] != items[1]["text"]


def test_no_link_of_a_sample_counts(app: Flask, client: FlaskClient, program: int) -> None:
    item = client.get(f"/api/v1/programs/{program}/mails", headers=token(app, "read")).json["items"][0]
    for place in ("/s/", "/u/"):
        assert place not in item["html"] + item["text"]
    assert f"/programs/{program}/preview?language=en&amp;score=9" in item["html"]


def test_the_frame_shows_it(manager: FlaskClient, program: int) -> None:
    answer = manager.get(f"/programs/{program}/mail.html?language=ru&number=1")
    assert "Добрый день" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    for query in ("number=9", "version=99999999999999", "number=x&version=-1", "language=" + "x" * 999):
        assert manager.get(f"/programs/{program}/mail.html?{query}").status_code == 200
    assert manager.get(f"/programs/{program}/mail.html?version=77").status_code == 404


def test_a_test_mail_reaches_who_asked_and_is_marked(manager: FlaskClient, program: int, post: Mailbox) -> None:
    answer = manager.post(f"/api/v1/programs/{program}/test-mails", json={"language": "es", "number": 2})
    assert (answer.status_code, answer.json) == (202, {"to": "nora@company.example"})
    deliver_outbox.run()
    (mail,) = post.mails
    assert mail["To"] == "nora@company.example"
    assert str(mail["Subject"]).startswith("[")
    assert mail["List-Unsubscribe"] is None
    assert "Buenos días from es," in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 0


def test_a_token_belongs_to_nobody(app: Flask, client: FlaskClient, program: int) -> None:
    answer = client.post(f"/api/v1/programs/{program}/test-mails", json={}, headers=token(app, "write"))
    assert (answer.status_code, "nobody" in answer.json["detail"]) == (409, True)


@pytest.mark.parametrize("language", GREETINGS)
def test_the_page_of_a_program_shows_both_forms(manager: FlaskClient, program: int, language: str) -> None:
    page = manager.get(f"/app/programs/{program}/mail?language={language}").text
    assert f"mail.html?number=0&amp;language={language}" in page
    assert f"{GREETINGS[language]} from {language}," in page
