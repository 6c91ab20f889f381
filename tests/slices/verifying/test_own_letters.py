"""The mail that asks whether it is solved, in words of the house."""

import pytest
import sqlalchemy as sa

from dashboards.pages.progress.solved import _save
from feedback.access.rules import Role
from feedback.accounts.models import Account, Contact
from feedback.issues.verifying.letters import find_own, reset_letter, save_letter, shipped
from feedback.kernel.errors import InvalidInput
from feedback.uow import transaction
from feedback.web.languages import LANGUAGES
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_user
from tests.slices.verifying.conftest import World
from tests.slices.verifying.test_letters import plain

OWN = {
    "subject": "{account} {number}",
    "opening": "Dear {name},\n\nabout “{problem}” of {day}.",
    "reminder": "Dear {name}, once more.",
    "closing": "Yours\n{owner}",
}


def save(world: World, language: str = "en", **parts: str) -> None:
    with transaction():
        save_letter(language, OWN | parts, viewer=world.viewer)


def test_the_mail_says_it_as_the_house_does(world: World) -> None:
    with transaction() as session:
        session.execute(sa.update(Contact).where(Contact.id == world.people[0]).values(name="Ida Lund"))
        session.get_one(Account, world.account).name = "Nordbau"
    save(world)
    (mail,) = world.mails(0.1)
    assert (mail["Subject"], plain(mail).partition("\n\nWhat we did\n")[0]) == (
        f"Nordbau #{world.row().number}",
        "Dear Ida Lund,\n\nabout “My claim took too long” of November 23, 2026.\n",
    )
    assert "\nYours\nAna\n" in plain(mail)


def test_the_way_back_is_the_shipped_text(world: World) -> None:
    save(world)
    with transaction():
        reset_letter("en", viewer=world.viewer)
    assert find_own("en") is None
    (mail,) = world.mails(0.1)
    assert "Is it solved? My claim took too long" in mail["Subject"]


@pytest.mark.parametrize(
    ("part", "text", "said"),
    [
        ("opening", "Dear {name}", "put in {problem}"),
        ("closing", "Yours", "put in {owner}"),
        ("subject", "{problme}", "Nobody can fill {problme}"),
        ("reminder", " ", "or go back to the shipped words"),
    ],
)
def test_what_a_reader_would_miss_is_refused_with_what_to_do(world: World, part: str, text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused, world.app.test_request_context():
        save(world, **{part: text})
    assert [said in message for message in refused.value.errors[part]] == [True]
    assert find_own("en") is None


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_shipped_words_can_be_kept_and_are_no_own_ones(world: World, language: str) -> None:
    save(world, language)
    save(world, language, **shipped(language))
    assert find_own(language) is None


def test_one_language_that_is_wrong_keeps_all_from_being_saved(world: World) -> None:
    with viewing(world.app, world.owner) as viewer:
        (wrong,) = _save({"en": OWN, "es": OWN | {"opening": ""}}, viewer)
        assert (wrong.partition(":")[0], find_own("en")) == ("Español", None)
        assert (_save({"en": OWN}, viewer), find_own("en")) == ([], OWN)


def test_the_page_shows_each_language_and_whose_words_they_are(world: World) -> None:
    save(world)
    with viewing(world.app, make_user(Role.EXPERIENCE_MANAGER)) as viewer:
        text = texts(body_of(viewer, "/app/progress/is-it-solved"))
        assert "In words of your own: English." in texts(body_of(viewer, "/app/progress"))
    assert "about “My claim took too long” of" in text
    assert "¿Está resuelto? Mi siniestro tardó demasiado" in text
    assert text.count("Back to the shipped words") == 1
