"""The page behind "is it solved?": looking writes nothing, a person's word counts once, no machine's does."""

import pytest

from feedback.access.rules import Role
from feedback.issues.rules import IssueState
from feedback.surveys.people.models import ScannerSign, Submission
from tests.factories import make_user
from tests.slices.test_survey_page import Page, count, everything
from tests.slices.verifying.conftest import Reader, World


def test_the_mail_asks_about_the_problem_and_names_what_was_done(world: World) -> None:
    (mail,) = world.mails(0.1)
    text = mail.get_body(("plain",)).get_content()
    assert "My claim took too long" in mail["Subject"]
    assert "The form is gone" in text
    assert [f"{world.links()[0]}?answer={answer}" in text for answer in ("yes", "partly", "no")] == [True] * 3


def test_looking_writes_nothing(world: World, reader: Reader) -> None:
    before = everything(world.app)
    assert reader.open().status_code == 200
    assert reader.client.head(reader.link).status_code == 200
    assert everything(world.app) == before


def test_a_chosen_answer_in_the_link_is_no_answer(world: World, reader: Reader) -> None:
    response = reader.open(query="?answer=yes")
    assert 'value="yes" checked' in response.text
    assert world.row().state is IssueState.FIXED


def test_yes_verifies_and_tells(world: World, reader: Reader) -> None:
    reader.open()
    assert reader.say(30, "yes", "All good").status_code == 200
    assert world.row().state is IssueState.VERIFIED
    assert world.told("issue_verified") == {world.owner, world.manager}
    assert world.shown()["people"][0]["words"][0]["comment"] == "All good"


@pytest.mark.parametrize("answer", ["no", "partly"])
def test_what_is_not_solved_opens_again_with_a_count_and_tells(world: World, reader: Reader, answer: str) -> None:
    reader.open()
    reader.say(30, answer, "It came back")
    issue = world.row()
    assert (issue.state, issue.reopen_count, issue.fixed_at, issue.owner_id) == (IssueState.ROUTED, 1, None, world.owner)
    assert world.told("issue_reopened") >= {world.owner, world.manager}
    assert world.events("reopened")[0]["verdict"] == answer


def test_the_lead_of_the_team_hears_of_a_no(world: World, reader: Reader) -> None:
    lead = make_user(Role.FRONTLINE, team_id=world.row().team_id, leads_team=True)
    reader.open()
    reader.say(30, "no")
    assert lead in world.told("issue_reopened")


