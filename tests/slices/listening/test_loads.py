"""Owner × day: the call-backs that a wave would bring, beside what each owner can call back; on the page and over the API."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedback.access.rules import Role
from feedback.issues.models import RoutingRule
from feedback.listening import rehearsal
from feedback.listening.loads import OwnerLoad, owner_loads
from feedback.listening.queries import get_wave
from feedback.surveys.programs import add_version, change_program
from feedback.surveys.rules import SurveyKind
from feedback.uow import transaction
from tests.factories import insert, make_account, make_survey, make_user
from tests.logins import as_user, token
from tests.slices.listening.asking import ACTOR, ask, draw_up, rehearsed

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def owner(now: datetime) -> int:
    """Gets every issue."""
    user_id = make_user(Role.FRONTLINE, name="Olga Owner")
    insert(RoutingRule, position=1, user_id=user_id)
    return user_id


def test_a_day_at_the_limit_is_not_over() -> None:
    load = OwnerLoad(1, "Olga", {MONDAY: 0.1 * 3 + 1.7, TUESDAY: 2.01}, 2)
    assert (load.is_over(MONDAY), load.is_over(TUESDAY), load.days_over, load.busiest_day) == (False, True, 1, TUESDAY)
    assert load.total == pytest.approx(4.01)
    assert not load.is_over(MONDAY - timedelta(days=1))


def test_of_two_equally_busy_days_the_first_is_named() -> None:
    assert OwnerLoad(1, "Olga", {TUESDAY: 1.0, MONDAY: 1.0}, 2).busiest_day == MONDAY


def test_every_mail_weighs_on_the_day_it_leaves(owner: int) -> None:
    for _ in range(3):
        ask(make_account())
    plan = rehearsed(draw_up(per_day=2))
    [load] = owner_loads(plan, 3)
    assert (load.owner_id, load.owner, load.capacity) == (owner, "Olga Owner", 3)
    first, second = load.by_day.values()
    assert list(load.by_day) == [MONDAY, TUESDAY]
    assert first == pytest.approx(2 * second)
    assert load.total == pytest.approx(sum(place.listed.person.answers * place.listed.person.detracts for place in plan.asked))


def test_without_a_limit_what_is_usual_is_the_measure(owner: int) -> None:
    ask(make_account())
    assert [load.capacity for load in owner_loads(rehearsed(draw_up(callbacks_per_owner_day=None)), None)] == [5]


def test_whoever_gets_nothing_is_not_listed(now: datetime) -> None:
    ask(make_account())
    assert owner_loads(rehearsed(draw_up()), 5) == []


def _overloading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "expected_callbacks", lambda person: 1.25)


def test_the_api_names_owner_capacity_and_days_over(
    app: Flask, client: FlaskClient, owner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _overloading(monkeypatch)
    for _ in range(5):
        ask(make_account())
    wave_id = draw_up(ends_on=TUESDAY, per_day=None, callbacks_per_owner_day=None)
    answer = client.get(f"/api/v1/waves/{wave_id}/rehearsal", headers=token(app, "read"))
    [line] = answer.json["callbacks"]
    assert line == {
        "owner_id": owner,
        "owner": "Olga Owner",
        "day": "2026-11-23",
        "expected": 6.25,
        "capacity": 5,
        "over": True,
    }


def test_the_page_says_over_in_words(app: Flask, client: FlaskClient, owner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _overloading(monkeypatch)
    for _ in range(5):
        ask(make_account())
    wave_id = draw_up(ends_on=TUESDAY, callbacks_per_owner_day=None)
    manager = make_user(Role.EXPERIENCE_MANAGER)
    text = as_user(client, manager).get(f"/app/waves/{wave_id}").get_data(as_text=True)
    assert "1 day over" in text
    assert "Mon, Nov 23" in text
    assert ">6.2<" in text or ">6.3<" in text
    assert ">over<" in text
    assert "More than can be called back: Olga Owner." in text


def test_a_page_without_call_backs_says_where_they_come_from(app: Flask, client: FlaskClient, now: datetime) -> None:
    ask(make_account())
    manager = make_user(Role.EXPERIENCE_MANAGER)
    text = as_user(client, manager).get(f"/app/waves/{draw_up()}").get_data(as_text=True)
    assert "None, as far as the routing rules tell." in text


def test_long_waves_and_many_owners_come_in_pages(app: Flask, client: FlaskClient, owner: int) -> None:
    for _ in range(12):
        ask(make_account())
    wave_id = draw_up(per_day=1, ends_on=date(2026, 12, 31))
    manager = as_user(client, make_user(Role.EXPERIENCE_MANAGER))
    first = manager.get(f"/app/waves/{wave_id}").get_data(as_text=True)
    second = manager.get(f"/app/waves/{wave_id}?days=2").get_data(as_text=True)
    assert ("Later days" in first, "Earlier days" in first) == (True, False)
    assert ("Later days" in second, "Earlier days" in second) == (False, True)
    assert ("Fri, Dec 4" in first, "Mon, Dec 7" in second) == (True, True)
    assert get_wave(wave_id).state == "draft"


def test_the_api_says_who_is_asked_in_another_language_and_what_is_in_the_way(
    app: Flask, client: FlaskClient, owner: int
) -> None:
    survey = make_survey("visit", SurveyKind.TRANSACTIONAL)
    with transaction():
        add_version(survey, {"en": {"question": "Would you come again?"}}, actor=ACTOR)
    for language in ("ru", "ru", "en"):
        ask(make_account(), language=language)
    wave_id = draw_up(survey="visit", account_gap_days=0)
    path, reader = f"/api/v1/waves/{wave_id}/rehearsal", token(app, "read")
    before = client.get(path, headers=reader).json
    with transaction():
        change_program(survey, {"active": False}, actor=ACTOR)
    after = client.get(path, headers=reader).json
    assert before["other_languages"] == [{"language": "ru", "asked_in": "en", "people": 2}]
    assert (before["obstacle"], after["obstacle"]) == (None, "The survey of this wave is switched off; switch it on first.")
