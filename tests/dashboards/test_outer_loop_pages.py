"""Initiatives, follow-ups and disruptions as their readers see them, full and empty."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards.components.scope import offered
from dashboards.pages.disruptions import callbacks as disruption_pages
from dashboards.pages.initiatives import callbacks as initiative_pages
from feedback.access.rules import Role, Viewer
from feedback.accounts.rules import AccountStatus
from feedback.extensions import db
from feedback.kernel import clock
from feedback.kernel.errors import InvalidInput
from feedback.outer_loop.disruptions import DisruptionDraft, change_disruption, declare_disruption, end_disruption
from feedback.outer_loop.follow_ups import note_call
from feedback.outer_loop.initiatives import InitiativeDraft, move_initiative, propose_initiative
from feedback.outer_loop.models import FollowUpBatch, FollowUpItem
from feedback.outer_loop.queries.disruptions import get_disruption, list_affected
from feedback.outer_loop.queries.initiatives import get_initiative
from feedback.outer_loop.rules.scope import Reach
from feedback.outer_loop.rules.states import DisruptionState, InitiativeState
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import make_account, make_contact, make_defect, make_team, make_user

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SYSTEM = Viewer(kind="token", name="test")
LISTS = ("/app/initiatives", "/app/follow-ups", "/app/disruptions")


@pytest.fixture
def people(app: Flask) -> Iterator[dict[Role, int]]:
    """One person of each role."""
    with app.app_context():
        found = {role: make_user(role) for role in Role}
    with clock.frozen(NOW):
        yield found


def shown(app: Flask, person: int, address: str) -> str:
    """What somebody reads at an address."""
    with viewing(app, person, address) as viewer:
        return texts(body_of(viewer, address))


def outage(app: Flask, owner: int | None = None) -> tuple[int, int]:
    """A disruption that has just ended at one account; its follow-up."""
    with app.app_context():
        account_id = make_account(name="Nordbau", region="Nordics", owner_id=owner)
        make_contact(account_id, name="Ana Ruiz", phone="+34 600 000 000", email="ana@example.com")
        with clock.frozen(NOW - timedelta(hours=1)), transaction():
            made = declare_disruption(DisruptionDraft("Portal is down", Reach(regions=("Nordics",))), viewer=SYSTEM).id
        with transaction():
            end_disruption(made, viewer=SYSTEM)
        return made, db.session.scalars(sa.select(FollowUpBatch.id)).one()


@pytest.mark.parametrize("address", ["/app/follow-ups", "/app/follow-ups/{batch}", "/app/promises", "/app/issues?tab=mine"])
def test_the_day_of_a_follow_up_is_shown_with_how_late_it_is(app: Flask, people: dict[Role, int], address: str) -> None:
    with app.app_context():
        team = make_team()
        worker = make_user(Role.FRONTLINE, team_id=team, email="worker@example.com")
    _, batch = outage(app)
    with app.app_context(), transaction() as session:
        values = {"team_id": team, "due_on": NOW.date() - timedelta(days=3)}
        session.execute(sa.update(FollowUpBatch).values(values))
    assert "3 days late" in shown(app, worker, address.format(batch=batch))


@pytest.mark.parametrize("address", LISTS)
def test_empty_lists_say_so(app: Flask, people: dict[Role, int], address: str) -> None:
    said = {role: shown(app, person, address) for role, person in people.items()}
    assert all(any(word in text for word in ("Nobody", "Nothing")) for text in said.values())


def test_who_may_start_is_offered_to(app: Flask, people: dict[Role, int]) -> None:
    offered = {role for role, person in people.items() if "Start an initiative" in shown(app, person, "/app/initiatives")}
    assert offered == {Role.EXECUTIVE, Role.EXPERIENCE_MANAGER, Role.ADMIN}


def test_the_next_customer_stands_on_top_with_the_letter(app: Flask, people: dict[Role, int]) -> None:
    _, batch = outage(app)
    said = shown(app, people[Role.EXPERIENCE_MANAGER], f"/app/follow-ups/{batch}")
    assert all(
        part in said for part in ("Ana Ruiz", "+34 600 000 000", "Send the letter", "Log the call", "Portal is down: it is over")
    )
    assert " of 40 · " in said
    assert said.count("no issue: 0 of 15") == 2  # above, and in its row


def test_an_account_manager_reads_and_does_not_work(app: Flask, people: dict[Role, int]) -> None:
    _, batch = outage(app, owner=people[Role.ACCOUNT_MANAGER])
    said = shown(app, people[Role.ACCOUNT_MANAGER], f"/app/follow-ups/{batch}")
    assert "Ana Ruiz" in said
    assert "Log the call" not in said


def test_a_disruption_says_who_was_told(app: Flask, people: dict[Role, int]) -> None:
    made, _ = outage(app)
    said = shown(app, people[Role.EXECUTIVE], f"/app/disruptions/{made}")
    assert all(part in said for part in ("Over, customers to be told", "Nordbau", "not yet", "0 of 1 told"))


def test_after_its_end_the_next_step_is_to_tell_whom_it_hit(app: Flask, people: dict[Role, int]) -> None:
    made, batch = outage(app)
    with viewing(app, people[Role.EXECUTIVE], f"/app/disruptions/{made}") as viewer:
        drawn = body_of(viewer, f"/app/disruptions/{made}")
    assert f"/app/follow-ups/{batch}" in str(drawn)
    assert "1 customer waits to be told. A letter can reach 1 of them." in texts(drawn)
    assert "Each is sold to again as soon as somebody has told them." in texts(drawn)


def test_when_all_were_told_it_says_since_when_they_are_sold_to(app: Flask, people: dict[Role, int]) -> None:
    made, _ = outage(app)
    with viewing(app, people[Role.EXPERIENCE_MANAGER]) as viewer, transaction() as session:
        note_call(session.scalars(sa.select(FollowUpItem.id)).one(), said="All is well", viewer=viewer)
    said = {told: shown(app, people[Role.EXECUTIVE], f"/app/disruptions/{made}?told={told}") for told in ("no", "yes")}
    assert "selling to the last of them reopened: Mon, Nov 2, 12:00" in said["no"]
    assert ("Nordbau" in said["yes"], "Nordbau" in said["no"]) == (True, False)


def test_the_account_says_what_is_broken_since_when_and_what_it_holds(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context(), transaction():
        account_id = make_account(region="Nordics")
        draft = DisruptionDraft("Portal is down", Reach(regions=("Nordics",)), message="Call us.")
        declare_disruption(draft, viewer=SYSTEM)
        declare_disruption(replace(draft, title="Lift is slow", holds_sales=False), viewer=SYSTEM)
    said = shown(app, people[Role.EXECUTIVE], f"/app/accounts/{account_id}")
    assert (
        "“Portal is down” has been going on since Mon, Nov 2, 12:00. Selling is held until it is over and they were told." in said
    )
    assert "“Lift is slow” has been going on since Mon, Nov 2, 12:00. Selling goes on." in said
    assert "What we tell customers: Call us." in said


def test_a_follow_up_shows_fifty_at_a_time(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        for number in range(52):
            make_account(name=f"Customer {number:02d}", region="Nordics")
    _, batch = outage(app)
    pages = [shown(app, people[Role.EXECUTIVE], f"/app/follow-ups/{batch}?item=1&page={page}") for page in (1, 2)]
    assert ("1–50 of 53" in pages[0], "51–53 of 53" in pages[1]) == (True, True)
    assert ("Customer 40" in pages[0], "Customer 40" in pages[1]) == (True, False)


def test_the_account_page_names_the_disruption(app: Flask, people: dict[Role, int]) -> None:
    outage(app)
    said = shown(app, people[Role.EXECUTIVE], "/app/accounts/1")
    assert "The customer told that “Portal is down” is over." in said


def test_a_step_that_lacks_something_says_what(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context(), transaction():
        made = propose_initiative(InitiativeDraft("Claims in five days"), viewer=SYSTEM).id
    with viewing(app, people[Role.EXECUTIVE], f"/app/initiatives/{made}") as viewer:
        drawn = str(body_of(viewer, f"/app/initiatives/{made}"))
    assert "somebody who owns it" in drawn
    assert "a day on which it is due" in drawn


def test_a_delivery_with_too_few_answers_says_so(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        make_defect("late")
        owner = people[Role.FRONTLINE]
        draft = InitiativeDraft("Claims in five days", defects=["late"], owner_id=owner, due_on=NOW.date())
        with clock.frozen(NOW - timedelta(days=30)), transaction():
            made = propose_initiative(draft, viewer=SYSTEM).id
            for state in (InitiativeState.COMMITTED, InitiativeState.IN_PROGRESS, InitiativeState.DELIVERED):
                move_initiative(made, state, note=None, viewer=SYSTEM)
    said = shown(app, people[Role.EXECUTIVE], f"/app/initiatives/{made}")
    assert "So far: Too few answers to say" in said
    assert "A verdict needs 30 answers before and after" in said


@pytest.mark.parametrize("address", ["/app/initiatives/new?defect=late", "/app/disruptions/new", "/app/defects?defect=late"])
def test_forms_are_drawn(app: Flask, people: dict[Role, int], address: str) -> None:
    with app.app_context():
        make_defect("late")
        make_account(region="Nordics", segment="Large")
    assert shown(app, people[Role.EXECUTIVE], address)


def test_a_form_becomes_an_initiative(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        make_defect("late")
    typed = {
        "title": "Claims in five days",
        "defects": ["late"],
        "cost": "5000",
        "target_from": "8.5",
        "target_to": 3,
        "issues": "",
    }
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        address = initiative_pages.save(viewer, 1, list(typed.values()), [{"name": name} for name in typed], None)
        line = get_initiative(int(address.rpartition("/")[2]))
    assert (line.row.title, line.row.cost, line.row.target_from, line.row.target_to) == ("Claims in five days", 5000, 0.085, 0.03)
    assert [code for code, _name in line.defects] == ["late"]


def test_an_issue_that_is_not_there_is_named(app: Flask, people: dict[Role, int]) -> None:
    with viewing(app, people[Role.EXECUTIVE]) as viewer, pytest.raises(InvalidInput) as refusal:
        initiative_pages.save(viewer, 1, ["x", "#77"], [{"name": "title"}, {"name": "issues"}], None)
    assert "#77" in refusal.value.errors["issues"][0]


def test_whom_it_would_hit_shows_while_it_is_typed(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        make_account(name="Nordbau", region="Nordics")
        make_account(name="Faro", region="Iberia", external_id="faro")
    ids = [{"name": "regions"}, {"name": "accounts"}]
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        both = texts(disruption_pages.look(viewer, [["Nordics"], "faro"], ids))
        wrong = texts(disruption_pages.look(viewer, [[], "faro, nobody"], ids))
        nothing = texts(disruption_pages.look(viewer, [[], ""], ids))
    assert all(part in both for part in ("2 accounts would be affected.", "Nordbau", "Faro"))
    assert all(part in wrong for part in ("1 id belongs to no account:", "nobody", "1 account would be affected.", "Faro"))
    assert "Choose whom it hits" in nothing


def test_accounts_are_found_as_one_types_and_those_chosen_stay(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        nord, faro = make_account(name="Nordbau"), make_account(name="Faro", external_id="PT-77")
        make_account(name="Gone by", status=AccountStatus.CLOSED)
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        before = [{"value": str(nord), "label": "Nordbau"}, {"value": str(faro), "label": "Faro"}]
        by_id = offered(viewer, "pt-7", before, permission="disruption.write")
        nobody = offered(viewer, "gone", [], permission="disruption.write")
    assert [one["value"] for one in by_id] == [str(faro), str(nord)]
    assert by_id[0]["label"] == "Faro · PT-77"
    assert nobody == []


def test_accounts_that_are_chosen_are_hit(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        chosen, pasted = make_account(name="Nordbau"), make_account(name="Faro", external_id="PT-77")
    typed = {"title": "Portal is down", "account_ids": [str(chosen)], "accounts": "PT-77\n"}
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        address = disruption_pages.save(viewer, 1, list(typed.values()), [{"name": name} for name in typed])
        hit = list_affected(int(address.rpartition("/")[2]), viewer)
    assert {one.account_id for one in hit} == {chosen, pasted}


def test_the_form_asks_for_the_words_in_each_language_that_is_read(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        make_account(region="Nordics", language="es-MX")
    typed = {
        "title": "Portal is down",
        "title_es": "El portal está caído",
        "message_es": "Volvemos pronto.",
        "regions": ["Nordics"],
    }
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        drawn = str(body_of(viewer, "/app/disruptions/new"))
        address = disruption_pages.save(viewer, 1, list(typed.values()), [{"name": name} for name in typed])
        found = get_disruption(int(address.rpartition("/")[2]), viewer)
    assert "What we tell customers while it goes on (Español)" in drawn
    assert "Русский" not in drawn
    assert (found.titles["es"], found.messages) == ("El portal está caído", {"es": "Volvemos pronto."})


def test_named_accounts_of_an_initiative_can_be_changed(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        before, after = make_account(), make_account()
        with transaction():
            made = propose_initiative(InitiativeDraft("Faster", reach=Reach(account_ids=(before,))), viewer=SYSTEM).id
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        initiative_pages.save(viewer, 1, ["Faster", [str(after)]], [{"name": "title"}, {"name": "account_ids"}], made)
        named = get_initiative(made).row.reach
    assert named == {"account_ids": [after]}


def test_days_are_typed_as_their_reader_writes_them(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        reader = make_user(Role.EXECUTIVE, locale="ru")
    with viewing(app, reader) as viewer:
        assert str(body_of(viewer, "/app/disruptions/new")).count("DD.MM.YYYY HH:mm") == 2


def test_ids_that_nobody_has_are_named(app: Flask, people: dict[Role, int]) -> None:
    pasted = ", ".join(f"x{number}" for number in range(13))
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        said = texts(disruption_pages.look(viewer, [pasted], [{"name": "accounts"}]))
    assert "13 ids belong to no account: x0\nx1" in said
    assert "x12" in said
    assert "would be affected" not in said, "ids of nobody are not everybody"


def test_a_pasted_id_is_known_in_other_letters_and_all_accounts_can_be_seen(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        for place in range(25):
            make_account(name=f"House {place:02}", external_id=f"H-{place:02}")
    pasted = "\n".join(f"h-{place:02}" for place in range(25))
    with viewing(app, people[Role.EXECUTIVE]) as viewer:
        said = texts(disruption_pages.look(viewer, [pasted], [{"name": "accounts"}]))
    assert all(part in said for part in ("25 accounts would be affected.", "Show 5 more accounts", "House 24"))


def test_a_disruption_is_declared_in_the_zone_of_the_reader(app: Flask, people: dict[Role, int]) -> None:
    with app.app_context():
        make_account(region="Nordics")
        reader = make_user(Role.EXECUTIVE, time_zone="Europe/Madrid")
    typed = {"title": "Portal is down", "regions": ["Nordics"], "starts_at": "2026-11-02 12:30:00", "holds_sales": "yes"}
    with viewing(app, reader) as viewer:
        address = disruption_pages.save(viewer, 1, list(typed.values()), [{"name": name} for name in typed])
        found = get_disruption(int(address.rpartition("/")[2]), viewer)
    assert found.starts_at == datetime(2026, 11, 2, 11, 30, tzinfo=UTC)


def test_the_end_of_a_disruption_can_be_taken_back(app: Flask, people: dict[Role, int]) -> None:
    made, _batch = outage(app)
    assert "It goes on after all" in shown(app, people[Role.EXPERIENCE_MANAGER], f"/app/disruptions/{made}")
    with viewing(app, people[Role.EXPERIENCE_MANAGER]) as viewer:
        with transaction():
            disruption_pages.MOVES["active"](made, {}, viewer)
        assert get_disruption(made, viewer).state is DisruptionState.ACTIVE


def test_whoever_ends_it_says_what_the_letter_says(app: Flask, people: dict[Role, int]) -> None:
    person = people[Role.EXPERIENCE_MANAGER]
    with app.app_context(), transaction():
        make_account(region="Nordics", language="es")
        draft = DisruptionDraft("Portal is down", Reach(regions=("Nordics",)), message="We work on it.")
    with clock.frozen(NOW - timedelta(hours=1)), app.app_context(), transaction():
        made = declare_disruption(draft, viewer=SYSTEM).id
    with viewing(app, person) as viewer, transaction():
        assert "What the letter says now that it is over (Español)" in str(body_of(viewer, f"/app/disruptions/{made}"))
        disruption_pages.MOVES["over"](made, {"outcome": "It works.", "outcome_es": "Ya funciona."}, viewer)
    page = shown(app, person, f"/app/disruptions/{made}")
    assert "What we told customers We work on it. What the letter says now that it is over It works." in page


def test_an_end_without_words_says_where_to_write_them(app: Flask, people: dict[Role, int]) -> None:
    made, _batch = outage(app)
    page = shown(app, people[Role.EXPERIENCE_MANAGER], f"/app/disruptions/{made}")
    assert "Only that it is over. Say more with “Correct the words”, before letters leave." in page


def test_words_in_a_language_that_nobody_reads_any_more_are_kept(app: Flask, people: dict[Role, int]) -> None:
    made, _batch = outage(app)
    with viewing(app, people[Role.EXPERIENCE_MANAGER]) as viewer:
        with transaction():
            change_disruption(made, {"title": {"en": "Portal is down", "ru": "Портал не работает"}}, viewer=viewer)
        disruption_pages.correct(made, {"title": "Portal was down", "message": ""}, viewer)
        found = get_disruption(made, viewer)
    assert found.titles == {"en": "Portal was down", "ru": "Портал не работает"}


def test_the_words_of_a_disruption_are_corrected_with_a_history(app: Flask, people: dict[Role, int]) -> None:
    made, batch = outage(app)
    with viewing(app, people[Role.EXPERIENCE_MANAGER]) as viewer:
        disruption_pages.correct(made, {"title": "Portal was down", "message": "It works."}, viewer)
        with pytest.raises(InvalidInput):
            disruption_pages.correct(made, {"title": " "}, viewer)
    page = shown(app, people[Role.EXPERIENCE_MANAGER], f"/app/disruptions/{made}")
    assert "Portal is down" in page.partition("What was said before")[2]
    assert "Portal was down" in shown(app, people[Role.EXPERIENCE_MANAGER], f"/app/follow-ups/{batch}")
