"""What the mail that asks whether it is solved says, to whom, and who gets the answer to it."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.accounts.models import Account, Contact
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.uow import transaction
from tests.slices.verifying.conftest import MONDAY, Reader, World, found
from tests.smtp import Mailbox


@pytest.mark.parametrize(
    ("named", "works_here", "answered"), [("", True, "ana"), ("", False, "manager"), ("all@acme.example", True, "all")]
)
def test_the_answer_reaches_the_owner_unless_one_address_gets_them_all(
    world: World, monkeypatch: pytest.MonkeyPatch, named: str, works_here: bool, answered: str
) -> None:
    with transaction() as session:
        emails = {"ana": session.get_one(User, world.owner).email, "manager": session.get_one(User, world.manager).email}
        session.get_one(User, world.owner).active = works_here
    monkeypatch.setattr(world.app.extensions["closedloop_settings"], "mail_reply_to", named)
    (mail,) = world.mails(0.1)
    assert mail["Reply-To"] == (emails | {"all": named})[answered]


def test_the_pulse_is_answered_to_the_owner_too(world: World) -> None:
    with transaction() as session:
        email = session.get_one(User, world.owner).email
    world.hours = 1
    world.post(verdict="yes", said="Fine")
    mails = world.mails(24 * 31)
    assert (mails[-1]["Subject"], mails[-1]["Reply-To"]) == ("How do you stand with us now?", email)


def test_the_reader_is_greeted_by_name(world: World) -> None:
    with transaction() as session:
        session.execute(sa.update(Contact).where(Contact.id == world.people[0]).values(name="Ida Lund"))
    (mail,) = world.mails(0.1)
    assert all("Good day Ida Lund," in mail.get_body((form,)).get_content() for form in ("plain", "html"))


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r", "")


def fixed_in(world: World, languages: list[str | None], **words: str) -> None:
    """The people behind the issue read these languages, and this was said about the fix."""
    with transaction() as session:
        for person, language in zip(world.people, languages, strict=True):
            session.execute(sa.update(Contact).where(Contact.id == person).values(language=language))
    world.begin_fix()
    world.move(IssueState.FIXED, fix_summaries=words)


@pytest.fixture
def told(app: Flask, client: FlaskClient, box: Mailbox) -> World:
    """Three people of whom one reads English, one Spanish and one Russian; there is no Russian text."""
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5, 6)
        fixed_in(world, ["en", "es-MX", "ru"], en="Paid out.", es="Pagado.")
    return world


def test_each_reads_what_was_done_in_their_language_or_quoted_from_another(told: World) -> None:
    texts = {mail["Content-Language"]: plain(mail) for mail in told.mails(0.1)}
    assert "Paid out." in texts["en"]
    assert "Paid out." not in texts["es"]
    assert "Pagado." in texts["es"]
    assert "Paid out.\n\nПриводим так, как написано (язык: английский)." in texts["ru"]
    assert [language for language, text in texts.items() if "Quoted" in text or "Приводим" in text] == ["ru"]


def test_the_page_says_it_in_the_same_words(told: World) -> None:
    pages = [Reader(told, link, 1).open().text for link in (told.mails(0.1), told.links())[1]]
    shown = {("Paid out." in page, "Pagado." in page, 'lang="en">Paid out.' in page) for page in pages}
    assert shown == {(True, False, False), (False, True, False), (True, False, True)}


def test_who_reads_what_is_known_before_anybody_is_mailed(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5)
        with transaction() as session:
            session.execute(sa.update(Contact).where(Contact.id == world.people[0]).values(language=None))
            session.execute(sa.update(Contact).where(Contact.id == world.people[1]).values(language="fi"))
            session.get_one(Account, world.account).language = "ru"
    assert [person["language"] for person in world.shown()["people"]] == ["ru", "en"]


def test_over_the_api_a_fix_is_said_by_language(world: World) -> None:
    with world.at(1):
        moved = world.as_owner().post(f"/api/v1/issues/{world.issue}/transitions", json={"to": "routed", "note": "Not gone"})
        assert moved.json["fix_summaries"] == {}
        call = {"said": "Mended now", "to": "fixed", "fix_summaries": {"es": "Hecho", "xx": "?"}}
        refused = world.as_owner().post(f"/api/v1/issues/{world.issue}/contact-logs", json=call)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["fix_summaries.xx.key"])
        more = {
            "fix_summaries": {"es": "Hecho", "ru": "Готово"},
            "promise": {"text": "x", "due_at": (MONDAY + timedelta(3)).isoformat()},
        }
        done = world.as_owner().post(
            f"/api/v1/issues/{world.issue}/contact-logs", json=call | more | {"diagnosis": {"root_cause": "y"}}
        )
    assert (done.json["fix_summary"], done.json["fix_summaries"]) == ("Hecho", {"es": "Hecho", "ru": "Готово"})


def test_a_no_that_is_taken_back_gives_the_words_back(told: World) -> None:
    told.mails(0.1)
    reader = Reader(told, told.links()[0], 1)
    reader.open()
    reader.say(30, "no")
    assert told.row().fix_summaries == {}
    reader.open(60)
    reader.say(90, "yes")
    assert told.row().fix_summaries == {"en": "Paid out.", "es": "Pagado."}
