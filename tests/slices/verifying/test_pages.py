"""The section "Verified?" of an issue's page, and the list on the page of an account."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.models import User
from feedback.access.queries import get_viewer
from feedback.accounts.models import Contact
from feedback.issues.queries.single import stored_facts
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.outer_loop.models import Disruption, DisruptionAccount
from feedback.reporting.recovery_checklist import Check, recovery_checklist
from feedback.uow import transaction
from tests.factories import insert
from tests.logins import as_user
from tests.slices.verifying.conftest import MONDAY, Reader, World, forget_request, found
from tests.slices.verifying.test_asking import leave
from tests.slices.verifying.test_gate_and_pulses import DAY, answer, close_unverified
from tests.smtp import Mailbox


def shown(world: World, path: str, user: int | None = None) -> str:
    with world.at(world.hours):
        forget_request()
        return as_user(world.app.test_client(), user or world.owner).get(path).text


def issue_page(world: World) -> str:
    return shown(world, f"/app/issues/{world.issue}")


def checks(world: World) -> dict[str, Check]:
    from feedback.gate.standing import standing_of

    with world.at(world.hours):
        return {check.name: check for check in recovery_checklist(standing_of(world.account, clock.now()), clock.now())}


def test_the_section_says_what_was_asked_and_what_is_next(world: World) -> None:
    world.mails(0.1)
    world.hours = 2
    page = issue_page(world)
    assert "Verified?" in page
    assert "1 person has not said yes." in page
    assert "Tried 1 of 3 times." in page
    assert "Asked by mail, no answer yet" in page
    assert "Record the answer" in page


def test_the_section_says_what_came_back(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "yes", "Works since Monday")
    world.hours = 2
    page = issue_page(world)
    assert "Yes: the customer said so." in page
    assert "Works since Monday" in page
    assert "asked for one score on" in page


def test_the_section_keeps_what_was_said_about_earlier_fixes(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "partly", "The old case is open")
    world.hours = 2
    page = issue_page(world)
    assert "Not any more: the customer said that it is not solved." in page
    assert "The old case is open" in page


def test_a_no_in_a_call_leads_on_to_the_cause_with_the_words_of_the_customer(world: World) -> None:
    state = world.post(verdict="no", said="The form is back").json
    assert (state["state"], state["reopen_count"]) == ("contacted", 1)
    with world.at(0):
        facts = stored_facts(world.row())
    assert facts.unanswered_voices == 0, "who was spoken with is not called to hear the same"
    page = issue_page(world)
    assert "The form is back" in page
    assert "Next: say why the fix did not hold." in page
    assert "Next: call" not in page


def test_a_no_over_the_link_asks_for_what_is_left(world: World, reader: Reader) -> None:
    reader.open()
    reader.say(30, "no", "The form is back")
    world.hours = 2
    page = issue_page(world)
    assert "The form is back" in page
    assert "and say why the fix did not hold" in page
    assert "Next: call" not in page


def test_a_no_of_a_pulse_asks_for_what_is_left(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    answer(world, world.people[0], 4, 15 * DAY, "recovery_pulse")
    world.hours = 15 * DAY + 1
    page = issue_page(world)
    assert "Not solved · with a score" in re.sub("<[^>]+>", "", page)
    assert "and say why the fix did not hold" in page


def test_several_people_are_chosen_from(three: World) -> None:
    three.hours = 1
    page = issue_page(three)
    assert "Who was asked" in page
    assert "3 people have not said yes." in page
    assert page.index("Next: ask") < page.index("Record the answer") < page.index("3 people ·"), "the next step is seen at once"


def test_the_account_page_lists_what_speaks_for_a_change_while_the_fix_waits(world: World) -> None:
    close_unverified(world)
    world.hours = 32 * DAY
    page = shown(world, f"/app/accounts/{world.account}", world.manager)
    assert "Has the situation changed?" in page
    assert "without the customer&#39;s word" in page or "without the customer's word" in page


def test_without_such_a_fix_there_is_no_list(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    world.hours = 2
    assert "Has the situation changed?" not in shown(world, f"/app/accounts/{world.account}", world.manager)


def test_each_line_of_the_list_has_its_evidence(world: World) -> None:
    close_unverified(world)
    world.hours = 32 * DAY
    found = checks(world)
    assert {name: check.met for name, check in found.items()} == {
        "fixes_hold": False,
        "confirmed": False,
        "fresh_scores": False,
        "cooled_down": False,
        "undisrupted": True,
    }
    assert [one.code for one in found["fixes_hold"].evidence] == ["closed_without_word"]
    assert [one.code for one in found["confirmed"].evidence] == ["not_said"]
    assert [one.code for one in found["fresh_scores"].evidence] == ["no_score", "index_below_zero"]
    assert [one.code for one in found["cooled_down"].evidence] == ["detractor_answer", "serious_issue"]


HINDERS = {"disrupted": "“Portal down” has been going on since ", "not_told": "the customer has not been told"}


@pytest.mark.parametrize(("days", "code"), [(None, "disrupted"), (10, "not_told"), (-1, None)])
def test_a_disruption_stands_on_the_list_until_the_customer_was_told(world: World, days: int | None, code: str | None) -> None:
    close_unverified(world)
    ends = None if days is None else MONDAY + timedelta(days=abs(days))
    told = ends if days is not None and days < 0 else None
    broken = {"title": "Portal down", "reach": {}, "holds_sales": True, "created_by": "x", "created_at": MONDAY}
    disruption = insert(Disruption, starts_at=MONDAY, ends_at=ends, **broken)
    insert(DisruptionAccount, disruption_id=disruption, account_id=world.account, followed_up_at=told)
    world.hours = 32 * DAY
    found = checks(world)["undisrupted"]
    assert (found.met, [one.code for one in found.evidence]) == (code is None, [code] if code else [])
    page = shown(world, f"/app/accounts/{world.account}", world.manager)
    assert [one for one, words in HINDERS.items() if words in page] == ([code] if code else [])


def test_time_yes_and_a_score_meet_the_list(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    answer(world, world.people[0], 9, 40 * DAY)
    world.hours = 62 * DAY
    assert all(check.met for check in checks(world).values())


def test_a_score_too_soon_after_the_fix_is_no_proof(world: World) -> None:
    world.post(verdict="yes", said="Fine")
    answer(world, world.people[0], 9, 5 * DAY)
    world.hours = 62 * DAY
    assert [one.code for one in checks(world)["fresh_scores"].evidence] == ["early_score"]


def test_who_left_is_in_no_line(world: World) -> None:
    close_unverified(world)
    leave(world, world.people[0])
    world.hours = 32 * DAY
    found = checks(world)
    assert (found["confirmed"].met, found["fresh_scores"].met) == (True, True)


def test_the_owner_sees_the_state(world: World) -> None:
    assert get_viewer(world.owner).name == "Ana"
    assert world.row().state is IssueState.FIXED


def test_before_it_is_fixed_the_page_names_who_reads_it_in_which_language(app: Flask, client: FlaskClient, box: Mailbox) -> None:
    with clock.frozen(MONDAY):
        world = found(app, client, box, 3, 5)
        for person, name, language in zip(world.people, ("Ida Lund", "Ana Ruiz"), ("en", "es"), strict=True):
            with transaction() as session:
                session.execute(sa.update(Contact).where(Contact.id == person).values(name=name, language=language))
        world.begin_fix()
    page = issue_page(world).partition("Log a contact")[0]
    fields = re.findall(r"What was done \((\w+)\).*?Who reads it: ([^.]+)\.", page, re.S)
    assert fields == [("English", "Ida Lund"), ("Spanish", "Ana Ruiz")]


def test_who_cannot_write_the_customers_language_writes_their_own(world: World) -> None:
    with transaction() as session:
        session.execute(sa.update(User).where(User.id == world.owner).values(locale="ru"))
    world.move(IssueState.ROUTED, note="Not gone")
    world.begin_fix()
    page = issue_page(world)
    assert (
        page.index("Что сделано (английский)") < page.index("Не могу написать на их языке") < page.index("Что сделано (русский)")
    )
