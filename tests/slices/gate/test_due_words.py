"""What the gate says about the days of issues: what has passed is overdue, and a customer may be told the day of the fix."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from feedback.gate.schemas import StandingOut
from feedback.gate.wording import Names, reasons
from feedback.issues.rules import IssueState
from feedback.kernel import clock
from tests.logins import token
from tests.slices.gate.world import NOW, give_issue, make_customer

LATE = NOW - timedelta(hours=30)
FIX = NOW + timedelta(days=9)


@pytest.fixture
def gate(app: Flask) -> dict[str, str]:
    return token(app, "gate")


def standing(client: FlaskClient, app: Flask, gate: dict[str, str], **issue: Any) -> Any:
    with app.app_context():
        account_id, _contact = make_customer(9)
        give_issue(account_id, **issue)
    with clock.frozen(NOW):
        found = client.get(f"/api/v1/accounts/{account_id}/standing", headers=gate).get_json()
    assert not StandingOut().validate(found)
    return found


def test_what_was_due_is_overdue(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    text = " ".join(reason["text"] for reason in standing(client, app, gate, next_due_at=LATE)["reasons"])
    assert "is open and serious; nobody yet is on it, overdue since" in text
    assert "next due" not in text


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("en", "issue_minor_open", "Issue #7 is open; Ana is on it, overdue since"),
        ("es", "issue_minor_open", "está abierta; la lleva: Ana; vencida desde el"),
        ("ru", "issue_minor_open", "открыто; ответственный: Ana, просрочено с"),
        ("es", "issue_major_open", "está abierta y es grave; la lleva: Ana; vencida desde el"),
        ("ru", "issue_major_open", "открыто и серьёзно; ответственный: Ana, просрочено с"),
    ],
)
def test_overdue_in_the_readers_language(app: Flask, language: str, code: str, said: str) -> None:
    issue = {"id": 1, "number": 7, "severity": "major", "standing": code.removeprefix("issue_"), "due": LATE.isoformat()}
    with app.test_request_context(), force_locale(language):
        (reason,) = reasons([code], {"issues": [issue | {"overdue": True}]}, Names({}, {1: "Ana"}))
    assert said in reason.text


def test_what_is_still_to_come_is_due(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    text = " ".join(reason["text"] for reason in standing(client, app, gate)["reasons"])
    assert "next due" in text
    assert "overdue" not in text


@pytest.mark.parametrize(
    ("more", "due", "kind"),
    [({"fix_due_at": FIX}, FIX, "fix"), ({"resolution_due_at": FIX}, FIX, "resolution")],
)
def test_what_must_change_names_the_day_of_the_fix_and_not_that_of_the_next_call(
    client: FlaskClient, app: Flask, gate: dict[str, str], more: dict[str, Any], due: Any, kind: str
) -> None:
    change = standing(client, app, gate, **more)["must_change"][0]
    assert (change["due"], change["due_kind"]) == (due.isoformat(), kind)


def test_of_a_fix_that_was_made_no_day_is_named(client: FlaskClient, app: Flask, gate: dict[str, str]) -> None:
    change = standing(client, app, gate, state=IssueState.FIXED, fixed_at=LATE, fix_due_at=LATE)["must_change"][0]
    assert "due" not in change
