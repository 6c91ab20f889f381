"""One thing done from a mail: looking changes nothing, the button acts once, for a day, while the issue stands as it did."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.extensions import db
from feedback.issues.models import IssueEvent
from feedback.issues.working.models import MailActionUse
from feedback.kernel import clock
from feedback.uow import transaction
from jobs import deliver_outbox
from tests.slices.issues.working.conftest import NOW, House
from tests.smtp import Mailbox, mail_server


@pytest.fixture
def links(house: House, app: Flask) -> Iterator[dict[str, str]]:
    """What the mail to the owner about the new issue offers, by its label."""
    with mail_server() as box:
        app.extensions["closedloop_settings"].smtp_url = box.url
        yield deliver(house, app, box)
        app.extensions["closedloop_settings"].smtp_url = ""


def deliver(house: House, app: Flask, box: Mailbox) -> dict[str, str]:
    with app.app_context():
        deliver_outbox.run()
        deliver_outbox.run()
        owner = db.session.get_one(User, house.ana).email
    text = next(mail.get_content() for mail in box.mails if mail["To"] == owner)
    return dict(re.findall(r"^(.+):\n\S*?(/t/\S+)$", text.replace("\r\n", "\n"), re.MULTILINE))


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return app.test_client()


def press(reader: FlaskClient, path: str, note: str = "", wait: float = 5) -> Any:
    """Look at the page, and send its form some seconds later."""
    page = reader.get(path).get_data(as_text=True)
    view = re.search(r'name="view" value="([^"]+)"', page)
    with clock.frozen(clock.now() + timedelta(seconds=wait)):
        return reader.post(path, data={"note": note, "view": view[1] if view else ""})


def kinds(house: House) -> list[str]:
    return [event["kind"] for event in house.show()["history"]]


def test_the_owner_is_offered_what_fits(links: dict[str, str]) -> None:
    assert set(links) == {"I have taken it", "I have reached the customer"}


def test_looking_changes_nothing(house: House, app: Flask, reader: FlaskClient, links: dict[str, str]) -> None:
    for path in links.values():
        assert reader.head(path).status_code == 200
        assert reader.get(path).status_code == 200
    assert kinds(house) == ["opened", "routed"]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(MailActionUse)) == 0


def test_a_call_is_logged_once(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    path = links["I have reached the customer"]
    assert press(reader, path, "She waits for the money").status_code == 200
    shown = house.show()
    assert (shown["state"], shown["interactions"][0]["summary"]) == ("contacted", "She waits for the money")
    assert press(reader, path, "Again").status_code == 410
    assert len(house.show()["interactions"]) == 1


def test_a_call_without_a_word_is_none_and_spends_nothing(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    path = links["I have reached the customer"]
    assert press(reader, path).status_code == 422
    assert press(reader, path, "Talked").status_code == 200


def test_taking_it_keeps_it(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    assert press(reader, links["I have taken it"]).status_code == 200
    assert house.show()["assigned_manually"] is True


def test_a_day_later_it_is_too_old(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    with clock.frozen(NOW + timedelta(hours=24)):
        assert press(reader, links["I have taken it"]).status_code == 410
    with clock.frozen(NOW + timedelta(hours=23, minutes=50)):
        assert press(reader, links["I have taken it"]).status_code == 200


def test_an_issue_that_moved_on_is_left_alone(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    house.log()
    answer = press(reader, links["I have reached the customer"], "Late")
    assert answer.status_code == 410
    assert "moved on" in answer.get_data(as_text=True)


def test_programs_do_not_press(house: House, reader: FlaskClient, links: dict[str, str]) -> None:
    path = links["I have taken it"]
    assert reader.post(path, data={"note": "x"}).status_code == 422
    assert press(reader, path, wait=0.2).status_code == 422
    assert kinds(house) == ["opened", "routed"]


def test_a_forged_link_is_unknown(reader: FlaskClient, links: dict[str, str]) -> None:
    path = links["I have taken it"]
    assert reader.get(path[:-3] + "abc").status_code == 404
    assert reader.get("/t/" + "x" * 40).status_code == 404


def test_who_left_does_nothing_any_more(house: House, app: Flask, reader: FlaskClient, links: dict[str, str]) -> None:
    with app.app_context(), transaction() as session:
        session.execute(sa.update(User).where(User.id == house.ana).values(active=False))
    assert press(reader, links["I have taken it"]).status_code == 410
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(IssueEvent)) == 2


def test_no_token_is_in_the_log_or_in_a_referer(reader: FlaskClient, links: dict[str, str], caplog: Any) -> None:
    with caplog.at_level("INFO", logger="closedloop.access"):
        answer = reader.get(links["I have taken it"])
    assert links["I have taken it"] not in caplog.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
