"""The day's list: who may be called comes first, with why now; who may not, with why not and until when."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from feedback.access.queries import get_viewer
from feedback.access.rules import Role
from feedback.accounts.models import Contact
from feedback.accounts.rules import ValueTier
from feedback.extensions import db
from feedback.gate.models import GateDecision
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState, Severity
from feedback.kernel import clock
from feedback.permission.rules import Channel
from feedback.planning.rules.calling import WEIGHTS, WhyNow, call_score, value_of
from feedback.reporting.day_list import DayList, day_list
from feedback.selling.models import SalesPlay
from feedback.selling.rules import PlayState, Trigger
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.factories import insert, make_user
from tests.logins import as_user
from tests.slices.gate.world import NOW, give_consent, give_issue, make_customer
from tests.slices.planning.desk import PLANS, Desk

REASONS = st.lists(st.sampled_from(list(WhyNow)), min_size=1, unique=True)


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def of_today(desk: Desk, person: int | None = None) -> DayList:
    with desk.app.test_request_context(), clock.frozen(NOW):
        viewer = get_viewer(person or desk.manager)
        return day_list(viewer, desk.manager)


def _change(desk: Desk, model: Any, id_: int, **values: Any) -> None:
    with desk.app.app_context(), transaction() as session:
        session.execute(sa.update(model).where(model.id == id_).values(**values))


def _solve(desk: Desk, days: float = 0.0) -> None:
    at = NOW - timedelta(days=days)
    _change(desk, Issue, desk.issue, state=IssueState.VERIFIED, verified_at=at, next_due_at=None)


def test_who_has_an_open_problem_is_not_to_be_called_and_why_stands_there(desk: Desk) -> None:
    found = of_today(desk)
    (line,) = found.others
    assert not found.calls
    assert "Issue #1 is open and serious" in line.because
    assert line.again_at is not None


def test_a_fix_that_was_confirmed_since_yesterday_is_why_now(desk: Desk) -> None:
    _solve(desk)
    (call,) = of_today(desk).calls
    assert (call.contact, call.phone, call.outcome) == ("Carla Ruiz", "+34 600 100 200", "allow")
    assert [reason.why for reason in call.reasons] == [WhyNow.FIX_CONFIRMED]


def test_a_fix_of_last_week_is_no_news(desk: Desk) -> None:
    _solve(desk, days=7)
    (call,) = of_today(desk).calls
    assert [reason.why for reason in call.reasons] == [WhyNow.OPEN]


def test_who_is_on_holiday_waits_and_is_first_when_back(desk: Desk) -> None:
    _solve(desk, days=7)
    _change(desk, Contact, desk.contact, not_now_until=date(2026, 11, 9))
    away = of_today(desk)
    _change(desk, Contact, desk.contact, not_now_until=date(2026, 11, 2))
    back = of_today(desk)
    assert away.others[0].again_at is not None
    assert away.others[0].again_at.date() == date(2026, 11, 9)
    assert [reason.why for reason in back.calls[0].reasons] == [WhyNow.ASKED_FOR_TODAY]


def test_what_the_plan_means_to_sell_is_what_the_call_is_about(desk: Desk) -> None:
    _solve(desk, days=7)
    plan = desk.add(desk.make(), "sales-intents", intent="upsell", product="Fleet cover", amount=1200.0, due_on="2026-11-10")
    plan = desk.add(plan, "objectives", text="x")
    moved = desk.client.post(f"{PLANS}/{plan['id']}/transitions", json={"version": plan["version"], "to": "active"})
    (call,) = of_today(desk).calls
    assert moved.status_code == 200
    assert call.about == ["Fleet cover · 1,200 EUR"]
    assert [reason.why for reason in call.reasons] == [WhyNow.INTENT_DUE]


def test_a_minor_problem_is_named_as_what_not_to_touch(desk: Desk) -> None:
    _solve(desk, days=7)
    with desk.app.app_context():
        give_issue(desk.account, severity=Severity.MINOR, title="Wrong address")
    (call,) = of_today(desk).calls
    assert call.outcome == "allow_limited"
    assert "#2, Wrong address, is open" in call.briefing[0]


def test_nothing_is_stored_by_looking(desk: Desk) -> None:
    _solve(desk)
    of_today(desk)
    with desk.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GateDecision)) == 0


def test_the_number_of_statements_does_not_grow_with_the_accounts(desk: Desk) -> None:
    _solve(desk)
    few = _statements(desk)
    with desk.app.app_context(), clock.frozen(NOW):
        for _number in range(12):
            _account, contact = make_customer(9, owner_id=desk.manager, value_tier=ValueTier.A)
            give_consent(contact, channel=Channel.PHONE)
    assert len(of_today(desk).calls) == 13
    assert _statements(desk) == few


def _statements(desk: Desk) -> int:
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with desk.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", count)
    of_today(desk)
    sa.event.remove(engine, "before_cursor_execute", count)
    return len(seen)


@given(REASONS, st.floats(0.01, 1), st.floats(0.01, 1))
def test_the_more_valuable_of_two_with_the_same_reasons_comes_first(reasons: list[WhyNow], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert call_score(low, reasons) <= call_score(high, reasons)


@given(REASONS, st.sampled_from(list(WhyNow)))
def test_a_further_reason_never_sends_anybody_down(reasons: list[WhyNow], another: WhyNow) -> None:
    assert call_score(0.5, {*reasons, another}) >= call_score(0.5, set(reasons)) - 1e-9
    assert set(WEIGHTS) == set(WhyNow)


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_value_grows_with_revenue_and_tier(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert value_of("C", low, high) <= value_of("B", low, high) <= value_of("A", high, high) <= 1.0


def test_the_page_shows_number_reason_and_what_to_say_first(desk: Desk) -> None:
    _solve(desk)
    with clock.frozen(NOW), viewing(desk.app, desk.manager) as viewer:
        page = texts(body_of(viewer, "/app/today"))
    for part in ("Carla Ruiz", "+34 600 100 200", "confirmed on Nov 2, 2026", "Is this a good moment to talk?"):
        assert part in page


def test_a_promise_of_today_stands_on_the_list(desk: Desk) -> None:
    desk.add(desk.make(), "promises", text="Send the figures", due_on="2026-11-02", contact_id=desk.contact)
    with clock.frozen(NOW), viewing(desk.app, desk.manager) as viewer:
        page = texts(body_of(viewer, "/app/today"))
    assert "Promised for today" in page
    assert "Send the figures" in page


def test_an_executive_looks_at_somebodys_list(desk: Desk) -> None:
    _solve(desk)
    with clock.frozen(NOW), viewing(desk.app, desk.executive) as viewer:
        first = texts(body_of(viewer, "/app/today"))
        theirs = texts(body_of(viewer, f"/app/today?owner={desk.manager}"))
    assert "Choose an account manager" in first
    assert "Carla Ruiz" in theirs


def test_a_suggestion_that_went_through_the_screening_is_why_now(desk: Desk) -> None:
    _solve(desk, days=7)
    with desk.app.app_context():
        now = {"received_at": NOW, "screened_at": NOW, "screen_due_at": NOW, "expires_at": NOW + timedelta(days=9)}
        about = {"source": "crm", "external_id": "1", "trigger": Trigger.CRM_SUGGESTION, "payload": {}, "reasons": []}
        insert(SalesPlay, account_id=desk.account, state=PlayState.ACCEPTED, **about, **now)
    (call,) = of_today(desk).calls
    assert [reason.why for reason in call.reasons] == [WhyNow.PLAY_ACCEPTED]


def test_the_list_can_be_had_by_other_systems(desk: Desk, client: FlaskClient) -> None:
    _solve(desk)
    with clock.frozen(NOW):
        found = as_user(client, desk.manager).get("/api/v1/today").get_json()
    assert [(call["contact"], call["outcome"]) for call in found["calls"]] == [("Carla Ruiz", "allow")]
    assert [reason["why"] for reason in found["calls"][0]["reasons"]] == ["fix_confirmed"]


def test_somebody_else_names_whose_list(desk: Desk, client: FlaskClient) -> None:
    with desk.app.app_context():
        boss = make_user(Role.EXECUTIVE)
    reader, queries = as_user(client, boss), ("", f"?owner_id={desk.manager}", "?owner_id=999999")
    assert [reader.get(f"/api/v1/today{query}").status_code for query in queries] == [422, 200, 422]