def test_a_form_that_is_sent_twice_is_one_answer(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no")
    reader.say(31, "no")
    assert world.row().reopen_count == 1


def test_an_answer_can_be_changed_for_a_day(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "yes")
    assert "change it until" in reader.open(40).text
    reader.say(70, "no")
    assert (world.row().state, world.row().reopen_count) == (IssueState.ROUTED, 1)
    reader.start += 25
    assert "change it until" not in reader.open().text


def test_a_no_that_is_taken_back_at_once_restores_the_fix(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no")
    reader.open(60)
    reader.say(90, "yes")
    issue = world.row()
    assert (issue.state, issue.reopen_count, issue.fix_summary) == (IssueState.VERIFIED, 0, "The form is gone")


def test_a_no_stays_once_somebody_works_on_it(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no")
    with world.at(1.02):
        world.move(IssueState.CONTACTED, note="Called")
    reader.open(120)
    reader.say(150, "yes")
    assert (world.row().state, world.row().reopen_count) == (IssueState.CONTACTED, 1)
    assert world.told("issue_word_changed") == {world.owner, world.manager}


def test_a_form_needs_a_page_of_its_own_link(world: World, reader: Reader) -> None:
    response = reader.client.post(reader.link, data={"answer": "yes"}, headers=reader.headers)
    assert response.status_code == 422
    reader.open()
    assert reader.say(0.5, "yes").status_code == 422, "nobody reads a page in half a second"
    assert world.row().state is IssueState.FIXED


def test_a_page_of_another_link_is_no_page(three: World) -> None:
    three.mails(0.1)
    mine, other = (Reader(three, link, 1) for link in three.links()[:2])
    mine.open()
    other.page = mine.page
    assert other.say(30, "yes").status_code == 422


def test_who_sends_every_form_is_forgotten(world: World, reader: Reader) -> None:
    reader.open()
    reader.touch(5)
    assert reader.say(6, "no").status_code == 422, "the view whose trap was touched is not believed"
    assert world.row().state is IssueState.FIXED
    assert count(world.app, ScannerSign) == 1


def test_a_machines_yes_is_taken_back_when_it_goes_on(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "yes")
    assert world.row().state is IssueState.VERIFIED
    reader.touch(40)
    issue = world.row()
    assert (issue.state, issue.verified_at) == (IssueState.FIXED, None)
    assert world.shown()["people"][0]["verdict"] is None
    assert world.events("word_taken_back")[0]["verdict"] == "yes"


def test_a_machines_no_is_taken_back_with_its_reopening(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no")
    reader.touch(40)
    issue = world.row()
    assert (issue.state, issue.reopen_count, issue.fix_summary) == (IssueState.FIXED, 0, "The form is gone")
    assert world.told("issue_reopened") == set()


def test_what_comes_behind_a_scanner_is_held_and_counts_later(world: World, reader: Reader) -> None:
    reader.open()
    reader.touch(5)
    reader.open(6)
    assert "Thank you" in reader.say(30, "yes").text
    assert (world.row().state, count(world.app, Submission)) == (IssueState.FIXED, 4)
    assert "You answered: Yes" in reader.open(35).text
    assert world.release(1.2) == "1 accepted"
    assert world.row().state is IssueState.VERIFIED


def test_what_was_held_and_whose_client_goes_on_is_a_machines(world: World, reader: Reader) -> None:
    reader.open()
    reader.touch(5)
    reader.open(6)
    reader.say(30, "no")
    reader.touch(35)
    assert world.release(1.2) is None
    assert (world.row().state, world.row().reopen_count) == (IssueState.FIXED, 0)


def test_a_filled_hidden_field_is_a_machines(world: World, reader: Reader) -> None:
    reader.open()
    assert reader.say(30, "yes", website="x").status_code == 422
    assert world.row().state is IssueState.FIXED


@pytest.mark.parametrize(("said", "missing"), [({"answer": ""}, "Choose one"), ({"comment": "x" * 5000}, "Shorten")])
def test_what_is_wrong_is_said(world: World, reader: Reader, said: dict[str, str], missing: str) -> None:
    reader.open()
    response = reader.say(30, **{"answer": "yes"} | said)
    assert (response.status_code, missing in response.text) == (422, True)
    assert world.row().state is IssueState.FIXED


def test_the_survey_page_does_not_know_the_link(world: World, reader: Reader) -> None:
    token = reader.link.rpartition("/")[2]
    assert reader.client.get(f"/s/{token}").status_code == 404
    assert reader.client.get(f"/v/{token}x").status_code == 404
    assert reader.client.get(f"/u/{token}").status_code == 200


def test_after_a_reopening_an_old_link_is_settled(three: World) -> None:
    three.mails(0.1)
    first, second = (Reader(three, link, 1) for link in three.links()[:2])
    first.open()
    second.open()
    first.say(30, "no")
    assert "This question is settled" in second.say(60, "yes").text
    assert "This question is settled" in second.open(70).text
    assert three.row().state is IssueState.ROUTED


def test_a_late_no_opens_an_issue_that_was_closed_without_a_word(world: World, reader: Reader) -> None:
    with world.at(31 * 24):
        world.move(IssueState.CLOSED_UNVERIFIED)
    reader.start = 31 * 24 + 1
    reader.open()
    reader.say(30, "no")
    issue = world.row()
    assert (issue.state, issue.closed_at, issue.reopen_count) == (IssueState.ROUTED, None, 1)


@pytest.mark.parametrize(("language", "words"), [("es", "¿Está resuelto"), ("ru", "решен")])
def test_the_page_speaks_the_customers_language(reader: Reader, language: str, words: str) -> None:
    assert words in reader.open(query=f"?lang={language}").text


def test_the_page_needs_no_script(reader: Reader) -> None:
    page = Page(reader.open())
    assert {"view", "lang"} <= set(page.hidden)
    assert reader.say(30, "yes").status_code == 200
