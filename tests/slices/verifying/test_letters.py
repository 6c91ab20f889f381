"""What the mail that asks whether it is solved says, to whom, and who gets the answer to it."""

import pytest
import sqlalchemy as sa

from feedback.access.models import User
from feedback.accounts.models import Contact
from feedback.uow import transaction
from tests.slices.verifying.conftest import World


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
