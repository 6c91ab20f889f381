"""The page of a plan: what it shows to whom, and what its buttons do."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from dashboards.pages.plan.callbacks import perform
from dashboards.pages.plan.fields import act_id
from feedback.issues.models import Issue
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from feedback.kernel.errors import Conflict, InvalidInput
from feedback.uow import transaction
from tests.dashboards.viewing import body_of, texts, viewing
from tests.slices.gate.world import NOW
from tests.slices.planning.desk import Desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


def shown(desk: Desk, person: int) -> str:
    with clock.frozen(NOW), viewing(desk.app, person) as viewer:
        return texts(body_of(viewer, f"/app/accounts/{desk.account}/plan"))


def press(desk: Desk, does: str, part: str, plan: dict[str, Any], *, of: int = 0, **said: Any) -> int | None:
    """Press a button with the fields of its part filled in."""
    seen = {"account": desk.account, "plan": plan.get("id"), "version": plan.get("version")}
    with clock.frozen(NOW), viewing(desk.app, desk.manager) as viewer:
        return perform(viewer, act_id(does, part, of), said, seen)


def test_without_a_plan_the_page_offers_to_begin_one(desk: Desk) -> None:
    assert "Begin the plan" in shown(desk, desk.manager)
    assert "Begin the plan" not in shown(desk, desk.executive)


def test_what_the_standing_says_is_taken_over_at_once_and_ticks_itself(desk: Desk) -> None:
    plan = {"id": press(desk, "make", "plan", {}, period="year", starts_on="2026-11-02"), "version": 1}
    press(desk, "take_all", "suggestion", plan)
    before = shown(desk, desk.manager)
    with desk.app.app_context(), transaction() as session:
        solved = {"state": IssueState.VERIFIED, "verified_at": NOW}
        session.execute(sa.update(Issue).where(Issue.id == desk.issue).values(**solved))
    after = shown(desk, desk.manager)
    assert "0 of 1 have changed" in before
    assert "1 of 1 have changed" in after
    assert "The customer confirmed it on Nov 2, 2026." in after


@pytest.mark.parametrize(
    ("part", "said", "text"),
    [
        ("objective", {"text": "Be heard", "due_on": "2026-12-01"}, "Be heard"),
        ("intent", {"product": "Cover", "amount": 1200, "currency": "eur"}, "€1,200"),
        ("review", {"starts_at": "2026-12-01 10:00:00", "place": "Their office"}, "Their office"),
        ("promise", {"text": "Send the figures", "due_on": "2026-12-01"}, "Send the figures"),
        ("condition", {"kind": "wallet"}, "A fresh estimate of what the account spends in all."),
    ],
)
def test_each_part_is_added_from_its_form(desk: Desk, part: str, said: dict[str, Any], text: str) -> None:
    press(desk, "add", part, desk.make(), **said)
    assert text in shown(desk, desk.manager)


def test_a_form_that_stood_open_meanwhile_loses_nothing(desk: Desk) -> None:
    plan = desk.make()
    desk.add(plan, "objectives", text="By somebody else")
    with pytest.raises(Conflict, match="Max"):
        press(desk, "add", "objective", plan, text="Mine")


def test_an_empty_form_says_what_is_missing(desk: Desk) -> None:
    plan = desk.make()
    with pytest.raises(InvalidInput) as missing:
        press(desk, "add", "objective", plan)
    assert "text" in missing.value.errors


def test_minutes_say_who_was_there_and_what_was_agreed(desk: Desk) -> None:
    plan = desk.add(desk.make(), "reviews", starts_at="2026-11-01T09:00:00Z")
    press(desk, "minutes", "review", plan, of=plan["reviews"][0]["id"], people="Carla", agreed="Weekly call")
    page = shown(desk, desk.executive)
    assert "There: Carla" in page
    assert "Agreed: Weekly call" in page
